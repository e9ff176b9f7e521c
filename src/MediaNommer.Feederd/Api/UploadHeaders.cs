namespace MediaNommer.Feederd.Api;

/// <summary>Refuses what is not a whole file as it is: stored as one, a part or a packed file would look like a damaged source.</summary>
internal static class UploadHeaders
{
    private static readonly string[] Parts = ["Content-Range", "X-Content-Range", "Upload-Offset"];
    private static readonly string[] Encodings = ["Content-Encoding", "Content-Transfer-Encoding"];
    private static readonly string[] AsIs = ["identity", "binary", "8bit", "7bit"];

    /// <summary>Looks at the headers of a request or of a part of a form.</summary>
    /// <param name="valueOf">The value of a header, or empty.</param>
    /// <exception cref="ApiException">They say that it is a part, or packed.</exception>
    public static void RequireWhole(Func<string, string> valueOf)
    {
        if (Parts.FirstOrDefault(name => valueOf(name).Length > 0) is { } part)
            throw ApiException.BadInput(
                part, $"{part} says that this is a part of a file, and parts are not put together here. Send the whole file in one request; "
                + "a large one may take as long as it needs.");
        if (Encodings.FirstOrDefault(name => IsPacked(valueOf(name))) is { } encoding)
            throw ApiException.BadInput(
                encoding, $"{encoding} '{valueOf(encoding)}' is not undone here. Send the file as it is, without {encoding}.");
    }

    private static bool IsPacked(string value) =>
        value.Length > 0 && !AsIs.Contains(value.Trim(), StringComparer.OrdinalIgnoreCase);
}
