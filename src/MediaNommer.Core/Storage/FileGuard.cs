using Microsoft.Win32.SafeHandles;
using MediaNommer.Core.Settings;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Decides which files of this machine jobs may touch. What is in the data folder (the key to all secrets, the store, the
/// logs) belongs to no job, except that uploads may be read, and outputs read and written; neither do the settings file, other jobs' work folders, plug-ins and
/// the program itself. Beyond that, <c>Storage:AllowedRoots</c> rules. Files are told by what the kernel opened, not by
/// their names, so links, mounts and other spellings lead nowhere else.
/// </summary>
internal sealed class FileGuard
{
    private const long FreshForMilliseconds = 2000;
    private const string Ours = "it belongs to media-nommer itself, and jobs may not touch it.";
    private static readonly string[] Readable = ["uploads", "outputs"];
    private static readonly string[] Writable = ["outputs"];

    private readonly string dataDir;
    private readonly IReadOnlyList<string> closed;
    private readonly AllowedRoots roots;
    private readonly IReadOnlyList<RootMark> rootMarks;
    private Marks? marks;

    /// <summary>Takes the folders from the settings.</summary>
    public FileGuard(NommerOptions options, AllowedRoots roots)
    {
        this.roots = roots;
        rootMarks = [.. roots.Folders.Select(root => new RootMark(root))];
        dataDir = Path.GetFullPath(options.DataDir);
        closed = [.. new[] { options.ConfigFile, options.Nommerd.WorkDir, options.Nommerd.PluginDir, Environment.ProcessPath ?? "" }
            .Where(path => path.Length > 0).Select(Path.GetFullPath)
            // By themselves: the folder of a program in one file may be anybody's.
            .Concat(Directory.EnumerateFiles(AppContext.BaseDirectory, "MediaNommer.*"))];
    }

    /// <summary>Why a job may not read a file, in a sentence, or null. What is not there is judged by where it would be.</summary>
    /// <exception cref="UnauthorizedAccessException">A folder on the way may not be searched.</exception>
    /// <exception cref="IOException">The path leads through /proc or cannot be looked up.</exception>
    public string? RefusalToRead(string path) => RefusalOf(Path.GetFullPath(path), "", Readable);

    /// <summary>
    /// The same for a file that is to be put somewhere. A link in its place would be replaced, not followed.
    /// </summary>
    /// <exception cref="UnauthorizedAccessException">A folder on the way may not be searched.</exception>
    /// <exception cref="IOException">The path leads through /proc or cannot be looked up.</exception>
    public string? RefusalToWrite(string path)
    {
        var full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } folder)
            return null;
        return RefusalOf(folder, Path.GetFileName(full), Writable)
            ?? (OperatingSystem.IsLinux() && PinnedPath.IdOf(full, followLinks: false) is { } there && CurrentMarks().Closed.Contains(there) ? Ours : null);
    }

    /// <summary>Why a job may not read what was opened, or null.</summary>
    public string? RefusalToRead(SafeFileHandle opened) =>
        OperatingSystem.IsLinux() ? Judge(PinnedPath.RealPathOf(opened), PinnedPath.IdOf(opened), "", Readable) : null;

    private string? RefusalOf(string path, string rest, string[] open)
    {
        if (!OperatingSystem.IsLinux())
            return JudgeText(Path.Combine(path, rest), open);
        for (var there = path; ; there = Path.GetDirectoryName(there)!)
        {
            using var pinned = PinnedPath.TryOpen(there);
            if (pinned is not null)
                return Judge(pinned.RealPath, pinned.Id, rest, open);
            rest = Path.Combine(Path.GetFileName(there), rest);
        }
    }

    /// <summary>Judges a place by itself and every folder above it.</summary>
    /// <param name="real">A path without links.</param>
    /// <param name="id">What it is.</param>
    /// <param name="rest">The path from there on to what does not exist yet, or empty.</param>
    /// <param name="open">The folders of the data folder that are open to jobs.</param>
    private string? Judge(string real, FileId? id, string rest, string[] open)
    {
        if (IsBelow(real, "/proc") || IsBelow(real, "/sys"))
            return "it belongs to the operating system, not to media.";
        var known = CurrentMarks();
        var isInRoot = !roots.IsLimited;
        for (var at = real; at is not null; at = Path.GetDirectoryName(at))
        {
            var mark = at == real ? id : PinnedPath.IdOf(at, followLinks: false);
            if (mark is null)
                continue;
            if (open.Any(name => known.Shared[name] == mark) || (mark == known.DataDir && IsInside(at, Path.Combine(real, rest), open)))
                return null;
            if (mark == known.DataDir || known.Closed.Contains(mark.Value))
                return Ours;
            isInRoot |= known.Roots.Contains(mark.Value);
        }

        return isInRoot || roots.Folders.Any(root => IsBelow(Path.Combine(real, rest), root))
            ? null
            : $"it is outside of what {AllowedRoots.Setting} allows.";
    }

    private string? JudgeText(string path, string[] open)
    {
        if (open.Any(name => path != Path.Combine(dataDir, name) && IsBelow(path, Path.Combine(dataDir, name))))
            return null;
        if (closed.Append(dataDir).Any(folder => IsBelow(path, folder)))
            return Ours;
        return !roots.IsLimited || roots.Folders.Any(root => IsBelow(path, root)) ? null : $"it is outside of what {AllowedRoots.Setting} allows.";
    }

    // In one of the folders, not in its place: as long as it does not exist, an output could become a file of that name.
    private static bool IsInside(string folder, string path, string[] names) =>
        Path.GetRelativePath(folder, path).Split('/') is [var first, _, ..] && names.Contains(first);

    private static bool IsBelow(string path, string folder) =>
        path == folder || path.StartsWith(folder.TrimEnd('/') + '/', StringComparison.Ordinal);

    // Files come and go in the data folder, seldom enough for a look every other second.
    private Marks CurrentMarks()
    {
        var found = Volatile.Read(ref marks);
        if (found is null || Environment.TickCount64 - found.TakenAt > FreshForMilliseconds)
            Volatile.Write(ref marks, found = TakeMarks());
        return found;
    }

    private Marks TakeMarks()
    {
        // Each entry by itself, too: a hard link or a mount elsewhere leads past the folder.
        IEnumerable<string> entries = Directory.Exists(dataDir)
            ? Directory.EnumerateFileSystemEntries(dataDir).Where(entry => !Readable.Contains(Path.GetFileName(entry)))
            : [];
        return new Marks(
            PinnedPath.IdOf(dataDir, followLinks: true),
            Readable.ToDictionary(name => name, name => PinnedPath.IdOf(Path.Combine(dataDir, name), followLinks: true)),
            IdsOf(entries.Concat(closed)), [.. rootMarks.Select(root => root.Find()).OfType<FileId>()], Environment.TickCount64);
    }

    private static HashSet<FileId> IdsOf(IEnumerable<string> paths) =>
        [.. paths.Select(path => PinnedPath.IdOf(path, followLinks: true)).OfType<FileId>()];

    /// <summary>What the folders and files of the settings are just now.</summary>
    private sealed record Marks(
        FileId? DataDir, Dictionary<string, FileId?> Shared, HashSet<FileId> Closed, HashSet<FileId> Roots, long TakenAt);
}
