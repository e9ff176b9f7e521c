using System.IO.Compression;
using System.Text;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// Texts as they are stored: compressed, because DynamoDB charges each started kilobyte of each write. A usual job
/// shrinks from 1.5 KB to half of one.
/// </summary>
internal static class Packed
{
    /// <summary>What one item may hold of a long text: DynamoDB's limit of 400 KB less what stands beside it.</summary>
    public const int PartSize = 350_000;

    private const int Quality = 5;
    private const int Window = 22;

    /// <summary>Compresses a text.</summary>
    public static byte[] Pack(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(utf8.Length)];
        return BrotliEncoder.TryCompress(utf8, packed, out var length, Quality, Window)
            ? packed[..length]
            : throw new InvalidOperationException("A text could not be compressed.");
    }

    /// <summary>The text that <see cref="Pack"/> made this of.</summary>
    public static string Unpack(Stream packed)
    {
        using var reader = new StreamReader(
            new BrotliStream(packed, CompressionMode.Decompress), Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        return reader.ReadToEnd();
    }

    /// <summary>The text of which each part holds a piece.</summary>
    public static string Unpack(IEnumerable<MemoryStream> parts)
    {
        using var whole = new MemoryStream();
        foreach (var part in parts)
            part.WriteTo(whole);
        whole.Position = 0;
        return Unpack(whole);
    }
}
