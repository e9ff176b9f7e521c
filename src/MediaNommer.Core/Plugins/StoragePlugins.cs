using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Plugins;

/// <summary>
/// Users' own storages: each scheme in <c>Storage:StorageBackends</c> that is not built in names a folder of the plug-in
/// folder, as the original's STORAGE_BACKENDS named a class for each protocol.
/// </summary>
public static class StoragePlugins
{
    /// <summary>The schemes that need no plug-in.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = [.. new StorageOptions().StorageBackends];

    /// <summary>True for the name of a plug-in that is a storage.</summary>
    public static bool IsOne(string name, NommerOptions options) =>
        !BuiltIn.Contains(name) && options.Storage.StorageBackends.Contains(name);

    /// <summary>Loads those that the settings name.</summary>
    /// <exception cref="SettingsException">
    /// One cannot be used. A daemon without it would fail jobs that others can do, so it should not start.
    /// </exception>
    public static IReadOnlyList<IMediaStorage> Load(NommerOptions options)
    {
        var errors = new List<string>();
        var storages = new List<IMediaStorage>();
        foreach (var scheme in options.Storage.StorageBackends.Except(BuiltIn))
        {
            var folder = Path.Combine(PluginLoader.FolderOf(options), scheme);
            try
            {
                storages.Add(Load(folder, options, storages));
            }
            catch (PluginException e)
            {
                errors.Add($"Storage:StorageBackends names '{scheme}', but the plug-in {e.File} cannot be used: {e.Message}.");
            }
        }

        return errors.Count == 0 ? storages : throw new SettingsException(errors);
    }

    private static IMediaStorage Load(string folder, NommerOptions options, List<IMediaStorage> others)
    {
        var scheme = Path.GetFileName(folder);
        if (!Directory.Exists(folder))
            throw new PluginException(folder, $"it is missing; put its library there as {scheme}/{scheme}.dll, or take '{scheme}' out of "
                + "Storage:StorageBackends");
        var storage = PluginLoader.Load<IMediaStorage>(folder, options, made => made.Schemes);
        var taken = storage.Schemes.Intersect(BuiltIn.Concat(others.SelectMany(other => other.Schemes)), StringComparer.OrdinalIgnoreCase);
        return taken.FirstOrDefault() is { } other
            ? throw new PluginException(folder, $"it says that it serves '{other}', too, which another storage does")
            : storage;
    }
}
