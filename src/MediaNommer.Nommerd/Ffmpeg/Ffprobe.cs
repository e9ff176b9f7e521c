namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>What ffprobe said, or why it could not say anything.</summary>
/// <param name="Answer">The answer, or null.</param>
/// <param name="Error">What went wrong, or empty.</param>
/// <param name="IsKnown">False when ffprobe could not be run to its end, so that nothing is known about the file.</param>
internal sealed record ProbeResult(ProbeReader? Answer, string Error, bool IsKnown);

/// <summary>Runs ffprobe, under the same restrictions as ffmpeg.</summary>
/// <param name="program">The ffprobe program, a name on the PATH or a path.</param>
/// <param name="limits">What it may consume.</param>
internal sealed class Ffprobe(string program, ProcessLimits limits)
{
    private const string Packets = "packet=stream_index,pts_time,dts_time,duration_time,size,flags";

    private const string Streams =
        "format=duration:stream=index,codec_type,codec_name,width,height,duration,nb_read_frames:"
        + "stream_disposition=attached_pic:";

    private static readonly string[] Preamble =
        ["-v", "level+error", "-protocol_whitelist", "file", "-format_whitelist", SourceFormats.Allowed, .. InputLimits.ForProbes];

    private static readonly TimeSpan StallTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Describes an output, from its packets where the format's headers might be wrong.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="decode">Decode its pictures too.</param>
    /// <param name="forceful">Ends ffprobe.</param>
    public Task<ProbeResult> DescribeAsync(string folder, string name, bool decode, CancellationToken forceful) =>
        RunAsync(
            folder, new ProbeReader { HasDecoded = decode },
            [.. decode ? ["-count_frames"] : Array.Empty<string>(), "-show_entries", Streams + Packets, "-of", "compact", $"file:{name}"],
            forceful);

    /// <summary>Reads a whole file without decoding; what of it can be read counts, even when an error ends it.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="reader">Takes the packets.</param>
    /// <param name="forceful">Ends ffprobe.</param>
    public async Task<ProbeResult> ReadAsync(string folder, string name, ProbeReader reader, CancellationToken forceful)
    {
        string[] arguments = ["-show_entries", Packets, "-of", "compact", $"file:{name}"];
        var result = await RunAsync(folder, reader, arguments, forceful).ConfigureAwait(false);
        return result.IsKnown ? result with { Answer = reader } : result;
    }

    private async Task<ProbeResult> RunAsync(
        string folder, ProbeReader reader, string[] arguments, CancellationToken forceful)
    {
        var run = new ProcessRun(program, [.. Preamble, .. arguments], folder)
        {
            OnOutput = piece =>
            {
                reader.Take(piece);
                return true;
            },
            Limits = limits.ForProbes(StallTimeout),
        };
        await using var killing = forceful.Register(() => run.Signal(Posix.SigKill));
        var end = await run.Start().ConfigureAwait(false);
        forceful.ThrowIfCancellationRequested();
        var complaint = FfmpegErrors.Messages(end.Log).LastOrDefault() ?? "";
        return ProcessDeath.Explain("ffprobe", end) is { } death
            ? new(null, StartError(end) ?? death, IsKnown: false)
            : end.ExitCode == 0
                ? new(reader, complaint, IsKnown: true)
                : new(null, complaint.Length > 0 ? complaint : "ffprobe gave no reason", IsKnown: true);
    }

    private string? StartError(ProcessEnd end) => end.StartError is { } reason
        ? $"ffprobe could not be run as '{program}': {reason}; install it (apt-get install ffmpeg) or set Ffmpeg:FfprobePath"
        : null;
}
