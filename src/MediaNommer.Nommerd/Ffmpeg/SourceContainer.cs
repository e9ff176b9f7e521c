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
    private static ReadOnlySpan<byte> AsfHeader =>
        [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C];

    private static ReadOnlySpan<byte> AsfFileProperties =>
        [0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9, 0xCF, 0x11, 0x8E, 0xE4, 0x00, 0xC0, 0x0C, 0x20, 0x53, 0x65];

    /// <summary>True when bytes are missing at the end.</summary>
    public bool IsCutOff => ClaimedSize > ActualSize;

    /// <summary>True when it is known that no bytes are missing.</summary>
    public bool IsWhole => ClaimedSize <= ActualSize;

    /// <summary>Looks at a file.</summary>
    public static SourceContainer Inspect(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4096];
        start = start[..RandomAccess.Read(file.SafeFileHandle, start, 0)];
        var claimed = start.StartsWith("RIFF"u8) ? RiffSize(file)
            : start.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3]) ? MatroskaSize(start)
            : start.Length >= 8 && start[4..8].SequenceEqual("ftyp"u8) ? Mp4Size(file)
            : start.StartsWith("FLV"u8) ? FlvSize(file)
            : start.StartsWith(AsfHeader) ? AsfSize(start)
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

    /// <summary>FLV says nothing about its size, but a whole one ends with the size of its last tag.</summary>
    private static long? FlvSize(FileStream file)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (file.Length < 13 || RandomAccess.Read(file.SafeFileHandle, bytes, file.Length - 4) != 4)
            return null;
        var size = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var tag = file.Length - 4 - size;
        if (size <= 11 || tag < 9 || RandomAccess.Read(file.SafeFileHandle, bytes, tag) != 4)
            return null;
        // Its type, then the size of what follows its header of 11 bytes.
        return (bytes[0] & 0x1f) is 8 or 9 or 18 && (BinaryPrimitives.ReadUInt32BigEndian(bytes) & 0xFF_FFFF) == size - 11
            ? file.Length
            : null;
    }

    private static long? AsfSize(ReadOnlySpan<byte> start)
    {
        var at = start.IndexOf(AsfFileProperties);
        if (at < 0 || at + 48 > start.Length)
            return null;
        var size = BinaryPrimitives.ReadInt64LittleEndian(start[(at + 40)..]);
        return size > 0 ? size : null;
    }

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
