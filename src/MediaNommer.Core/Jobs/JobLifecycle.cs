using MediaNommer.Core.Queues;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Core.Jobs;

/// <summary>What came of a user's wish to cancel or retry a job.</summary>
public enum UserActionResult
{
    /// <summary>It was done, or will be as soon as the worker hears of it.</summary>
    Done,

    /// <summary>There is no such job.</summary>
    NotFound,

    /// <summary>The state of the job does not allow it.</summary>
    WrongState,
}

/// <summary>
/// The only writer of a job's state. The store decides: every change is a conditional write from the version that it
/// was worked out from, repeated from a fresh read when somebody else was first. Messages go out after the write and
/// may get lost; the sweeper makes up for it.
/// </summary>
public sealed partial class JobLifecycle(
    IJobStore store, IMessageQueue queue, QueueNames queues, IStateChanges changes, LifecycleOptions options,
    TimeProvider clock, ILogger<JobLifecycle> logger)
{
    private const int MaxConflicts = 50;
    private static readonly TimeSpan WatchLog = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan QueuePatience = TimeSpan.FromSeconds(1);

    /// <summary>Keeps frozen runs of ended jobs from putting their output in place; null where no run can be frozen.</summary>
    public OutputFence? Fence { get; init; }

    /// <summary>Accepts a job. When the task ends, the job is stored durably.</summary>
    /// <param name="spec">What is asked for.</param>
    /// <param name="idempotencyKey">The same key within 24 hours gives the same job, or null.</param>
    /// <param name="remarks">Lines for its history, for example which old options were translated.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>The job's id.</returns>
    /// <exception cref="DestinationTakenException">Another unfinished job writes to the same destination.</exception>
    public async Task<string> SubmitAsync(
        JobSpec spec, string? idempotencyKey, IReadOnlyList<string> remarks, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var draft = new JobDraft(
            new Job
            {
                Id = Job.NewId(clock),
                Spec = spec,
                Steps = [new JobStep { Name = JobStep.Encode }],
                CreatedAt = now,
                UpdatedAt = now,
            },
            now, options);
        draft.TakesDestination = true;
        draft.Open("Accepted.");
        foreach (var remark in remarks)
            draft.Note(remark);
        var change = draft.Build(log: null);

        var id = await store.CreateAsync(change, idempotencyKey, cancellation);
        if (id == change.Job.Id)
            await PublishAsync(before: null, change.Job);
        return id;
    }

    /// <summary>Cancels a waiting job at once, a running one as soon as its worker hears of it.</summary>
    public Task<UserActionResult> CancelAsync(string jobId, CancellationToken cancellation) =>
        ActAsync(jobId, job => !job.State.IsFinished(), Cancel, cancellation);

    /// <summary>Puts a job that ended without a result back into its queue, with all its attempts.</summary>
    /// <exception cref="DestinationTakenException">Another unfinished job writes to the same destination.</exception>
    public Task<UserActionResult> RetryAsync(string jobId, CancellationToken cancellation) =>
        ActAsync(
            jobId, job => job.State is JobState.Error or JobState.Abandoned or JobState.Cancelled, Retry, cancellation);

    /// <summary>
    /// Asks the worker of a running job for its log, for a minute: one write of the job, and none while an earlier wish
    /// lasts for long enough.
    /// </summary>
    public async Task WatchLogAsync(Job job, CancellationToken cancellation)
    {
        if (!job.State.IsRunning() || job.LogWantedUntil - clock.GetUtcNow() > WatchLog / 2)
            return;
        await ApplyAsync(
            job,
            draft =>
            {
                if (!draft.Job.State.IsRunning())
                    return false;
                draft.Set(running => running with { LogWantedUntil = draft.Now + WatchLog });
                return true;
            },
            log: null, cancellation);
    }

    /// <summary>Writes down the size of an output before it is put where a later attempt could not tell whose it is.</summary>
    public async Task<RunDirective> AnnounceAsync(StepClaim claim, long size, CancellationToken cancellation)
    {
        var written = await ApplyAsync(
            claim.Job,
            draft =>
            {
                if (!claim.IsCurrentIn(draft.Job))
                    return false;
                draft.Touch(draft.Job.FindStep(claim.StepName)! with
                {
                    Promoting = size,
                    LeaseExpiresAt = draft.Now + draft.Options.Lease,
                });
                return true;
            },
            log: null, cancellation);
        if (written is null)
            return RunDirective.LeaseLost;
        claim.Job = written;
        return written.CancelRequested ? RunDirective.Cancel : RunDirective.Continue;
    }

    private static bool Cancel(JobDraft draft)
    {
        var job = draft.Job;
        if (job.State.IsFinished())
            return false;
        if (job.CancelRequested)
            return true;
        if (job.State == JobState.Pending)
        {
            draft.MoveAll(JobState.Cancelled, "Cancelled by a user.", "Cancelled by a user.");
            return true;
        }

        draft.Set(running => running with { CancelRequested = true });
        draft.Note("A user asked to cancel; the worker is told.", job.CurrentStep);
        return true;
    }

    private static bool Retry(JobDraft draft)
    {
        if (draft.Job.State is not (JobState.Error or JobState.Abandoned or JobState.Cancelled))
            return false;
        draft.TakesDestination = true;
        draft.Set(job => job with { CancelRequested = false, Output = null, Wait = null });
        var ended = draft.Job.Steps.Where(step => step.State != JobState.Finished).ToList();
        foreach (var step in ended.Skip(1))
            draft.Set(job => job.WithStep(Renewed(step) with { State = JobState.Pending }));
        draft.Move(Renewed(ended[0]), JobState.Pending, "Retried by a user.");
        return true;
    }

    private static JobStep Renewed(JobStep step) => step with
    {
        Strikes = 0,
        LeaseExpiresAt = null,
        IsClosing = false,
        NotBefore = null,
        Progress = new StepProgress(),
        Details = null,
    };

    private async Task<UserActionResult> ActAsync(
        string jobId, Func<Job, bool> allowed, Func<JobDraft, bool> edit, CancellationToken cancellation)
    {
        var job = await store.GetAsync(jobId, cancellation);
        if (job is null)
            return UserActionResult.NotFound;
        if (!allowed(job))
            return UserActionResult.WrongState;
        return await ApplyAsync(job, edit, log: null, cancellation) is null
            ? UserActionResult.WrongState
            : UserActionResult.Done;
    }

    /// <summary>
    /// Writes what <paramref name="edit"/> makes of the job; when the job has changed meanwhile, works it out anew.
    /// </summary>
    /// <returns>The job as written, or null when the edit no longer applies.</returns>
    private async Task<Job?> ApplyAsync(
        Job job, Func<JobDraft, bool> edit, JobLog? log, CancellationToken cancellation, bool isCheck = false)
    {
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            var draft = new JobDraft(job, clock.GetUtcNow(), options) { IsCheck = isCheck };
            if (!edit(draft))
                return null;
            if (draft.NeedsFence && RunsToClose(job) is { Count: > 0 } runs)
            {
                // Else a report that comes while the fence is closed would keep a run alive that has lost its output.
                var closing = new JobDraft(job, clock.GetUtcNow(), options) { IsCheck = isCheck };
                foreach (var step in runs)
                    closing.Set(running => running.WithStep(step with { IsClosing = true }));
                var closed = closing.Build(log: null);
                if (await store.TryUpdateAsync(closed, job.Version, cancellation))
                    job = closed.Job;
                else if (await store.GetAsync(job.Id, cancellation) is { } other)
                    job = other;
                else
                    return null;
                continue;
            }

            if (draft.NeedsFence && Fence is not null && await Fence.CloseAsync(draft.Job, cancellation) is { } remark)
                draft.Note(remark);
            var change = draft.Build(log);
            if (await store.TryUpdateAsync(change, job.Version, cancellation))
            {
                await PublishAsync(job, change.Job);
                return change.Job;
            }

            if (await store.GetAsync(job.Id, cancellation) is not { } fresh)
                return null;
            job = fresh;
        }

        throw new BackendUnavailableException(
            $"Job {job.Id} was changed by others {MaxConflicts} times in a row; giving up on this change.");
    }

    /// <summary>The runs that others end, and that may still think they hold their steps.</summary>
    private List<JobStep> RunsToClose(Job job) => Fence is null ? [] :
    [
        .. job.Steps.Where(step => step.State.IsRunning() && !step.IsClosing && step.LeaseExpiresAt <= clock.GetUtcNow()),
    ];

    /// <summary>Sends what others wait for. Never fails: the store already holds the truth.</summary>
    private async Task PublishAsync(Job? before, Job job)
    {
        if (job.State != before?.State)
            changes.Announce(new StateChangeMessage(job.Id, job.State));
        try
        {
            // Whoever waits for the answer need not wait for a slow queue.
            var sending = LogFailureAsync(WakeAsync(job, step => before is null || !before.IsFree(before.FindStep(step.Name)!)), job);
            await sending.WaitAsync(QueuePatience, clock);
        }
        catch (TimeoutException)
        {
            // It goes on, or ends by the queue's own patience.
        }
    }

    private async Task LogFailureAsync(Task sending, Job job)
    {
        try
        {
            await sending;
        }
        catch (BackendUnavailableException e)
        {
            Log.NotPublished(logger, e, job.Id, job.State.ToWire());
        }
    }

    /// <summary>Sends a message for each step that can be claimed and that the caller means.</summary>
    private Task WakeAsync(Job job, Func<JobStep, bool> which)
    {
        if (job.State.IsFinished())
            return Task.CompletedTask;
        var now = clock.GetUtcNow();
        var free = job.Steps.Where(step => job.IsFree(step) && which(step)).ToList();
        if (free.Count == 0)
            return Task.CompletedTask;
        var delay = free.Max(step => step.NotBefore) is { } notBefore && notBefore > now
            ? notBefore - now
            : TimeSpan.Zero;
        return queue.SendAsync(
            queues.For(job.Spec.Priority), [.. free.Select(step => new WakeMessage(job.Id, step.Name).ToBody())],
            delay, CancellationToken.None);
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Warning,
            "Job {JobId} is {State}, but the queue did not take the message; the sweeper will send it again.")]
        public static partial void NotPublished(ILogger logger, Exception e, string jobId, string state);

        [LoggerMessage(11, LogLevel.Warning, "Job {JobId}: {Reason}")]
        public static partial void LeaseExpired(ILogger logger, string jobId, string reason);
    }
}
