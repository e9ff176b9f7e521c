using MediaNommer.Core.Settings;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Holds a pass to the limits of what it makes: how long its output may become, how much time it may take for that, and
/// how many frames it may repeat. What was made so far counts as much as what was predicted, so that a slow encode that
/// gets on is never ended.
/// </summary>
internal sealed class PassWatch(LimitOptions limits)
{
    private readonly long startedAt = Environment.TickCount64;
    private double? firstSeconds;
    private ProgressReport last;

    /// <summary>How long the source is, or null while unknown.</summary>
    public double? SourceSeconds { get; set; }

    /// <summary>How long the output should be, or null while unknown.</summary>
    public double? ExpectedSeconds { get; set; }

    /// <summary>Takes a report of ffmpeg.</summary>
    public void Take(ProgressReport report)
    {
        // Options may shift all times, so what was made counts from the first report.
        firstSeconds ??= report.Seconds;
        last = report;
    }

    /// <summary>The limit that was exceeded, in a sentence without subject and full stop, or null.</summary>
    public string? FindBreach() => FindEndless() ?? FindSlow() ?? FindRepeating();

    private double SecondsMade => (last.Seconds ?? 0) - (firstSeconds ?? 0);

    private string? FindEndless()
    {
        var longest = Math.Max(limits.OutputSeconds, limits.OutputFactor * (SourceSeconds ?? 0));
        return limits.OutputSeconds > 0 && SecondsMade > longest
            ? $"made more than {TimeText.Show(longest)} of output from a source of {Length(SourceSeconds)} "
                + "(settings Ffmpeg:Limits:OutputSeconds and OutputFactor)"
            : null;
    }

    private string? FindSlow()
    {
        // Analysis (palettegen, tile, reverse) tells of no output until its end: what it has to read is what can be said of it.
        var longest = Math.Max(limits.RunSeconds, limits.RunFactor * Math.Max(SecondsMade, ExpectedSeconds ?? SourceSeconds ?? 0));
        var taken = (Environment.TickCount64 - startedAt) / 1000.0;
        return limits.RunSeconds > 0 && taken > longest
            ? $"took more than {TimeText.Show(longest)} and has made only {TimeText.Show(SecondsMade)} of output "
                + "(settings Ffmpeg:Limits:RunSeconds and RunFactor)"
            : null;
    }

    private string? FindRepeating() =>
        limits.DuplicatedFrames > 0 && last.Duplicated > limits.DuplicatedFrames
            ? $"repeated {last.Duplicated} frames to fill gaps of the source; a pass may repeat {limits.DuplicatedFrames} "
                + "(setting Ffmpeg:Limits:DuplicatedFrames)"
            : null;

    private static string Length(double? seconds) => seconds is { } known ? TimeText.Show(known) : "unknown length";
}
