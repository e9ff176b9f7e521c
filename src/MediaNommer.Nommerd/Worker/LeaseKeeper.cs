using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// Keeps a run's lease and message alive while it works, carries its progress up, and learns that the job was cancelled
/// or the lease lost. Writes of one run go out one after the other, so that they never get in each other's way.
/// </summary>
internal sealed partial class LeaseKeeper(
    StepClaim claim, QueueMessage message, JobLifecycle lifecycle, IMessageQueue queue, NommerOptions options,
    TimeProvider clock, ILogger<JobRun> logger)
{
    private static readonly TimeSpan PauseWithoutStore = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly TimeSpan lease = TimeSpan.FromSeconds(options.Nommerd.LeaseSeconds);
    private readonly TimeSpan heartbeat = TimeSpan.FromSeconds(options.Nommerd.HeartbeatInterval);
    private readonly TimeSpan look = TimeSpan.FromSeconds(
        Math.Min(options.Nommerd.ProgressInterval, options.Nommerd.HeartbeatInterval));

    private long lastWrite = clock.GetTimestamp();
    private long lastExtension = clock.GetTimestamp();
    private Task extension = Task.CompletedTask;
    private StepProgress written = new();
    private string writtenLog = "";
    private SourceFacts? writtenSource;

    /// <summary>How far the run is; set by the run, written at the next look.</summary>
    public StepProgress Progress { get; set; } = new();

    /// <summary>Reads what the run has printed so far; it is written while somebody watches the job.</summary>
    public Func<string> RunningLog { get; set; } = () => "";

    /// <summary>What the source is, once the run knows; goes out with the next write.</summary>
    public SourceFacts? Source { get; set; }

    // Frozen, asleep, or by another clock now: renewed at once, before somebody else takes the lease for one that ran out.
    private bool HasMissedTime => lifecycle.LastClockGap > lastWrite;

    // Right after a gap, connections are dead and must be made again; that is not yet the store's silence.
    private TimeSpan Silence => clock.GetElapsedTime(Math.Max(lastWrite, lifecycle.LastClockGap));

    /// <summary>Looks after the lease until told to stop; calls back once when the run must end.</summary>
    public async Task RunAsync(Action<RunDirective> onEnd, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(look, clock);
        while (await WaitAsync(timer, cancellation))
        {
            var directive = await LookAsync(cancellation);
            if (directive == RunDirective.Continue)
                continue;
            onEnd(directive);
            // The lease of a cancelled run is kept until the run has ended, or another worker would start it.
            if (directive == RunDirective.LeaseLost)
                return;
        }
    }

    /// <summary>Moves the step to another state, which extends the lease and is the fence before output is promoted.</summary>
    public async Task<RunDirective> EnterAsync(JobState state, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            return await WhileHeldAsync(() => WriteAsync(state, cancellation), cancellation);
        }
        catch (BackendUnavailableException)
        {
            return RunDirective.LeaseLost;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>
    /// Makes sure, just before output is promoted, that the step is still held and will be for most of a lease.
    /// </summary>
    public async Task<RunDirective> ConfirmAsync(CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            return await WhileHeldAsync(
                () => clock.GetElapsedTime(lastWrite) < lease / 4 && !HasMissedTime
                    ? lifecycle.PeekAsync(claim, cancellation)
                    : WriteAsync(state: null, cancellation),
                cancellation);
        }
        catch (BackendUnavailableException)
        {
            return RunDirective.LeaseLost;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Writes down the size of an output that will not be known again where it goes, before it goes there.</summary>
    public async Task<RunDirective> AnnounceAsync(long size, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            var began = clock.GetTimestamp();
            var directive = await WhileHeldAsync(() => lifecycle.AnnounceAsync(claim, size, cancellation), cancellation);
            if (directive != RunDirective.LeaseLost)
                lastWrite = began;
            return directive;
        }
        catch (BackendUnavailableException)
        {
            return RunDirective.LeaseLost;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Writes how the run ended, trying for as long as the lease lasts when the store is out of reach.</summary>
    public async Task<bool> CompleteAsync(RunResult result, string? log)
    {
        await gate.WaitAsync(CancellationToken.None);
        try
        {
            return await WhileHeldAsync(
                () => lifecycle.CompleteAsync(claim, result, log, CancellationToken.None), CancellationToken.None);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Asks a store that is out of reach again, for as long as the step is surely held.</summary>
    /// <exception cref="BackendUnavailableException">By then it was still out of reach.</exception>
    private async Task<T> WhileHeldAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (BackendUnavailableException e) when (Silence < lease)
            {
                Log.NoStore(logger, e, claim.Job.Id);
                await Task.Delay(PauseWithoutStore, clock, cancellation);
            }
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken cancellation)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<RunDirective> LookAsync(CancellationToken cancellation)
    {
        if (!await TryEnterGateAsync(cancellation))
            return RunDirective.Continue;
        try
        {
            var directive = clock.GetElapsedTime(lastWrite) < heartbeat && Progress == written && !HasMissedTime && NewLog() is null
                ? await lifecycle.PeekAsync(claim, cancellation)
                : await WriteAsync(state: null, cancellation);
            if (directive != RunDirective.LeaseLost)
                ExtendMessage(cancellation);
            return directive;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return RunDirective.Continue;
        }
        catch (Exception e)
        {
            // Whatever it was, the looks go on: a run whose lease nobody keeps would work for nothing.
            if (e is BackendUnavailableException)
                Log.NoStore(logger, e, claim.Job.Id);
            else
                Log.LookFailed(logger, e, claim.Job.Id);
            // Without a word from the store for a whole lease, another worker may have the step by now.
            return Silence >= lease ? RunDirective.LeaseLost : RunDirective.Continue;
        }
        finally
        {
            gate.Release();
        }
    }

    // Counted apart from the writes of the lease: those come more often while there is progress. And nothing waits for
    // it: the store decides who has the step, so a queue that is away must not keep the lease from being written.
    private void ExtendMessage(CancellationToken cancellation)
    {
        if (!extension.IsCompleted || clock.GetElapsedTime(lastExtension) < heartbeat)
            return;
        lastExtension = clock.GetTimestamp();
        extension = ExtendMessageAsync(cancellation);
    }

    private async Task ExtendMessageAsync(CancellationToken cancellation)
    {
        try
        {
            await queue.ChangeVisibilityAsync(message, lease, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The run has ended.
        }
        catch (Exception e)
        {
            Log.NotExtended(logger, e, claim.Job.Id);
        }
    }

    private async Task<bool> TryEnterGateAsync(CancellationToken cancellation)
    {
        try
        {
            await gate.WaitAsync(cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<RunDirective> WriteAsync(JobState? state, CancellationToken cancellation)
    {
        var (progress, log, source) = (Progress, NewLog(), Source);
        var news = new RunNews(log, ReferenceEquals(source, writtenSource) ? null : source);
        var began = clock.GetTimestamp();
        RunDirective directive;
        try
        {
            directive = await lifecycle.ReportAsync(claim, progress, state, cancellation, news);
        }
        catch (RecordTooLargeException) when (news != new RunNews())
        {
            // The lease matters more than what there is to see.
            directive = await lifecycle.ReportAsync(claim, progress, state, cancellation);
        }

        if (directive != RunDirective.LeaseLost)
            (lastWrite, written, writtenLog, writtenSource) = (began, progress, log ?? writtenLog, source);
        return directive;
    }

    /// <summary>What the run has printed, when somebody watches the job and has not seen it.</summary>
    private string? NewLog() =>
        claim.Job.LogWantedUntil > clock.GetUtcNow() && RunningLog() is { Length: > 0 } log && log != writtenLog ? log : null;

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Warning, "Job {JobId}: the store did not answer; trying again.")]
        public static partial void NoStore(ILogger logger, Exception e, string jobId);

        [LoggerMessage(41, LogLevel.Error, "Job {JobId}: its lease could not be looked after; trying again.")]
        public static partial void LookFailed(ILogger logger, Exception e, string jobId);

        [LoggerMessage(42, LogLevel.Warning, "Job {JobId}: the queue did not hide its message for longer; the run goes on.")]
        public static partial void NotExtended(ILogger logger, Exception e, string jobId);
    }
}
