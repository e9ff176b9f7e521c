namespace MediaNommer.Core.Storage;

/// <summary>
/// Folders and files that only the user who runs media-nommer may look into, whatever the umask is: the data folder holds
/// the key to all secrets, and what is queued and uploaded is nobody else's business.
/// </summary>
public static class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnly | UnixFileMode.UserExecute;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly string[] OwnFiles = ["store.db", "queue.db", "secret.key", "private-networks"];
    private static readonly string[] OwnFolders = ["uploads", "logs", "bells", "fleet", "work"];

    /// <summary>Makes a folder, and those above it that are missing, for their owner alone, so that a power cut does not take them. One that is there stays.</summary>
    public static void Make(string folder)
    {
        if (Directory.Exists(folder))
            return;
        if (Path.GetDirectoryName(folder) is { } parent)
            Make(parent);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Restrict(Directory.CreateDirectory(folder, OwnerOnlyFolder).FullName, OwnerOnlyFolder);
        if (Path.GetDirectoryName(folder) is { } above)
            DurableFolder.Sync(above);
    }

    /// <summary>Makes an empty file for its owner alone. One that is there stays as it is.</summary>
    public static void MakeFile(string path)
    {
        if (File.Exists(path))
            return;
        try
        {
            NewFile(path, FileMode.CreateNew).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was quicker and made it in the same way.
        }
    }

    /// <summary>Opens a new file that only its owner may read.</summary>
    public static FileStream NewFile(string path, FileMode mode, FileOptions options = FileOptions.None)
    {
        var how = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, Options = options };
        if (!OperatingSystem.IsWindows())
            how.UnixCreateMode = OwnerOnly;
        return new FileStream(path, how);
    }

    /// <summary>
    /// Takes from others what an earlier version, a copy or a wide umask left them in a data folder. The folder itself stays
    /// as it is when there is anything else in it: it may serve others, too.
    /// </summary>
    public static void Tighten(string dataDir)
    {
        if (OperatingSystem.IsWindows())
            return;
        var entries = new DirectoryInfo(dataDir).EnumerateFileSystemInfos().ToList();
        if (entries.All(IsOurs))
            Restrict(dataDir, OwnerOnlyFolder);
        foreach (var entry in entries.Where(entry => entry.LinkTarget is null))
        {
            if (entry is FileInfo && OwnFiles.Any(name => entry.Name.StartsWith(name, StringComparison.Ordinal)))
                Restrict(entry.FullName, OwnerOnly);
            else if (entry is DirectoryInfo folder && OwnFolders.Contains(entry.Name))
                TightenFolder(folder, depth: entry.Name == "uploads" ? 2 : 1);
        }
    }

    // Files in work folders become outputs, whose mode is not ours to choose.
    private static void TightenFolder(DirectoryInfo folder, int depth)
    {
        Restrict(folder.FullName, OwnerOnlyFolder);
        if (depth == 0)
            return;
        foreach (var entry in folder.EnumerateFileSystemInfos().Where(entry => entry.LinkTarget is null))
        {
            if (entry is DirectoryInfo inner)
                TightenFolder(inner, depth - 1);
            else
                Restrict(entry.FullName, OwnerOnly);
        }
    }

    private static bool IsOurs(FileSystemInfo entry) =>
        OwnFiles.Any(name => entry.Name.StartsWith(name, StringComparison.Ordinal)) || OwnFolders.Contains(entry.Name)
        || entry.Name is "outputs" or "plugins" or "scratch" or "nommer.json" or "fleet-spend.json" or "ec2-launches.json";

    private static void Restrict(string path, UnixFileMode mode)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
                File.SetUnixFileMode(path, mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone meanwhile, another user's, or a file system without modes: not ours to insist on.
        }
    }
}
