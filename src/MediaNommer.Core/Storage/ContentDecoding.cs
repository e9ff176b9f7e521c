using System.IO.Compression;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Undoes compression that a server applied to a source (<c>Content-Encoding</c>), although it was asked not to: objects
/// that were stored compressed are sent so to everybody. What is only called compressed is left as it is.
/// </summary>
internal static class ContentDecoding
{
    /// <summary>What is larger, and so many times as large as what was sent, is a trap and not a film.</summary>
    private const long MostHarmless = 1L << 30;
    private const int MostGrowth = 1000;
    private const int BufferSize = 256 << 10;

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
    /// <param name="progress">Told how much there is so far, without a total; may throw when there is no room for more.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <param name="harmless">How many bytes may come of however few.</param>
    /// <exception cref="MediaStorageException">It is not compressed in that way, or becomes absurdly large.</exception>
    public static async Task DecodeAsync(
        string path, string display, string encoding, IProgress<TransferProgress>? progress, CancellationToken cancellation,
        long harmless = MostHarmless)
    {
        var sent = new FileInfo(path).Length;
        foreach (var name in encoding.Split(',', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            if (IsMeant(path, name))
                await DecodeOnceAsync(path, display, name, TakeUpTo(Math.Max(harmless, MostGrowth * sent)), cancellation);
        }

        Action<long> TakeUpTo(long most) => length =>
        {
            if (length > most)
            {
                throw FileErrors.Unreadable(
                    $"{display}: the source is sent compressed, and becomes more than {MostGrowth} times as large as the {sent} "
                    + "bytes that were sent; it is not unpacked.");
            }

            progress?.Report(new TransferProgress(length, null));
        };
    }

    private static async Task DecodeOnceAsync(
        string path, string display, string name, Action<long> onGrowth, CancellationToken cancellation)
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
                    var buffer = new byte[BufferSize];
                    int read;
                    while ((read = await plain.ReadAsync(buffer, cancellation)) > 0)
                    {
                        onGrowth(target.Position + read);
                        await target.WriteAsync(buffer.AsMemory(0, read), cancellation);
                    }

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
