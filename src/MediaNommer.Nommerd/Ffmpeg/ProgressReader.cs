using System.Buffers.Text;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>One report of ffmpeg's <c>-progress</c>.</summary>
internal readonly record struct ProgressReport
{
    /// <summary>Video frames written so far.</summary>
    public long Frame { get; init; }

    /// <summary>Frames per second, or null while unknown.</summary>
    public double? Fps { get; init; }

    /// <summary>Seconds of output written so far, or null while unknown.</summary>
    public double? Seconds { get; init; }

    /// <summary>Bytes written so far, or null where the format cannot tell.</summary>
    public long? Size { get; init; }

    /// <summary>Frames written a second time to fill gaps.</summary>
    public long Duplicated { get; init; }

    /// <summary>Seconds of media per second of time, or null while unknown.</summary>
    public double? Speed { get; init; }
}

/// <summary>Reads <c>key=value</c> lines; a report is whole when the line <c>progress=…</c> comes.</summary>
internal sealed class ProgressReader
{
    private const int LongestLine = 256;

    private readonly byte[] line = new byte[LongestLine];
    private int length;
    private ProgressReport next;

    /// <summary>The last whole report, or null before the first.</summary>
    public ProgressReport? Last { get; private set; }

    /// <summary>Takes a piece of output; pieces may end anywhere.</summary>
    /// <returns>True when a report showed that more was written than before.</returns>
    public bool Take(ReadOnlySpan<byte> piece, Action<ProgressReport> onReport)
    {
        var advanced = false;
        foreach (var value in piece)
        {
            if (value != '\n')
            {
                if (length < LongestLine)
                    line[length++] = value;
                continue;
            }
            var whole = line.AsSpan(0, length);
            length = 0;
            if (whole.StartsWith("progress="u8))
                advanced |= Finish(onReport);
            else
                Understand(whole);
        }
        return advanced;
    }

    private bool Finish(Action<ProgressReport> onReport)
    {
        var before = Last;
        var report = next;
        next = default;
        Last = report;
        onReport(report);
        return before is not { } earlier
            || report.Frame > earlier.Frame || report.Seconds > (earlier.Seconds ?? -1) || report.Size > (earlier.Size ?? -1);
    }

    private void Understand(ReadOnlySpan<byte> text)
    {
        var equals = text.IndexOf((byte)'=');
        if (equals < 0)
            return;
        var key = text[..equals];
        var value = text[(equals + 1)..].Trim((byte)' ');
        if (key.SequenceEqual("frame"u8))
            next = next with { Frame = Whole(value) ?? 0 };
        else if (key.SequenceEqual("fps"u8))
            next = next with { Fps = Fraction(value) is > 0 and var fps ? fps : null };
        else if (key.SequenceEqual("out_time_us"u8))
            next = next with { Seconds = Whole(value) is { } microseconds and >= 0 ? microseconds / 1e6 : null };
        else if (key.SequenceEqual("dup_frames"u8))
            next = next with { Duplicated = Whole(value) ?? 0 };
        else if (key.SequenceEqual("total_size"u8))
            next = next with { Size = Whole(value) };
        else if (key.SequenceEqual("speed"u8))
            next = next with { Speed = Fraction(value) is > 0 and var speed ? speed : null };
    }

    private static long? Whole(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long value, out _) ? value : null;

    private static double? Fraction(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out double value, out _) && double.IsFinite(value) ? value : null;
}
