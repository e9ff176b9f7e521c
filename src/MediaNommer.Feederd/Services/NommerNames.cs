using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Plugins;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// The nommers that jobs may name beside ffmpeg: those that workers have reported, and those in the plug-in folder, so
/// that a fleet that starts from nothing can be given its first job.
/// </summary>
internal sealed class NommerNames(NommerOptions options) : INommerNames
{
    private volatile string[] reported = [];

    /// <inheritdoc/>
    public IReadOnlyCollection<string> All => [.. reported.Union(PlugIns(), StringComparer.OrdinalIgnoreCase)];

    /// <inheritdoc/>
    public string? OfClass(string className) =>
        PlugIns().FirstOrDefault(name => PluginClasses.In(LibraryOf(name))
            .Any(known => known == className || known[(known.LastIndexOf('.') + 1)..] == className));

    /// <summary>Takes over what workers report; what was known stays known.</summary>
    public void Learn(IReadOnlyList<Node> nodes)
    {
        var names = nodes.SelectMany(node => node.Nommers).Except(reported, StringComparer.OrdinalIgnoreCase).ToList();
        if (names.Count > 0)
            reported = [.. reported, .. names];
    }

    private string Folder => PluginLoader.FolderOf(options);

    private IEnumerable<string> PlugIns() => Directory.Exists(Folder)
        ? Directory.EnumerateDirectories(Folder).Select(folder => Path.GetFileName(folder))
            .Where(name => File.Exists(LibraryOf(name)) && !StoragePlugins.IsOne(name, options))
        : [];

    private string LibraryOf(string name) => Path.Combine(Folder, name, $"{name}.dll");
}
