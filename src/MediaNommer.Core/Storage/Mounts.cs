using System.Collections.Concurrent;
using System.Text;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Knows which folders of this machine are mount points, and which should be: those that the settings name, those that
/// <c>/etc/fstab</c> lists, and those that were mounted when they were last used. An unmounted one looks like any empty
/// folder, and what is written there fills the wrong disk and is hidden as soon as the share comes back.
/// </summary>
/// <param name="required">Folders that must be mounted (<c>Storage:RequireMount</c>).</param>
/// <param name="fileSystems">The list of what the machine mounts.</param>
/// <param name="mounted">The list of what is mounted now.</param>
public sealed class Mounts(
    IReadOnlyList<string> required, string fileSystems = "/etc/fstab", string mounted = "/proc/self/mountinfo")
{
    private const int PointInMountInfo = 4;
    private const int PointInFstab = 1;

    private readonly ConcurrentDictionary<string, byte> seen = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<string> required = [.. required.Select(Path.TrimEndingDirectorySeparator)];

    /// <summary>Why a path must not be read, in a sentence that names the mount point, or null when it may.</summary>
    public string? WhyNotToRead(string path) => Find(path, required) is { } point
        ? $"{point} is not a mount point now, but Storage:RequireMount says that it must be; mount it."
        : null;

    /// <summary>Why nothing may be written to a path, in a sentence that names the mount point, or null when it may.</summary>
    public string? WhyNotToWrite(string path)
    {
        if (WhyNotToRead(path) is { } reason)
            return reason;
        if (Find(path, Listed()) is { } point)
            return $"{point} is not mounted now, but {fileSystems} lists it; mount it, or take it out of the list.";
        if (Find(path, seen.Keys) is { } earlier)
            return $"{earlier} is not mounted now, but it was earlier; mount it, or restart the worker if it is to be a plain folder.";
        if (PointOf(path) is { } mount)
            seen.TryAdd(mount, 0);
        return null;
    }

    /// <summary>
    /// The mount point that a path is below by its name alone, or null when that is the root: no disk is touched, which may
    /// not answer.
    /// </summary>
    internal static string? Above(string path) => Column("/proc/self/mountinfo", PointInMountInfo)
        .Where(point => point.Length > 1 && IsBelow(path, point))
        .MaxBy(point => point.Length);

    /// <summary>The mount point that a path should be on and is not, or null.</summary>
    private string? Find(string path, IEnumerable<string> points)
    {
        HashSet<string>? now = null;
        string? real = null;
        foreach (var point in points)
        {
            if (!IsBelow(path, point) && !IsBelow(real ??= WithoutLinks(path), WithoutLinks(point)))
                continue;
            now ??= Now();
            if (!now.Contains(WithoutLinks(point)))
                return point;
        }

        return null;
    }

    private static bool IsBelow(string path, string folder) =>
        folder == "/" || (path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/'));

    private string? PointOf(string path)
    {
        var real = WithoutLinks(path);
        return Now().Where(point => point != "/" && IsBelow(real, point)).MaxBy(point => point.Length);
    }

    // What is not there yet has no links in it.
    private static string WithoutLinks(string path)
    {
        var there = path;
        while (Posix.RealPath(there) is null && Path.GetDirectoryName(there) is { } parent)
            there = parent;
        return Posix.RealPath(there) is { } real ? Path.Join(real, path[there.Length..]) : path;
    }

    private HashSet<string> Now() => [.. Column(mounted, PointInMountInfo)];

    private IEnumerable<string> Listed() => Column(fileSystems, PointInFstab).Where(point => point.StartsWith('/') && point != "/");

    private static IEnumerable<string> Column(string file, int number)
    {
        if (!File.Exists(file))
            return [];
        return File.ReadAllLines(file)
            .Where(line => !line.TrimStart().StartsWith('#'))
            .Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length > number)
            .Select(columns => Path.TrimEndingDirectorySeparator(Unescape(columns[number])));
    }

    // A space is written \040, and so are other bytes that would break the table.
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var escaped = Encoding.UTF8.GetBytes(text).AsSpan();
        var plain = new List<byte>();
        while (!escaped.IsEmpty)
        {
            var isOctal = escaped.Length > 3 && escaped[0] == '\\' && escaped[1..4].IndexOfAnyExceptInRange((byte)'0', (byte)'7') < 0;
            plain.Add(isOctal ? (byte)(((escaped[1] - '0') << 6) | ((escaped[2] - '0') << 3) | (escaped[3] - '0')) : escaped[0]);
            escaped = escaped[(isOctal ? 4 : 1)..];
        }

        return Encoding.UTF8.GetString([.. plain]);
    }
}
