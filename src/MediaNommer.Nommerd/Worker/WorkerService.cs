using System.Collections.Concurrent;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// The worker: waits for messages, claims the steps they name, and runs as many side by side as it has slots. Ends when
/// it was told to drain and its last run is over.
/// </summary>
internal sealed partial class WorkerService(
    RunParts parts, IJobStore store, QueueNames queues, Admission admission, DiskGate disk,
    NodeReporter node, WorkerIdentity identity, NommerdLaunch launch, ILogger<WorkerService> logger) : BackgroundService
{
    // Seconds between two tries to take jobs when the queue is out of reach.
    private const int LongestPause = 10;

    private readonly NommerdOptions settings = parts.Options.Nommerd;
    private readonly ConcurrentDictionary<JobRun, Task> runs = new();
    private readonly SemaphoreSlim slots = new(node.Slots, node.Slots);
    private readonly CancellationTokenSource draining = new();
    private readonly CancellationTokenSource handingBack = new();
    private string? drainReason;
    private int turn;
    private int slotsTaken;

    /// <summary>Takes no more jobs and hands the running ones back at once.</summary>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        draining.Cancel();
        handingBack.Cancel();
        return base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Leave the thread that starts the host: it has other services to start.
        await Task.Yield();
        Log.Started(logger, identity.WorkerId, node.Slots);
        using var over = new CancellationTokenSource();
        var heartbeats = HeartbeatAsync(over.Token);
        var lazyMessages = parts.Lazy.RunAsync(over.Token);
        try
        {
            await TakeJobsAsync();
            await FinishRunsAsync();
        }
        finally
        {
            await over.CancelAsync();
            await heartbeats;
            await lazyMessages;
        }

        await TellOfEndAsync();
        Log.Left(logger, identity.WorkerId);
    }

    private async Task TakeJobsAsync()
    {
        var failures = 0;
        while (!IsDraining)
        {
            var free = await WaitForSlotsAsync();
            IReadOnlyList<QueueMessage> messages = [];
            try
            {
                if (free > 0 && await disk.IsShutAsync(CancellationToken.None))
                    await PauseAsync(DiskGate.LookAgain, draining.Token);
                else if (free > 0)
                    messages = await ReceiveAsync(free);
                if (failures > 0)
                    Log.TakesAgain(logger);
                failures = 0;
            }
            catch (Exception e)
            {
                // Whatever it was, running jobs must not end with the wait for others.
                if (failures++ == 0)
                    Log.TakingFailed(logger, e);
                await PauseAsync(TimeSpan.FromSeconds(Math.Min(failures, LongestPause)), draining.Token);
            }

            if (free > messages.Count)
                slots.Release(free - messages.Count);
            foreach (var message in messages)
                _ = HandleAsync(message);
        }
    }

    // At least one slot, and as many more as are free, so that one receive can fill them all.
    private async Task<int> WaitForSlotsAsync()
    {
        try
        {
            await slots.WaitAsync(draining.Token);
        }
        catch (OperationCanceledException)
        {
            return 0;
        }

        var taken = 1;
        while (taken < IMessageQueue.MaxBatch && slots.Wait(0))
            taken++;
        return taken;
    }

    private Task<IReadOnlyList<QueueMessage>> ReceiveAsync(int max) => parts.Queue.ReceiveAsync(
        queues.OrderFor(turn++), max, TimeSpan.FromSeconds(settings.LeaseSeconds),
        TimeSpan.FromSeconds(settings.NewJobCheckInterval), draining.Token);

    private async Task HandleAsync(QueueMessage message)
    {
        try
        {
            if (IsDraining)
                await parts.Queue.ChangeVisibilityAsync(message, TimeSpan.Zero, CancellationToken.None);
            else
                await TakeAsync(message);
        }
        catch (BackendUnavailableException e)
        {
            // The message comes back by itself, and the sweeper looks after the job.
            Log.NoBackend(logger, e);
        }
        catch (Exception e)
        {
            Log.HandlingFailed(logger, e);
        }
        finally
        {
            slots.Release();
        }
    }

    private async Task TakeAsync(QueueMessage message)
    {
        var wake = WakeMessage.Parse(message.Body);
        var job = wake is null ? null : await store.GetAsync(wake.JobId, CancellationToken.None);
        if (job is null || job.State.IsFinished())
        {
            parts.Lazy.DeleteSoon(message);
            return;
        }

        if (await admission.RefusalAsync(job, message.ReceiveCount, CancellationToken.None) is { } refusal)
        {
            Log.Refused(logger, job.Id, refusal.Reason ?? "Another worker can take it.");
            await DeferAsync(job, refusal);
            await parts.Queue.ChangeVisibilityAsync(message, refusal.PutBackFor, CancellationToken.None);
            return;
        }

        var nothingToFetch = parts.Storages.ReadsInPlace(job.Spec.Source.Scheme);
        var result = await parts.Lifecycle.ClaimAsync(
            job, wake!.Step, identity.WorkerId, nothingToFetch, CancellationToken.None);
        if (result.Claim is { } claim)
            await RunAsync(new JobRun(claim, message, parts));
        else if (result.Refusal == ClaimRefusal.NotYet)
            await parts.Queue.ChangeVisibilityAsync(message, result.RetryAfter, CancellationToken.None);
        if (result.Refusal != ClaimRefusal.NotYet)
            parts.Lazy.DeleteSoon(message);
    }

    private Task DeferAsync(Job job, Refusal refusal) => refusal.Awaits is { } lacks
        ? parts.Lifecycle.DeferAsync(job, lacks, CancellationToken.None)
        : parts.Lifecycle.DeferAsync(job, refusal.Reason, CancellationToken.None);

    private async Task RunAsync(JobRun run)
    {
        node.Started(run);
        // Registered before the look at handingBack, so that a hand-back in between is not missed.
        var ended = new TaskCompletionSource();
        runs[run] = ended.Task;
        if (handingBack.IsCancellationRequested || isTakenAway)
            run.Stop(RunOutcome.HostStopping, drainReason ?? "");
        try
        {
            await run.RunAsync();
        }
        finally
        {
            node.Ended(run);
            runs.TryRemove(run, out _);
            ended.SetResult();
        }
    }

    /// <summary>Waits for the running jobs to end, or until it is time to hand them back.</summary>
    private async Task FinishRunsAsync()
    {
        await TellAsync(NodeState.Draining);
        // A full set of slots means that no message is being handled any more either.
        if (!await TryTakeAllSlotsAsync(handingBack.Token))
        {
            foreach (var run in runs.Keys)
                run.Stop(RunOutcome.HostStopping, drainReason ?? "");
            await TryTakeAllSlotsAsync(CancellationToken.None);
        }
    }

    private async Task<bool> TryTakeAllSlotsAsync(CancellationToken cancellation)
    {
        try
        {
            for (; slotsTaken < node.Slots; slotsTaken++)
                await slots.WaitAsync(cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellation = default)
    {
        try
        {
            await Task.Delay(pause, parts.Clock, cancellation);
        }
        catch (OperationCanceledException)
        {
            // The wait is over either way.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Information, "Worker {WorkerId} takes up to {Slots} jobs at a time.")]
        public static partial void Started(ILogger logger, string workerId, int slots);

        [LoggerMessage(61, LogLevel.Information, "Takes no more jobs; {Running} still running. {Reason}")]
        public static partial void Draining(ILogger logger, string reason, int running);

        [LoggerMessage(62, LogLevel.Information, "Worker {WorkerId} has left.")]
        public static partial void Left(ILogger logger, string workerId);

        [LoggerMessage(63, LogLevel.Warning, "Store or queue do not answer; trying again.")]
        public static partial void NoBackend(ILogger logger, Exception e);

        [LoggerMessage(64, LogLevel.Error, "A message could not be handled.")]
        public static partial void HandlingFailed(ILogger logger, Exception e);

        [LoggerMessage(67, LogLevel.Error, "No jobs can be taken now; trying until they can.")]
        public static partial void TakingFailed(ILogger logger, Exception e);

        [LoggerMessage(68, LogLevel.Information, "Jobs are taken again.")]
        public static partial void TakesAgain(ILogger logger);

        [LoggerMessage(65, LogLevel.Information, "Job {JobId} is not taken now: {Reason}")]
        public static partial void Refused(ILogger logger, string jobId, string reason);

        [LoggerMessage(66, LogLevel.Error, "A report of the worker failed; the next one follows.")]
        public static partial void ReportFailed(ILogger logger, Exception e);
    }
}
