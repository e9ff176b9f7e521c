using System.Buffers.Binary;
using System.Text;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>The lengths that the headers of MP4 files and tracks give.</summary>
internal static class Mp4Times
{
    /// <summary>Reads mvhd or mdhd; null when it makes no sense.</summary>
    public static double? Read(ReadOnlySpan<byte> header)
    {
        // Version and flags, two dates, then units per second and the length in units; version 1 has wider numbers.
        var isWide = header.Length > 0 && header[0] == 1;
        if (header.Length < (isWide ? 32 : 20))
            return null;
        var scale = BinaryPrimitives.ReadUInt32BigEndian(header[(isWide ? 20 : 12)..]);
        var units = isWide
            ? BinaryPrimitives.ReadUInt64BigEndian(header[24..])
            : BinaryPrimitives.ReadUInt32BigEndian(header[16..]);
        var isUnknown = units == (isWide ? ulong.MaxValue : uint.MaxValue);
        return scale == 0 ? null : isUnknown ? 0 : units / (double)scale;
    }
}

/// <summary>Translates the four letters of MP4's codecs into ffmpeg's names.</summary>
internal static class Mp4Codecs
{
    private const int VideoEntrySize = 86;

    private static readonly Dictionary<string, string> Names = new()
    {
        ["avc1"] = "h264", ["avc3"] = "h264", ["hev1"] = "hevc", ["hvc1"] = "hevc", ["av01"] = "av1", ["vp08"] = "vp8",
        ["vp09"] = "vp9", ["jpeg"] = "mjpeg", ["mjpa"] = "mjpeg", ["png "] = "png", ["s263"] = "h263", ["apch"] = "prores",
        ["apcn"] = "prores", ["apcs"] = "prores", ["apco"] = "prores", ["ap4h"] = "prores", ["ap4x"] = "prores",
        ["AVdn"] = "dnxhd", ["Opus"] = "opus", ["fLaC"] = "flac", ["ac-3"] = "ac3", ["ec-3"] = "eac3", ["alac"] = "alac",
        [".mp3"] = "mp3", ["samr"] = "amr_nb", ["sawb"] = "amr_wb", ["sowt"] = "pcm_s16le", ["twos"] = "pcm_s16be",
        ["in24"] = "pcm_s24be", ["ulaw"] = "pcm_mulaw", ["alaw"] = "pcm_alaw", ["tx3g"] = "mov_text", ["text"] = "mov_text",
        ["wvtt"] = "webvtt",
    };

    // What "mp4v" and "mp4a" hold is said by a number in their description.
    private static readonly Dictionary<byte, string> ByObjectType = new()
    {
        [0x20] = "mpeg4", [0x40] = "aac", [0x66] = "aac", [0x67] = "aac", [0x68] = "aac", [0x69] = "mp3", [0x6B] = "mp3",
        [0x60] = "mpeg2video", [0x61] = "mpeg2video", [0x6A] = "mpeg1video", [0x6C] = "mjpeg", [0xA5] = "ac3",
        [0xA6] = "eac3", [0xA9] = "dts", [0xDD] = "vorbis",
    };

    /// <summary>Reads the first sample description of a track.</summary>
    public static (string? Codec, int Width, int Height) Describe(ReadOnlyMemory<byte> entry, string kind)
    {
        if (entry.Length < 16)
            return (null, 0, 0);
        var bytes = entry.Span;
        var type = Encoding.Latin1.GetString(bytes.Slice(4, 4));
        var codec = type is "mp4v" or "mp4a" ? ObjectType(bytes) : Names.GetValueOrDefault(type);
        if (kind != "video" || bytes.Length < VideoEntrySize)
            return (codec, 0, 0);
        return (codec, BinaryPrimitives.ReadUInt16BigEndian(bytes[32..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[34..]));
    }

    private static string? ObjectType(ReadOnlySpan<byte> entry)
    {
        var start = entry.IndexOf("esds"u8);
        if (start < 0)
            return null;
        // Version and flags; then descriptor 3 (number of the stream, flags), in which descriptor 4 begins with the type.
        var rest = entry[(start + 8 <= entry.Length ? start + 8 : entry.Length)..];
        if (!SkipHeader(ref rest, 3) || rest.Length < 3)
            return null;
        rest = rest[3..];
        return SkipHeader(ref rest, 4) && rest.Length > 0 ? ByObjectType.GetValueOrDefault(rest[0]) : null;
    }

    private static bool SkipHeader(ref ReadOnlySpan<byte> bytes, byte tag)
    {
        if (bytes.Length < 2 || bytes[0] != tag)
            return false;
        // The length takes one to four bytes, each but the last with its highest bit set.
        var at = 1;
        while (at < bytes.Length && at < 4 && (bytes[at] & 0x80) != 0)
            at++;
        bytes = bytes[Math.Min(at + 1, bytes.Length)..];
        return true;
    }
}
