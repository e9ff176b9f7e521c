namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>What ffprobe said, or why it could not say anything.</summary>
/// <param name="Answer">The answer, or null.</param>
/// <param name="Error">What went wrong, or empty.</param>
/// <param name="IsMissing">True when ffprobe itself could not be run.</param>
internal sealed record ProbeResult<T>(T? Answer, string Error, bool IsMissing)
    where T : class;

/// <summary>Runs ffprobe, under the same restrictions as ffmpeg.</summary>
/// <param name="program">The ffprobe program, a name on the PATH or a path.</param>
/// <param name="limits">What it may consume.</param>
internal sealed class Ffprobe(string program, ProcessLimits limits)
{
    private static readonly string[] Preamble =
        ["-v", "level+error", "-protocol_whitelist", "file", "-format_whitelist", SourceFormats.Allowed, .. InputLimits.ForProbes];

    private static readonly TimeSpan StallTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Describes a file.</summary>
    public async Task<ProbeResult<OutputDescription>> DescribeAsync(string folder, string name, CancellationToken forceful)
    {
        using var json = new MemoryStream();
        var end = await RunAsync(
            folder,
            [
                "-show_entries", "format=duration:stream=codec_type,codec_name,width,height,duration,nb_frames:"
                + "stream_disposition=attached_pic",
                "-of", "json", $"file:{name}",
            ],
            piece =>
            {
                json.Write(piece);
                return true;
            },
            forceful).ConfigureAwait(false);
        return end.ExitCode == 0
            ? new(OutputDescription.Parse(json.ToArray()), "", IsMissing: false)
            : new(null, Explain(end), end.StartError is not null);
    }

    /// <summary>Reads a whole file without decoding, and says where each of its streams ends.</summary>
    public async Task<ProbeResult<StreamEnds>> FindEndsAsync(string folder, string name, CancellationToken forceful)
    {
        var ends = new StreamEnds();
        var end = await RunAsync(
            folder,
            ["-show_entries", "packet=stream_index,pts_time,dts_time,duration_time", "-of", "compact", $"file:{name}"],
            piece =>
            {
                ends.Take(piece);
                return true;
            },
            forceful).ConfigureAwait(false);
        return end.StartError is null
            ? new(ends, Explain(end), IsMissing: false)
            : new(null, Explain(end), IsMissing: true);
    }

    private async Task<ProcessEnd> RunAsync(
        string folder, string[] arguments, TakeOutput onOutput, CancellationToken forceful)
    {
        var run = new ProcessRun(program, [.. Preamble, .. arguments], folder)
        {
            OnOutput = onOutput,
            Limits = limits.ForProbes(StallTimeout),
        };
        await using var killing = forceful.Register(() => run.Signal(Posix.SigKill));
        var end = await run.Start().ConfigureAwait(false);
        forceful.ThrowIfCancellationRequested();
        return end;
    }

    private string Explain(ProcessEnd end)
    {
        if (end.StartError is { } reason)
            return $"ffprobe could not be run as '{program}': {reason}; install it (apt-get install ffmpeg) or set Ffmpeg:FfprobePath";
        if (end.Breach is { } breach)
            return $"ffprobe {breach}";
        if (end.ExitCode == 0)
            return "";
        return FfmpegErrors.Messages(end.Log).LastOrDefault() ?? "ffprobe gave no reason";
    }
}
