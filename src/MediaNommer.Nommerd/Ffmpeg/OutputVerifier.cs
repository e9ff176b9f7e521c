namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Finds out whether an output is what was asked for: whole to its end, readable, with the expected streams, as long as
/// expected. Most outputs are judged from their own index and from what ffmpeg printed; only where that leaves a doubt is
/// ffprobe run, on the output when its format is not MP4, on the source when the output is too short.
/// </summary>
internal sealed class OutputVerifier(Ffprobe ffprobe)
{
    private readonly LengthCheck lengthCheck = new(ffprobe);

    /// <summary>Verifies an output.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="forceful"/> ended it.</exception>
    public async Task<Verdict> VerifyAsync(FfmpegRun run, CancellationToken forceful)
    {
        var file = new FileInfo(run.Task.OutputPath);
        var length = file.Exists ? file.Length : 0;
        if (length == 0 && !run.Totals.Any(total => total.Packets > 0))
            return new Verdict(NothingEncoded(run));
        if (OutputEnd.FindFailure(run, length) is { } cut)
            return new Verdict(cut, IsTransient: true);
        if (MediaFiles.IsRaw(run))
            return new Verdict(null, new OutputDescription(null, []));
        var (description, problem) = await DescribeAsync(run, forceful).ConfigureAwait(false);
        if (description is null)
            return problem!;
        if (PacketCheck.FindFailure(run, description) is { } missing)
            return new Verdict(missing, description, IsTransient: true);
        return StreamCheck.FindFailure(run, description) is { } failure
            ? new Verdict(failure, description)
            : await lengthCheck.JudgeAsync(run, description, forceful).ConfigureAwait(false);
    }

    /// <summary>Reads what an output is made of without judging it.</summary>
    public static OutputDescription? Glance(string path) =>
        MediaFiles.IsMp4Like(path) && Mp4File.Read(path) is { } file ? OutputDescription.From(file) : null;

    /// <summary>Says why nothing was encoded.</summary>
    public static string NothingEncoded(FfmpegRun run)
    {
        if (run.Report.SourceDuration is { } length && run.Expected.Start >= length && run.Expected.Start > 0)
            return $"Nothing was encoded: option ss begins at {TimeText.Show(run.Expected.Start)}, "
                + $"but the source is only {TimeText.Show(length)} long.";
        return FfmpegErrors.FirstComplaint(run.End.Process.Log) is { } complaint
            ? $"Nothing was encoded; the first error was: {complaint}."
            : "Nothing was encoded: the source holds no frames within the range that the options ask for.";
    }

    private async Task<(OutputDescription? Description, Verdict? Problem)> DescribeAsync(
        FfmpegRun run, CancellationToken forceful)
    {
        if (MediaFiles.IsMp4Like(run.OutputName) && Mp4File.Read(run.Task.OutputPath) is { } file)
        {
            if (!file.IsWhole)
                return (null, new Verdict(OutputEnd.CutOff("data that its index names is missing"), IsTransient: true));
            if (file.IsCertain)
                return (OutputDescription.From(file), null);
        }
        var isPicture = MediaFiles.IsPicture(run.OutputName);
        var probe = await ffprobe.DescribeAsync(run.Task.WorkFolder, run.OutputName, isPicture, forceful).ConfigureAwait(false);
        if (probe.Answer?.Describe() is { Streams.Count: > 0 } answer)
            return (answer, null);
        if (!probe.IsKnown)
            return (null, new Verdict($"The output could not be verified: {probe.Error}.", IsTransient: true));
        var reason = probe.Answer is null ? probe.Error : "it holds no streams";
        // ffmpeg says that it wrote something: then most likely the disk did not keep it.
        return (null, new Verdict($"The output cannot be read: {reason}.", IsTransient: run.Totals.Any(total => total.Packets > 0)));
    }
}
