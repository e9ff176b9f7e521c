using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Nommers;

/// <summary>
/// Calls the hooks of a nommer around a run. What they are told of cannot be stopped by them: one that throws or hangs is
/// logged, and the run goes on.
/// </summary>
internal sealed partial class NommerHooks(INommer nommer, NommerTask task, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Makes the source be fetched.</summary>
    public async Task DownloadAsync(Func<CancellationToken, Task> fetch, CancellationToken cancellation)
    {
        await ChangedAsync(JobState.Downloading);
        await nommer.DownloadAsync(task, fetch, cancellation);
        if (!File.Exists(task.SourcePath))
            throw new InvalidOperationException(
                $"The nommer '{nommer.Name}' fetched no source: its DownloadAsync must call fetch or write {Path.GetFileName(task.SourcePath)}.");
    }

    /// <summary>Makes the output be brought beside its destination.</summary>
    public async Task<IStagedOutput> UploadAsync(
        Func<CancellationToken, Task<IStagedOutput>> stage, CancellationToken cancellation)
    {
        await ChangedAsync(JobState.Uploading);
        return await nommer.UploadAsync(task, stage, cancellation) ?? throw new InvalidOperationException(
            $"The nommer '{nommer.Name}' uploaded nothing: its UploadAsync must return what stage gives it.");
    }

    /// <summary>Tells of a new state.</summary>
    public Task ChangedAsync(JobState state) => TellAsync(token => nommer.StateChangedAsync(task, state, token));

    /// <summary>Tells how the run ended.</summary>
    public Task EndedAsync(RunOutcome outcome, string message) =>
        TellAsync(token => nommer.EndedAsync(task, outcome, message, token));

    private async Task TellAsync(Func<CancellationToken, Task> hook)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        try
        {
            await hook(patience.Token).WaitAsync(patience.Token);
        }
        catch (Exception e)
        {
            Log.HookFailed(logger, e, nommer.Name, task.JobId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(176, LogLevel.Error, "The nommer {Name} failed when it was told of job {JobId}; the run goes on.")]
        public static partial void HookFailed(ILogger logger, Exception e, string name, string jobId);
    }
}
