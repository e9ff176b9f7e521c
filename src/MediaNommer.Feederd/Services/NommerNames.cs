using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// The nommers that jobs may name beside ffmpeg: those that workers have reported, and those in the plug-in folder, so
/// that a fleet that starts from nothing can be given its first job.
/// </summary>
internal sealed class NommerNames(NommerOptions options)
{
    private volatile string[] reported = [];

    /// <summary>All names known now.</summary>
    public IReadOnlyCollection<string> All => [.. reported.Union(PlugIns(), StringComparer.OrdinalIgnoreCase)];

    /// <summary>Takes over what workers report; what was known stays known.</summary>
    public void Learn(IReadOnlyList<Node> nodes)
    {
        var names = nodes.SelectMany(node => node.Nommers).Except(reported, StringComparer.OrdinalIgnoreCase).ToList();
        if (names.Count > 0)
            reported = [.. reported, .. names];
    }

    private IEnumerable<string> PlugIns()
    {
        var folder = options.Nommerd.PluginDir.Length > 0
            ? options.Nommerd.PluginDir
            : Path.Combine(options.DataDir, "plugins");
        return Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Select(plugIn => Path.GetFileName(plugIn))
            : [];
    }
}
