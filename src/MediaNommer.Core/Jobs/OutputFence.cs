using MediaNommer.Core.Storage;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Core.Jobs;

/// <summary>
/// Takes away what the runs of a job have staged, before the job is seen to have ended. A run that was frozen between its
/// last look at the store and the move of its output then finds nothing to move any more. Runs that end by themselves see
/// to it on their own; this is for jobs that others end: feederd's sweeper, a user, another worker.
/// </summary>
/// <param name="storages">Where outputs are staged.</param>
/// <param name="secrets">Opens the addresses of destinations.</param>
/// <param name="clock">Limits how long a storage is waited for.</param>
/// <param name="logger">Told what could not be removed.</param>
public sealed partial class OutputFence(
    MediaStorages storages, SecretBox secrets, TimeProvider clock, ILogger<OutputFence> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Removes the staged outputs of all attempts so far. A storage out of reach does not keep a job from ending.</summary>
    /// <returns>What to add to the job's history when that was not possible, or null.</returns>
    public async Task<string?> CloseAsync(Job job, CancellationToken cancellation)
    {
        var attempt = job.Steps.Max(step => step.Attempt);
        using var timeout = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            var dest = job.Spec.Dest.Reveal(secrets);
            var removal = Task.Run(
                () => storages.For(dest).CleanUpAsync(dest, new OutputTag(job.Id, attempt), either.Token), either.Token);
            await removal.WaitAsync(either.Token);
            return null;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            Log.NotRemoved(logger, e, job.Id, attempt);
            var why = e is MediaStorageException ? e.Message : $"{job.Spec.Dest} did not answer in time.";
            return $"What attempt {attempt} may have staged could not be removed: {why}";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(12, LogLevel.Warning,
            "Job {JobId} ends, but what attempt {Attempt} may have staged at its destination could not be removed.")]
        public static partial void NotRemoved(ILogger logger, Exception e, string jobId, int attempt);
    }
}
