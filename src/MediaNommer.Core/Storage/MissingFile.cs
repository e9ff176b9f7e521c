namespace MediaNommer.Core.Storage;

/// <summary>
/// Why a source is not there: a wrong name, which no waiting mends, or a folder that is missing or empty as that of a
/// share is that is not mounted yet.
/// </summary>
internal static class MissingFile
{
    private const int MostEntries = 100_000;

    /// <summary>The error for a path below a folder that must be mounted first.</summary>
    public static MediaStorageException Unmounted(string path, string reason) =>
        Error($"The source {path} is not read: {reason}", isAwaited: true);

    /// <summary>The error for a path that names nothing.</summary>
    /// <param name="path">The path.</param>
    /// <param name="whyUnmounted">Why a mount point above it must be mounted first, or null.</param>
    public static MediaStorageException ErrorFor(string path, string? whyUnmounted)
    {
        var missing = $"The source {path} does not exist on the worker's machine";
        if (FindLookalike(path) is { } other)
            return Error($"{missing}; {other}");
        if (whyUnmounted is not null)
            return Error($"{missing}: {whyUnmounted}", isAwaited: true);
        var folder = Path.GetDirectoryName(path)!;
        if (Posix.KindOf(folder, followLinks: true) == FileKind.Missing)
            return Error($"{missing}: its folder is not there either; check the path, or mount what belongs there.", isAwaited: true);
        return IsEmpty(folder)
            ? Error($"{missing}: its folder is empty, as a mount point is before it is mounted; check the path, or mount what belongs there.", isAwaited: true)
            : Error($"{missing}; check the path.");
    }

    private static MediaStorageException Error(string message, bool isAwaited = false) =>
        new(MediaStorageErrors.SourceNotFound, message, isTransient: isAwaited) { IsAwaited = isAwaited };

    private static bool IsEmpty(string folder)
    {
        try
        {
            return Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any();
        }
        catch (UnauthorizedAccessException)
        {
            // What it holds is not for us to see, and so is nothing that says that it is not mounted.
            return false;
        }
    }

    /// <summary>A file whose path differs in its Unicode form, or in capital letters, alone.</summary>
    private static string? FindLookalike(string path)
    {
        var (found, isByCapitals) = ("/", false);
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(found, part);
            if (Posix.KindOf(next, followLinks: true) == FileKind.Missing)
            {
                var alike = EntriesOf(found).Where(entry => UnicodeForms.LookTheSame(entry, part)).ToList();
                if (alike.Count == 0)
                {
                    alike = [.. EntriesOf(found).Where(entry => entry.Equals(part, StringComparison.OrdinalIgnoreCase))];
                    isByCapitals = true;
                }

                if (alike is not [var only])
                    return null;
                next = Path.Combine(found, only);
            }

            found = next;
        }

        if (isByCapitals)
            return $"there is {found}, which differs in capital letters. Submit that path if you mean it.";
        var uri = "file://" + string.Join('/', found.Split('/').Select(Uri.EscapeDataString));
        return found == path ? null
            : $"there is a file whose name looks the same but is spelt in another Unicode form. Submit it as {uri}.";
    }

    private static IEnumerable<string> EntriesOf(string folder)
    {
        var everything = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = 0 };
        return Directory.Exists(folder)
            ? Directory.EnumerateFileSystemEntries(folder, "*", everything).Take(MostEntries).Select(entry => Path.GetFileName(entry))
            : [];
    }
}
