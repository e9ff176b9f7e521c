using System.IO.Compression;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Undoes compression that a server applied to a source (<c>Content-Encoding</c>), although it was asked not to: objects
/// that were stored compressed are sent so to everybody.
/// </summary>
public static class ContentDecoding
{
    private const string Identity = "identity";

    /// <summary>True when the body is not the source as it is.</summary>
    public static bool IsEncoded(HttpContent content) => Effective(content.Headers.ContentEncoding).Any();

    /// <summary>Those of the encodings that change the bytes. Stores of S3 name their own way of sending chunks among them.</summary>
    public static IEnumerable<string> Effective(IEnumerable<string> encodings) => encodings
        .SelectMany(line => line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        .Where(name => !name.Equals(Identity, StringComparison.OrdinalIgnoreCase)
            && !name.Equals("aws-chunked", StringComparison.OrdinalIgnoreCase));

    /// <summary>A stream of the source as it is.</summary>
    /// <param name="body">What arrives.</param>
    /// <param name="encodings">In the order in which they were applied.</param>
    /// <param name="display">The address, for the error.</param>
    /// <exception cref="MediaStorageException">One of the encodings is unknown here.</exception>
    public static Stream Decode(Stream body, IEnumerable<string> encodings, string display) =>
        Effective(encodings).Reverse().Aggregate(body, (inner, name) => name.ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(inner, CompressionMode.Decompress),
            "deflate" => new ZLibStream(inner, CompressionMode.Decompress),
            "br" => new BrotliStream(inner, CompressionMode.Decompress),
            _ => throw new MediaStorageException(
                MediaStorageErrors.SourceUnreadable,
                $"{display}: the server sends the source compressed by '{name}', which is not supported (gzip, deflate and "
                + "br are); let it send the file as it is."),
        });
}
