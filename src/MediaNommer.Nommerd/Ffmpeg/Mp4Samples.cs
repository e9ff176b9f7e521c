using System.Buffers.Binary;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Where the data of an MP4 track lies, from the tables of its index.</summary>
/// <param name="Count">How many samples it has.</param>
/// <param name="Bytes">How many bytes they hold.</param>
/// <param name="End">Where the data that lies furthest back ends; 0 when there is none.</param>
/// <param name="LastSize">How many bytes the sample has that lies furthest back.</param>
internal readonly record struct Mp4Samples(long Count, long Bytes, long End, long LastSize)
{
    private const int TailSize = 32;
    private const int FrontSize = 16;
    private const long Farthest = 1L << 60;

    /// <summary>Reads the tables of a track (the content of its stbl).</summary>
    public static Mp4Samples Read(ReadOnlyMemory<byte> table)
    {
        var sizes = new SampleSizes(table);
        long end = 0, lastSize = 0, bytes = 0;
        long sample = 0;
        foreach (var (offset, samples) in Chunks(table))
        {
            var next = Math.Min(sizes.Count, sample + samples);
            var size = sizes.Sum(sample, next);
            sample = next;
            bytes += size;
            // A broken index may name anything.
            if (offset < 0 || offset > Farthest || size > Farthest)
                end = long.MaxValue;
            else if (offset + size > end)
                (end, lastSize) = (offset + size, sizes.Sum(Math.Max(0, next - 1), next));
        }
        return new Mp4Samples(sizes.Count, bytes, end, lastSize);
    }

    /// <summary>True when the file holds all of the data.</summary>
    public bool AreIn(FileStream file) => End <= file.Length;

    /// <summary>
    /// True when the last sample is all zeros in front, or behind: what a disk that lost its last blocks gives.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="atEnd">Look at its end; at its front otherwise.</param>
    public bool IsLastEmpty(FileStream file, bool atEnd)
    {
        Span<byte> bytes = stackalloc byte[atEnd ? TailSize : FrontSize];
        var at = atEnd ? End - bytes.Length : End - LastSize;
        return LastSize >= (atEnd ? 1 : bytes.Length) && at >= 0
            && RandomAccess.Read(file.SafeFileHandle, bytes, at) == bytes.Length && !bytes.ContainsAnyExcept((byte)0);
    }

    /// <summary>The offset of each chunk, and how many samples it holds.</summary>
    private static IEnumerable<(long Offset, long Samples)> Chunks(ReadOnlyMemory<byte> table)
    {
        var isWide = Mp4Boxes.Find(table, "stco") is null;
        var width = isWide ? 8 : 4;
        if (Mp4Boxes.Find(table, isWide ? "co64" : "stco") is not { Length: > 8 } offsets
            || Mp4Boxes.Find(table, "stsc") is not { Length: >= 20 } runs)
            yield break;
        var run = 0;
        var chunk = 1L;
        for (var at = 8; at + width <= offsets.Length; at += width, chunk++)
        {
            // Runs of chunks: first chunk, samples in each, description; the next run ends this one.
            while (8 + ((run + 2) * 12) <= runs.Length && Number(runs, 8 + ((run + 1) * 12)) <= chunk)
                run++;
            var offset = isWide ? BinaryPrimitives.ReadInt64BigEndian(offsets.Span[at..]) : Number(offsets, at);
            yield return (offset, Number(runs, 12 + (run * 12)));
        }
    }

    private static long Number(ReadOnlyMemory<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[at..]);

    /// <summary>The sizes of samples: one for all (stsz with a size), or a table of 32, 16, 8 or 4 bits each.</summary>
    private readonly struct SampleSizes
    {
        private readonly ReadOnlyMemory<byte> content;
        private readonly long common;
        private readonly int bits;

        public SampleSizes(ReadOnlyMemory<byte> table)
        {
            var isCompact = Mp4Boxes.Find(table, "stsz") is null;
            content = Mp4Boxes.Find(table, isCompact ? "stz2" : "stsz") ?? default;
            if (content.Length < 12)
                return;
            common = isCompact ? 0 : Number(content, 4);
            var field = isCompact ? content.Span[7] : 32;
            bits = field is 32 or 16 or 8 or 4 ? field : 0;
            Count = Number(content, 8);
        }

        public long Count { get; }

        /// <summary>The bytes of the samples from one on and before another.</summary>
        public long Sum(long from, long until)
        {
            if (common > 0)
                return (long)Int128.Min(long.MaxValue, (Int128)common * (until - from));
            long sum = 0;
            until = bits == 0 ? 0 : Math.Min(until, (content.Length - 12) * 8L / bits);
            for (var sample = from; sample < until; sample++)
                sum += Size(sample * bits);
            return sum;
        }

        private long Size(long bit)
        {
            var bytes = content.Span[(int)(12 + (bit / 8))..];
            return bits switch
            {
                32 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
                16 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
                8 => bytes[0],
                _ => bit % 8 == 0 ? bytes[0] >> 4 : bytes[0] & 15,
            };
        }
    }
}
