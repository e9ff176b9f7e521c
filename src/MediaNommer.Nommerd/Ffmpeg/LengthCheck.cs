namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Finds outputs that are too short because their source was cut off or could not be decoded to its end. An output that
/// is shorter than expected raises only a suspicion: headers give wrong durations, and a stream may end before its
/// file. So the source is then read through, and only what that proves is a failure.
/// </summary>
internal sealed class LengthCheck(Ffprobe ffprobe)
{
    /// <summary>What is wrong, in a sentence, or null.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="forceful"/> ended it.</exception>
    public async Task<string?> FindFailureAsync(FfmpegRun run, OutputDescription output, CancellationToken forceful)
    {
        if (run.Task.AllowTruncated || run.Expected.Frames == 1 || !HasLength(output))
            return null;
        var tolerance = Tolerance(run);
        var container = SourceContainer.Inspect(run.Task.SourcePath);
        if (ShortOfClaimedSize(run, output, container, tolerance) is { } short1)
            return short1;
        if (run.Expected.Seconds is not { } expected || run.Report.IsDurationGuessed)
            return null;
        var isShort = output.Seconds is { } length && length < expected - tolerance;
        if (!isShort && !HasShortTrack(output, expected - tolerance))
            return null;
        var probe = await ffprobe.FindEndsAsync(run.Task.WorkFolder, run.SourceName, forceful).ConfigureAwait(false);
        return probe.Answer is { } ends ? Judge(run, output, container, ends, tolerance) : null;
    }

    private static bool HasLength(OutputDescription output) =>
        output.Seconds is not null && output.Streams.Any(stream => stream.Kind is "video" or "audio" && !stream.IsCover);

    /// <summary>In seconds: what rounding to frames and the padding of audio codecs explain, and 1 % for sloppy headers.</summary>
    private static double Tolerance(FfmpegRun run)
    {
        var slowest = run.Report.SourceStreams.Concat(run.Report.OutputStreams)
            .Where(stream => stream is { Kind: "video", IsCover: false, Fps: > 0 })
            .Min(stream => stream.Fps);
        var frames = slowest is { } fps ? 2 / fps : 0;
        return 0.25 + frames + Math.Min(3, (run.Expected.Seconds ?? 0) / 100);
    }

    /// <summary>
    /// Formats without a duration of their own (WAV, AVI) give one that shrinks with the file, so the missing bytes
    /// must be counted instead.
    /// </summary>
    private static string? ShortOfClaimedSize(
        FfmpegRun run, OutputDescription output, SourceContainer container, double tolerance)
    {
        var shrinks = run.Report.SourceFormat is "wav" or "avi" or "w64";
        if (!shrinks || !container.IsCutOff || run.Report.SourceDuration is not { } actual || output.Seconds is not { } length)
            return null;
        var claimed = actual * container.ClaimedSize!.Value / container.ActualSize;
        var expected = ExpectedLength.Of(run.Pass, claimed);
        return expected.Seconds is { } wanted && length < wanted - tolerance ? CutOff(actual, claimed) : null;
    }

    /// <summary>A picture or a sound that ends before the rest, for example because its decoding failed.</summary>
    private static bool HasShortTrack(OutputDescription output, double shortest) =>
        output.Streams.Any(stream => IsShort(stream, shortest));

    private static bool IsShort(OutputStream stream, double shortest) =>
        stream is { Kind: "video" or "audio", IsCover: false, Seconds: { } seconds } && seconds < shortest;

    private static string? Judge(
        FfmpegRun run, OutputDescription output, SourceContainer container, StreamEnds ends, double tolerance)
    {
        var claimed = run.Report.SourceDuration!.Value;
        var start = run.Expected.Start;
        var neededUntil = start + run.Expected.Seconds!.Value;
        if (ends.Latest < neededUntil - tolerance && !container.IsWhole)
            return CutOff(ends.Latest, claimed);
        foreach (var (outputIndex, sourceIndex) in run.Report.Mapping)
        {
            if (outputIndex >= output.Streams.Count || !ends.Has(sourceIndex))
                continue;
            var possible = Math.Min(ends.Of(sourceIndex), neededUntil) - start;
            var stream = output.Streams[outputIndex];
            var length = stream.Seconds ?? output.Seconds;
            if (stream is { Kind: "video" or "audio", IsCover: false } && length < possible - tolerance)
                return Undecodable(run, stream.Kind, length.Value, possible);
        }
        return null;
    }

    private static string CutOff(double actual, double claimed) =>
        $"The source ends after {TimeText.Show(actual)} of {TimeText.Show(claimed)}; it is cut off. "
        + "Submit with allow_truncated to accept that.";

    private static string Undecodable(FfmpegRun run, string kind, double length, double possible)
    {
        var reason = FfmpegErrors.FirstComplaint(run.End.Process.Log) is { } complaint ? $" ({complaint})" : "";
        return $"Only {TimeText.Show(length)} of {TimeText.Show(possible)} of the source's {kind} could be encoded: "
            + $"the source is damaged{reason}. Submit with allow_truncated to accept that.";
    }
}
