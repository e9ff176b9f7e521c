namespace MediaNommer.Core.Storage;

/// <summary>Folders and their entries that outlast a power cut.</summary>
public static class DurableFolder
{
    /// <summary>Makes a folder with all those above it that are missing, and syncs each folder that got a new entry.</summary>
    public static void Create(string folder)
    {
        var full = Path.GetFullPath(folder);
        var missing = new Stack<string>();
        for (var each = full; each is not null && !Directory.Exists(each); each = Path.GetDirectoryName(each))
            missing.Push(each);
        Directory.CreateDirectory(full);
        foreach (var made in missing)
            Sync(Path.GetDirectoryName(made)!);
    }

    /// <summary>
    /// Waits until the entries of a folder would outlast a power cut. Does nothing on file systems that cannot sync
    /// folders, as some network ones cannot.
    /// </summary>
    public static void Sync(string folder) => _ = Posix.Sync(folder);
}
