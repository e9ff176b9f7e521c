using System.Buffers.Binary;
using System.Numerics;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Whether a file is as long as its own structure says: tells a source that was cut off from one that merely gives a
/// wrong duration.
/// </summary>
/// <param name="ClaimedSize">How many bytes it should have, or null where the format does not say.</param>
/// <param name="ActualSize">How many it has.</param>
internal sealed record SourceContainer(long? ClaimedSize, long ActualSize)
{
    /// <summary>True when bytes are missing at the end.</summary>
    public bool IsCutOff => ClaimedSize > ActualSize;

    /// <summary>True when it is known that no bytes are missing.</summary>
    public bool IsWhole => ClaimedSize <= ActualSize;

    /// <summary>Looks at a file.</summary>
    public static SourceContainer Inspect(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[64];
        start = start[..RandomAccess.Read(file.SafeFileHandle, start, 0)];
        var claimed = start.StartsWith("RIFF"u8) ? RiffSize(file)
            : start.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3]) ? MatroskaSize(start)
            : start.Length >= 8 && start[4..8].SequenceEqual("ftyp"u8) ? Mp4Size(file)
            : null;
        return new SourceContainer(claimed, file.Length);
    }

    /// <summary>WAV and AVI. Large AVI files are a chain of such parts.</summary>
    private static long? RiffSize(FileStream file)
    {
        Span<byte> header = stackalloc byte[8];
        long end = 0;
        while (RandomAccess.Read(file.SafeFileHandle, header, end) == 8 && header.StartsWith("RIFF"u8))
        {
            var size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            // Programs that write to a pipe cannot know.
            if (size is 0 or >= 0xFFFF_FF00)
                return null;
            end += 8 + size;
        }
        return end;
    }

    private static long? Mp4Size(FileStream file) => Mp4Boxes.Outermost(file)?[^1].End;

    /// <summary>Matroska and WebM: the EBML header, then one segment that holds all else.</summary>
    private static long? MatroskaSize(ReadOnlySpan<byte> start)
    {
        if (!Number(start[4..], out var headerSize, out var width) || headerSize > start.Length)
            return null;
        var segment = 4 + width + (int)headerSize;
        if (segment + 4 > start.Length || !start[segment..].StartsWith((ReadOnlySpan<byte>)[0x18, 0x53, 0x80, 0x67]))
            return null;
        return Number(start[(segment + 4)..], out var size, out var sizeWidth)
            ? segment + 4 + sizeWidth + size
            : null;
    }

    /// <summary>A number whose leading zero bits say how many bytes it has; all ones mean "unknown".</summary>
    private static bool Number(ReadOnlySpan<byte> bytes, out long value, out int width)
    {
        value = 0;
        width = bytes.IsEmpty ? 0 : BitOperations.LeadingZeroCount(bytes[0]) - 23;
        if (width is < 1 or > 8 || bytes.Length < width)
            return false;
        value = bytes[0] & (0xFF >> width);
        for (var at = 1; at < width; at++)
            value = (value << 8) | bytes[at];
        return value != (1L << (7 * width)) - 1;
    }
}
