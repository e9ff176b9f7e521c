using System.Globalization;
using System.Text;
using MediaNommer.Nommerd.Ffmpeg;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// Ends programs that outlived the worker that started them, because its guard was killed, too. Only what carries the mark
/// of that very worker in its environment, and works in that worker's folder: never what somebody else runs.
/// </summary>
internal static class OrphanedPrograms
{
    /// <summary>The variable in the environment of every program that a worker starts; its value is the worker's process id.</summary>
    public const string Mark = "MEDIA_NOMMER_WORKER";

    /// <summary>The variable and its value, for the programs of this worker.</summary>
    public static string Marking => string.Create(CultureInfo.InvariantCulture, $"{Mark}={Environment.ProcessId}");

    /// <summary>Ends those of a dead worker.</summary>
    /// <param name="folder">The worker's folder, which still exists.</param>
    /// <param name="owner">The worker.</param>
    /// <returns>The process ids of those that were ended.</returns>
    public static IReadOnlyList<int> End(string folder, FolderOwner owner)
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $"{Mark}={owner.ProcessId}");
        var ended = new List<int>();
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                || FolderOwner.StartOf(process) is not { } start || start < owner.StartedAt || !IsOrphan(entry, folder, mark))
                continue;
            // Between the look and the signal the id cannot have been given to another: it was alive a moment ago.
            if (FolderOwner.StartOf(process) == start && Posix.Kill(process, Posix.SigKill) == 0)
                ended.Add(process);
        }

        return ended;
    }

    private static bool IsOrphan(string process, string folder, string mark)
    {
        try
        {
            // By the name of the worker's folder, which is its id: the way to it may go through links.
            return new FileInfo($"{process}/cwd").LinkTarget is { } place
                && Path.GetFileName(Path.GetDirectoryName(place)) == Path.GetFileName(folder)
                && Encoding.UTF8.GetString(File.ReadAllBytes($"{process}/environ")).Split('\0').Contains(mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked, or is another user's.
            return false;
        }
    }
}
