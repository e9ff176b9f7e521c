using MediaNommer.Core.Plugins;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Nommers;

/// <summary>The nommers of a worker by short name: the built-in ones and the users' own.</summary>
internal sealed partial class NommerCatalog
{
    private readonly Dictionary<string, INommer> byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes one of nommers that exist already.</summary>
    /// <exception cref="ArgumentException">Two of them have the same name.</exception>
    public NommerCatalog(IEnumerable<INommer> nommers)
    {
        foreach (var nommer in nommers)
            byName.Add(nommer.Name, nommer);
    }

    /// <summary>The short names, in the order of the alphabet.</summary>
    public IReadOnlyList<string> Names => [.. byName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>
    /// Takes the built-in nommers and loads those in the plug-in folder. A plug-in that cannot be loaded is logged with
    /// its file and the reason; the others go on.
    /// </summary>
    public static NommerCatalog Load(IEnumerable<INommer> builtIn, NommerOptions options, ILogger logger)
    {
        var catalog = new NommerCatalog(builtIn);
        var folder = PluginLoader.FolderOf(options);
        if (!Directory.Exists(folder))
            return catalog;
        foreach (var plugin in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            if (!StoragePlugins.IsOne(Path.GetFileName(plugin), options))
                catalog.Add(plugin, options, logger);
        }

        return catalog;
    }

    /// <summary>Finds a nommer by its short name or that of its class, full or short; or null.</summary>
    public INommer? Find(string name) => byName.GetValueOrDefault(name)
        ?? byName.Values.FirstOrDefault(nommer => nommer.GetType() is var type && (type.FullName == name || type.Name == name));

    private void Add(string folder, NommerOptions options, ILogger logger)
    {
        try
        {
            var nommer = PluginLoader.Load<INommer>(folder, options, nommer => [nommer.Name]);
            if (byName.TryAdd(nommer.Name, nommer))
                Log.Loaded(logger, nommer.Name, folder);
            else
                Log.Refused(logger, folder, $"a nommer named '{nommer.Name}' exists already; give the folder and the nommer another name");
        }
        catch (PluginException e) when (e.IsOfAnotherKind)
        {
            Log.Another(logger, e.File, Path.GetFileName(folder));
        }
        catch (PluginException e)
        {
            Log.Refused(logger, e.File, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Loaded the nommer {Name} from {Folder}.")]
        public static partial void Loaded(ILogger logger, string name, string folder);

        [LoggerMessage(2, LogLevel.Error, "The plug-in {File} is not used: {Reason}.")]
        public static partial void Refused(ILogger logger, string file, string reason);

        [LoggerMessage(3, LogLevel.Information, "The plug-in {File} is a storage; add '{Name}' to Storage:StorageBackends to use it.")]
        public static partial void Another(ILogger logger, string file, string name);
    }
}
