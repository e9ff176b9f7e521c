namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Passes a program's standard error on by lines, without those of ffmpeg's level verbose. ffmpeg counts what it read
/// and wrote of each stream at that level only; its other lines there would push the rest out of the log.
/// </summary>
internal sealed class LogLines(BoundedLog log)
{
    private const int LongestLine = 8 << 10;

    private readonly MemoryStream line = new();

    /// <summary>Takes some more output; it may end anywhere.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n') + 1;
            line.Write(end == 0 ? bytes : bytes[..end]);
            if (end > 0 || line.Length > LongestLine)
                Flush();
            bytes = end == 0 ? [] : bytes[end..];
        }
    }

    /// <summary>Passes on what came after the last end of a line.</summary>
    public void Flush()
    {
        var text = line.GetBuffer().AsSpan(0, (int)line.Length);
        if (!IsChatter(text))
            log.Append(text);
        line.SetLength(0);
    }

    private static bool IsChatter(ReadOnlySpan<byte> text)
    {
        var rest = text;
        // "[matroska @ 0x55d0] [verbose] …"; there may be several such names.
        while (rest.StartsWith("["u8) && rest.IndexOf("] "u8) is > 0 and var end)
        {
            if (rest.StartsWith("[verbose] "u8))
                return rest.IndexOf("put stream #"u8) < 0;
            if (!rest[..end].Contains((byte)'@'))
                return false;
            rest = rest[(end + 2)..];
        }
        return false;
    }
}
