using MediaNommer.Core.Ffmpeg;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Asks ffprobe what a source is, under the same restrictions as ffmpeg.</summary>
/// <param name="program">The ffprobe program, a name on the PATH or a path.</param>
/// <param name="limits">What it may consume.</param>
internal sealed class SourceProber(string program, ProcessLimits limits)
{
    private static readonly TimeSpan StallTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Looks at a file; one start of ffprobe.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="forceful">Ends ffprobe.</param>
    /// <returns>What it is, or why that cannot be told.</returns>
    public async Task<(SourceProbe? Source, FfmpegError? Error)> ProbeAsync(
        string folder, string name, CancellationToken forceful)
    {
        using var json = new MemoryStream();
        string[] arguments =
        [
            // At level warning it names the streams that it has no decoder for.
            "-v", "level+warning", "-protocol_whitelist", "file", "-format_whitelist", SourceFormats.Allowed,
            .. InputLimits.ForProbes, .. SourceProbe.Arguments, $"file:{name}",
        ];
        var run = new ProcessRun(program, arguments, folder)
        {
            OnOutput = piece =>
            {
                json.Write(piece);
                return true;
            },
            Limits = limits.ForProbes(StallTimeout),
        };
        await using var killing = forceful.Register(() => run.Signal(Posix.SigKill));
        var end = await run.Start().ConfigureAwait(false);
        forceful.ThrowIfCancellationRequested();
        if (end.ExitCode == 0)
            return (SourceProbe.Parse(json.ToArray(), end.Log), null);
        if (end.StartError is { } reason)
            return (null, new FfmpegError(
                $"ffprobe could not be run as '{program}': {reason}; install it (apt-get install ffmpeg) or set Ffmpeg:FfprobePath.", true));
        if (end.Breach is { } breach)
            return (null, new FfmpegError($"ffprobe {breach} and was ended.", end.Stalled));
        // A death by signal says nothing about the source.
        return ProcessDeath.Explain("ffprobe", end) is { } death
            ? (null, new FfmpegError($"{death} before it could tell what the source is.", true))
            : (null, FfmpegErrors.Explain("ffprobe", end));
    }
}
