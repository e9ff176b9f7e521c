namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Finds outputs that are too short because their source was cut off or could not be decoded to its end. An output that
/// is shorter than expected raises only a suspicion: headers give wrong durations, a stream may begin after its file or
/// end before it, have holes, or jump in time. So the source is then read through, and each output stream must be as long
/// as its source stream has packets for; only what that proves is a failure.
/// </summary>
internal sealed class LengthCheck(Ffprobe ffprobe)
{
    /// <summary>Compares the length of an output with what its source holds.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="forceful"/> ended it.</exception>
    public async Task<Verdict> JudgeAsync(FfmpegRun run, OutputDescription output, CancellationToken forceful)
    {
        var good = new Verdict(null, output);
        if (run.Task.AllowTruncated || run.Expected.Frames == 1 || output.Streams.Max(stream => LengthOf(run, stream, output)) is not { } longest)
            return good;
        var tolerance = Tolerance(run);
        var container = SourceContainer.Inspect(run.Task.SourcePath);
        if (ShortOfClaimedSize(run, longest, container, tolerance) is { } missing)
            return new Verdict(missing, output);
        if (run.Expected.Seconds is not { } expected || run.Report.IsDurationGuessed)
            return good;
        if (!output.Streams.Any(stream => LengthOf(run, stream, output) < expected - tolerance))
            return good;
        var start = run.Expected.Start;
        var isWhole = start == 0 && expected >= run.Report.SourceDuration;
        var reader = isWhole ? new ProbeReader() : new ProbeReader(start, start + expected);
        var probe = await ffprobe.ReadAsync(run.Task.WorkFolder, run.SourceName, reader, forceful).ConfigureAwait(false);
        if (probe.Answer is null)
            return new Verdict($"The output's length could not be verified: {probe.Error}.", output, IsTransient: true);
        return Judge(run, output, container, reader, tolerance) is { } failure
            ? failure with { Output = output }
            : good with { Note = NoteOnStart(run, reader, tolerance) };
    }

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
        FfmpegRun run, double length, SourceContainer container, double tolerance)
    {
        var shrinks = run.Report.SourceFormat is "wav" or "avi" or "w64";
        if (!shrinks || !container.IsCutOff || run.Report.SourceDuration is not { } actual)
            return null;
        var claimed = actual * container.ClaimedSize!.Value / container.ActualSize;
        var expected = ExpectedLength.Of(run.Pass, claimed);
        return expected.Seconds is { } wanted && length < wanted - tolerance ? CutOff(actual, claimed) : null;
    }

    /// <summary>How long a picture or a sound is; null for other streams.</summary>
    private static double? LengthOf(FfmpegRun run, OutputStream stream, OutputDescription output)
    {
        if (stream is not { Kind: "video" or "audio", IsCover: false })
            return null;
        // Where the format keeps no times, all packets are known to be there, so ffmpeg's own account holds.
        return MediaFiles.IsWithoutTimes(run.OutputName) && run.End.Last is { Seconds: { } written }
            ? written
            : stream.Seconds ?? output.Seconds;
    }

    private static Verdict? Judge(
        FfmpegRun run, OutputDescription output, SourceContainer container, ProbeReader source, double tolerance)
    {
        var claimed = run.Report.SourceDuration!.Value;
        if (source.Latest < run.Expected.Start + run.Expected.Seconds!.Value - tolerance && !container.IsWhole)
            return new Verdict(CutOff(source.Latest, claimed));
        foreach (var (outputIndex, sourceIndex) in run.Report.Mapping)
        {
            if (FindStream(run, output, outputIndex) is not { } stream || !source.Tracks.TryGetValue(sourceIndex, out var track))
                continue;
            var decodable = track.Covered - (stream.Kind == "video" ? track.CoveredBeforeKey : 0);
            var possible = Math.Min(decodable, run.Expected.Seconds.Value);
            if (LengthOf(run, stream, output) is { } length && length < possible - tolerance)
                return Undecodable(run, stream.Kind, length, possible);
        }
        return null;
    }

    private static string? NoteOnStart(FfmpegRun run, ProbeReader source, double tolerance)
    {
        var lost = run.Report.Mapping
            .Where(pair => run.Report.OutputStreams.Exists(stream => stream is { Kind: "video", IsCover: false } && stream.Index == pair.Key))
            .Max(pair => source.Tracks.GetValueOrDefault(pair.Value)?.CoveredBeforeKey);
        return lost > tolerance
            ? $"The source begins in the middle of a group of pictures: the first {TimeText.Show(lost.Value)} of its video cannot be "
                + "decoded and were left out."
            : null;
    }

    /// <summary>
    /// The output stream that ffmpeg gave a number: the format may number them in another way, but keeps those of one kind
    /// in order.
    /// </summary>
    private static OutputStream? FindStream(FfmpegRun run, OutputDescription output, int index)
    {
        if (run.Report.OutputStreams.Find(stream => stream.Index == index) is not { IsCover: false } announced)
            return null;
        var place = run.Report.OutputStreams.Count(stream =>
            stream.Kind == announced.Kind && !stream.IsCover && stream.Index < index);
        return output.Streams.Where(stream => stream.Kind == announced.Kind && !stream.IsCover).ElementAtOrDefault(place);
    }

    private static string CutOff(double actual, double claimed) =>
        $"The source ends after {TimeText.Show(actual)} of {TimeText.Show(claimed)}; it is cut off. "
        + "Submit with allow_truncated to accept that.";

    private static Verdict Undecodable(FfmpegRun run, string kind, double length, double possible)
    {
        var amount = $"{TimeText.Show(length)} of {TimeText.Show(possible)} of the source's {kind}";
        return FfmpegErrors.FirstComplaint(run.End.Process.Log) is { } complaint
            ? new Verdict($"Only {amount} could be encoded: the source is damaged ({complaint}). "
                + "Submit with allow_truncated to accept that.")
            : new Verdict(OutputEnd.CutOff($"it holds only {amount}, and ffmpeg told of no error"), IsTransient: true);
    }
}
