using System.Text;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Keeps the front and the end of what a program prints, however much that is: ffmpeg says first what it read and
/// last what went wrong. One thread writes, others may read at any time.
/// </summary>
internal sealed class BoundedLog(int headSize = 32 << 10, int tailSize = 32 << 10)
{
    private readonly Lock gate = new();
    private readonly MemoryStream head = new();
    private byte[] tail = [];
    private long tailLength;

    /// <summary>Takes some more output.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            var toHead = (int)Math.Min(bytes.Length, headSize - head.Length);
            head.Write(bytes[..toHead]);
            var rest = bytes[toHead..];
            if (rest.IsEmpty)
                return;
            if (tail.Length == 0)
                tail = new byte[tailSize];
            // A ring: the oldest is overwritten.
            var skipped = Math.Max(0, rest.Length - tailSize);
            tailLength += skipped;
            foreach (var value in rest[skipped..])
                tail[tailLength++ % tailSize] = value;
        }
    }

    /// <summary>The front, up to the size that is kept.</summary>
    public string Head
    {
        get
        {
            lock (gate)
                return Decode(head.GetBuffer().AsSpan(0, (int)head.Length));
        }
    }

    /// <summary>All that is kept; says how much is missing in the middle.</summary>
    public override string ToString()
    {
        lock (gate)
        {
            var front = Decode(head.GetBuffer().AsSpan(0, (int)head.Length));
            if (tailLength <= tailSize)
                return front + Decode(tail.AsSpan(0, (int)tailLength));
            var start = (int)(tailLength % tailSize);
            byte[] ordered = [.. tail[start..], .. tail[..start]];
            return $"{front}\n[… {tailLength - tailSize} bytes left out …]\n{Decode(ordered)}";
        }
    }

    private static string Decode(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
