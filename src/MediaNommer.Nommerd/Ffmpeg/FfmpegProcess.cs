namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Runs ffmpeg: reports its progress, ends it when asked to, notices when it is stuck.</summary>
/// <param name="program">The ffmpeg program, a name on the PATH or a path.</param>
/// <param name="limits">What it may consume.</param>
internal sealed class FfmpegProcess(string program, ProcessLimits limits)
{
    /// <summary>How long ffmpeg may take to end after being asked; its partial output is thrown away anyhow.</summary>
    private static readonly TimeSpan GraceTime = TimeSpan.FromSeconds(5);

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">As <see cref="FfmpegCommandLine"/> makes them.</param>
    /// <param name="workFolder">Where it runs.</param>
    /// <param name="onProgress">
    /// Takes each report, with the front of the log so far, on the thread that watches the process; must be quick.
    /// </param>
    /// <param name="findBreach">As <see cref="ProcessRun.FindBreach"/>; on the same thread.</param>
    /// <param name="graceful">Asks it to end by SIGTERM, and by SIGKILL when it has not after 5 seconds.</param>
    /// <param name="forceful">Ends it by SIGKILL.</param>
    /// <param name="onStart">Takes its log, which grows while it runs; or null.</param>
    /// <exception cref="OperationCanceledException">One of the tokens ended it.</exception>
    public async Task<FfmpegEnd> RunAsync(
        IReadOnlyList<string> arguments, string workFolder, Action<ProgressReport, BoundedLog> onProgress,
        Func<string?> findBreach, CancellationToken graceful, CancellationToken forceful, Action<BoundedLog>? onStart = null)
    {
        forceful.ThrowIfCancellationRequested();
        graceful.ThrowIfCancellationRequested();
        var reader = new ProgressReader();
        ProcessRun run = null!;
        run = new ProcessRun(program, arguments, workFolder)
        {
            Limits = limits,
            FindBreach = findBreach,
            OnOutput = piece => reader.Take(piece, report => onProgress(report, run.Log)),
        };
        onStart?.Invoke(run.Log);
        using var lastResort = new CancellationTokenSource();
        await using var killing = forceful.Register(() => run.Signal(Posix.SigKill));
        await using var killingLate = lastResort.Token.Register(() => run.Signal(Posix.SigKill));
        await using var asking = graceful.Register(() =>
        {
            run.Signal(Posix.SigTerm);
            lastResort.CancelAfter(GraceTime);
        });
        var end = await run.Start().ConfigureAwait(false);
        forceful.ThrowIfCancellationRequested();
        graceful.ThrowIfCancellationRequested();
        return new FfmpegEnd(end, reader.Last);
    }
}

/// <summary>How a run of ffmpeg ended.</summary>
/// <param name="Process">How the process ended, and what it printed.</param>
/// <param name="Last">Its last report, or null when it made none.</param>
internal sealed record FfmpegEnd(ProcessEnd Process, ProgressReport? Last)
{
    /// <summary>True when ffmpeg itself says that all is well.</summary>
    public bool IsClean => Process is { ExitCode: 0, Breach: null };
}
