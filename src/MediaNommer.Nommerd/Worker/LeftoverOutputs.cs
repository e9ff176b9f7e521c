using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Worker;

/// <summary>A run that ended with its worker.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Step">The step.</param>
/// <param name="Attempt">The attempt.</param>
internal sealed record DeadRun(string JobId, string Step, int Attempt);

/// <summary>
/// Removes what dead workers left: their folders, and what their runs left beside their destinations. A next attempt does
/// the latter itself; this is for runs that were their job's last.
/// </summary>
internal sealed partial class LeftoverOutputs(
    WorkFolders folders, DeadFolders dead, IJobStore store, MediaStorages storages, SecretBox secrets, NommerOptions options,
    TimeProvider clock, ILogger<LeftoverOutputs> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var left = folders.EarlierRuns.ToList();
        while (!stoppingToken.IsCancellationRequested)
        {
            left.AddRange(await FindAsync(stoppingToken));
            foreach (var run in left.ToList())
            {
                if (await TryCleanUpAsync(run, stoppingToken))
                    left.Remove(run);
            }

            // What became of a run is known when its lease is over.
            await Task.Delay(TimeSpan.FromSeconds(options.Nommerd.LeaseSeconds), clock, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<IReadOnlyList<DeadRun>> FindAsync(CancellationToken stopping)
    {
        try
        {
            return await dead.RemoveAsync(stopping);
        }
        catch (Exception e)
        {
            if (e is not (BackendUnavailableException or OperationCanceledException))
                Log.NotLookedFor(logger, e);
            return [];
        }
    }

    /// <returns>True when nothing is left to do.</returns>
    private async Task<bool> TryCleanUpAsync(DeadRun run, CancellationToken stopping)
    {
        try
        {
            var job = await store.GetAsync(run.JobId, stopping);
            if (job?.FindStep(run.Step) is not { } step || step.Attempt != run.Attempt)
                return true;
            if (!job.State.IsFinished())
                return false;
            if (job.State != JobState.Finished)
            {
                var dest = job.Spec.Dest.Reveal(secrets);
                await storages.For(dest).CleanUpAsync(dest, new OutputTag(job.Id, run.Attempt), stopping);
            }

            return true;
        }
        catch (BackendUnavailableException)
        {
            return false;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            Log.NotCleanedUp(logger, e, run.JobId, run.Attempt);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(71, LogLevel.Warning, "Folders of workers that are gone could not be looked for; the next look follows.")]
        public static partial void NotLookedFor(ILogger logger, Exception e);

        [LoggerMessage(70, LogLevel.Warning, "What attempt {Attempt} of job {JobId} left at its destination stays there.")]
        public static partial void NotCleanedUp(ILogger logger, Exception e, string jobId, int attempt);
    }
}
