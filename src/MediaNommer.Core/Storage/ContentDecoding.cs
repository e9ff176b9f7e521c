using System.IO.Compression;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Undoes compression that a server applied to a source (<c>Content-Encoding</c>), although it was asked not to: objects
/// that were stored compressed are sent so to everybody. What is only called compressed is left as it is.
/// </summary>
internal static class ContentDecoding
{
    /// <summary>The encodings that change the bytes, in the order in which they were applied, separated by commas.</summary>
    /// <exception cref="MediaStorageException">One of them is unknown here.</exception>
    public static string RequireKnown(IEnumerable<string> encodings, string display)
    {
        var names = encodings
            .SelectMany(line => line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(name => name.ToLowerInvariant())
            // Stores of S3 name their own way of sending chunks among them.
            .Where(name => name is not ("identity" or "aws-chunked"))
            .ToList();
        return names.Find(name => name is not ("gzip" or "x-gzip" or "deflate" or "br")) is { } unknown
            ? throw new MediaStorageException(
                MediaStorageErrors.SourceUnreadable,
                $"{display}: the server sends the source compressed by '{unknown}', which is not supported (gzip, deflate and "
                + "br are); let it send the file as it is.")
            : string.Join(',', names);
    }

    /// <summary>Undoes all compression of a file that was fetched whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="display">The source's address, for errors.</param>
    /// <param name="encoding">What <see cref="RequireKnown"/> gave.</param>
    /// <param name="cancellation">Ends the call.</param>
    public static async Task DecodeAsync(string path, string display, string encoding, CancellationToken cancellation)
    {
        foreach (var name in encoding.Split(',', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            if (IsMeant(path, name))
                await DecodeOnceAsync(path, display, name, cancellation);
        }
    }

    private static async Task DecodeOnceAsync(string path, string display, string name, CancellationToken cancellation)
    {
        var encoded = path + ".encoded";
        File.Move(path, encoded);
        try
        {
            await LocalFile.FetchAsync(
                path, display,
                async target =>
                {
                    await using var plain = Open(File.OpenRead(encoded), name);
                    await plain.CopyToAsync(target, cancellation);
                    return target.Position;
                });
        }
        catch (InvalidDataException e)
        {
            throw FileErrors.Unreadable($"{display}: the source cannot be decompressed ({name}): {e.Message}", e);
        }
        finally
        {
            FileErrors.TryDelete(encoded);
        }
    }

    private static Stream Open(FileStream encoded, string name) => name switch
    {
        "deflate" => new ZLibStream(encoded, CompressionMode.Decompress),
        "br" => new BrotliStream(encoded, CompressionMode.Decompress),
        _ => new GZipStream(encoded, CompressionMode.Decompress),
    };

    // Some servers say so of files that are not, for example because of a misleading name. Brotli has no sign of its own.
    private static bool IsMeant(string path, string name)
    {
        using var file = File.OpenRead(path);
        var (first, second) = (file.ReadByte(), file.ReadByte());
        return name switch
        {
            "br" => true,
            "deflate" => (first & 0x0F) == 8 && ((first << 8) | second) % 31 == 0,
            _ => (first, second) == (0x1F, 0x8B),
        };
    }
}
