namespace MediaNommer.Core.Storage;

/// <summary>
/// Tells whether two paths lead to one entry of one folder, as the file system sees it: through links and mounts, and
/// where it does not tell capital letters from small ones. Two entries of one file (hard links) are two: replacing one
/// leaves the other as it is.
/// </summary>
internal static class FileEntry
{
    /// <summary>True when replacing <paramref name="dest"/> would take the file at <paramref name="source"/> away.</summary>
    /// <param name="source">Where a file is read; links are followed.</param>
    /// <param name="dest">Where a file is put; a link there is replaced and not followed.</param>
    public static bool WouldReplace(string source, string dest)
    {
        if (Posix.RealPath(source) is not { } real)
            return false;
        var (folder, name) = (Path.GetDirectoryName(dest)!, Path.GetFileName(dest));
        if (Posix.RealPath(folder) is { } realFolder && Path.Combine(realFolder, name) == real)
            return true;
        if (FileFacts.Of(real, followLinks: false) is not { } file || FileFacts.Of(dest, followLinks: false) is not { } there
            || !there.IsSameFileAs(file))
            return false;
        return file.Links < 2 || IsSameEntry(Path.GetDirectoryName(real)!, Path.GetFileName(real), folder, name);
    }

    private static bool IsSameEntry(string folder, string name, string otherFolder, string otherName)
    {
        if (FileFacts.Of(folder, followLinks: true) is not { } one || FileFacts.Of(otherFolder, followLinks: true) is not { } other
            || !one.IsSameFileAs(other))
            return false;
        // Only here, where one file has several names and two of them are in one folder, is it worth reading the folder.
        var names = Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)).ToList();
        return NameIn(names, name) is not { } mine || NameIn(names, otherName) is not { } theirs || mine == theirs;
    }

    /// <summary>What the folder itself calls the entry that a name leads to; null when that cannot be told.</summary>
    private static string? NameIn(List<string> names, string name)
    {
        if (names.Contains(name, StringComparer.Ordinal))
            return name;
        var like = names
            .Where(one => one.Normalize().Equals(name.Normalize(), StringComparison.OrdinalIgnoreCase))
            .ToList();
        return like is [var only] ? only : null;
    }
}
