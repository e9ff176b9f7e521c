using System.Buffers.Binary;
using System.Text;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>A box of an MP4 or MOV file: its type and where it lies.</summary>
/// <param name="Type">Four characters, for example <c>moov</c>.</param>
/// <param name="Start">Where its content begins.</param>
/// <param name="End">Where it ends, by its own account; may lie beyond the end of the file.</param>
internal readonly record struct Mp4Box(string Type, long Start, long End);

/// <summary>Walks over boxes. Never reads outside of what it is given; what makes no sense ends the walk.</summary>
internal static class Mp4Boxes
{
    /// <summary>How many of them are looked at.</summary>
    public const int MostBoxes = 200_000;

    /// <summary>The outermost boxes of a file, or null when it is not made of boxes.</summary>
    public static List<Mp4Box>? Outermost(FileStream file)
    {
        var boxes = new List<Mp4Box>();
        var length = file.Length;
        Span<byte> header = stackalloc byte[16];
        long at = 0;
        while (at + 8 <= length && boxes.Count < MostBoxes)
        {
            var read = RandomAccess.Read(file.SafeFileHandle, header, at);
            if (Header(header[..read], at, length) is not { } box || !IsPlausible(box.Type))
                return boxes.Count == 0 ? null : boxes;
            boxes.Add(box);
            at = box.End;
        }
        return boxes.Count == 0 ? null : boxes;
    }

    /// <summary>The boxes inside a part of a file that is in memory.</summary>
    public static IEnumerable<(string Type, ReadOnlyMemory<byte> Content)> Inside(ReadOnlyMemory<byte> parent)
    {
        var at = 0;
        while (at + 8 <= parent.Length)
        {
            if (Header(parent.Span[at..], at, parent.Length) is not { } box || box.End > parent.Length)
                yield break;
            yield return (box.Type, parent[(int)box.Start..(int)box.End]);
            at = (int)box.End;
        }
    }

    /// <summary>The first box of a type inside another, or null.</summary>
    public static ReadOnlyMemory<byte>? Find(ReadOnlyMemory<byte> parent, string type)
    {
        foreach (var (found, content) in Inside(parent))
        {
            if (found == type)
                return content;
        }
        return null;
    }

    private static Mp4Box? Header(ReadOnlySpan<byte> bytes, long at, long parentEnd)
    {
        if (bytes.Length < 8)
            return null;
        long size = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var type = Encoding.Latin1.GetString(bytes.Slice(4, 4));
        var headerSize = 8;
        if (size == 1)
        {
            if (bytes.Length < 16)
                return null;
            size = BinaryPrimitives.ReadInt64BigEndian(bytes[8..]);
            headerSize = 16;
        }
        else if (size == 0)
            size = parentEnd - at;
        var isSound = size >= headerSize && size <= long.MaxValue - at;
        return isSound ? new Mp4Box(type, at + headerSize, at + size) : null;
    }

    private static bool IsPlausible(string type) => type.All(c => c is >= ' ' and <= '~' or '©');
}
