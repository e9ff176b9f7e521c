using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Turns reports of single passes into one fraction over all of them.</summary>
/// <param name="passes">How many passes there are.</param>
internal sealed class FfmpegProgress(int passes)
{
    /// <summary>What a first pass takes of two: it encodes with fast settings and skips the sound.</summary>
    private const double FirstPassShare = 0.4;

    private double highest;

    /// <summary>How far all is.</summary>
    /// <param name="pass">The pass that runs, from 0.</param>
    /// <param name="report">Its report.</param>
    /// <param name="expectedSeconds">How long its output will be, or null when unknown.</param>
    /// <param name="expectedFrames">How many frames it will have, or null when unknown.</param>
    public StepProgress At(int pass, ProgressReport report, double? expectedSeconds, long? expectedFrames)
    {
        var (start, share) = Range(pass);
        var ofPass = FractionOfPass(report, expectedSeconds, expectedFrames);
        // Never backwards, even when the source turns out longer than it said.
        highest = Math.Max(highest, start + (share * (ofPass ?? 0)));
        return new StepProgress
        {
            Fraction = highest,
            Fps = report.Fps,
            Speed = report.Speed,
            SecondsLeft = SecondsLeft(pass, report, expectedSeconds),
        };
    }

    private (double Start, double Share) Range(int pass) => (passes, pass) switch
    {
        (1, _) => (0, 1),
        (_, 0) => (0, FirstPassShare),
        _ => (FirstPassShare, 1 - FirstPassShare),
    };

    private static double? FractionOfPass(ProgressReport report, double? seconds, long? frames)
    {
        double? fraction = (seconds, frames) switch
        {
            (_, > 0) => (double)report.Frame / frames,
            ( > 0, _) => report.Seconds / seconds,
            _ => null,
        };
        return fraction is { } known ? Math.Clamp(known, 0, 1) : null;
    }

    private double? SecondsLeft(int pass, ProgressReport report, double? expectedSeconds)
    {
        if (report is not { Speed: > 0 and var speed, Seconds: { } done } || expectedSeconds is not { } expected)
            return null;
        var left = Math.Max(0, expected - done) / speed;
        var isFirstOfTwo = passes > 1 && pass == 0;
        return isFirstOfTwo ? left + (expected / speed * (1 - FirstPassShare) / FirstPassShare) : left;
    }
}
