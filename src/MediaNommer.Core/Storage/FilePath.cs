namespace MediaNommer.Core.Storage;

/// <summary>Reads <c>file://</c> addresses and plain paths.</summary>
internal static class FilePath
{
    private const string Scheme = "file://";

    /// <summary>The absolute path that an address names. What is plain is taken as it stands, percent signs too.</summary>
    /// <exception cref="MediaStorageException">With <paramref name="code"/>: it is no absolute path of this machine.</exception>
    public static string Parse(string address, string code)
    {
        var path = address;
        if (address.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            path = Uri.UnescapeDataString(address[Scheme.Length..]);
            if (path.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase))
                path = path["localhost".Length..];
        }

        if (path.Contains('\0'))
            throw new MediaStorageException(code, $"The path '{address}' holds a NUL character, which no file name may.");
        if (!Path.IsPathFullyQualified(path))
        {
            throw new MediaStorageException(
                code, $"'{address}' is not an absolute path; write /folder/file or file:///folder/file.");
        }

        return Path.GetFullPath(path);
    }
}
