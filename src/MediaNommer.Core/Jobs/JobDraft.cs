using MediaNommer.Core.Notifications;
using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Jobs;

/// <summary>
/// One change of a job in the making: moves steps, writes history lines, and works out what follows for the job as a
/// whole. <see cref="JobLifecycle"/> alone makes them.
/// </summary>
internal sealed class JobDraft(Job original, DateTimeOffset now, LifecycleOptions options)
{
    private readonly List<JobEvent> events = [];
    private readonly List<Notification> notifications = [];
    private readonly long versionBefore = original.Version;
    private readonly bool hadEnded = original.State.IsFinished();
    private bool countsAsNews;

    public Job Job { get; private set; } = original;

    public DateTimeOffset Now => now;

    public LifecycleOptions Options => options;

    /// <summary>True when this is the look after a job whose time for it had come.</summary>
    public bool IsCheck { get; init; }

    /// <summary>True when the run that ends the job has itself seen to it that nothing of it can be put in place.</summary>
    public bool IsClean { get; set; }

    /// <summary>True when the job begins to write to its destination, new or once more.</summary>
    public bool TakesDestination { get; set; }

    /// <summary>True when the job ends without a result, and a run of it may still hold an output ready.</summary>
    public bool NeedsFence =>
        !IsClean && !hadEnded && Job.State.IsFinished() && Job.State != JobState.Finished
        && Job.Steps.Any(step => step.Attempt > 0);

    /// <summary>Changes a step without moving it to another state.</summary>
    public void Touch(JobStep step)
    {
        Job = Job.WithStep(step);
        countsAsNews = true;
    }

    /// <summary>Changes what is not part of a step.</summary>
    public void Set(Func<Job, Job> change) => Job = change(Job);

    /// <summary>Writes a line of history without a change of state.</summary>
    public void Note(string reason, JobStep? step = null, RunOutcome? outcome = null)
    {
        countsAsNews = true;
        Job = Job with { EventCount = Job.EventCount + 1 };
        events.Add(new JobEvent
        {
            Sequence = Job.EventCount,
            At = now,
            State = Job.State,
            Attempt = step?.Attempt ?? 0,
            WorkerId = step is { Attempt: > 0 } ? step.WorkerId : null,
            Outcome = outcome,
            Reason = reason,
        });
    }

    /// <summary>
    /// Moves a step to another state, and the job with it where that follows. <paramref name="details"/> is what the
    /// API shows beside the state; the history gets <paramref name="reason"/>.
    /// </summary>
    public void Move(JobStep step, JobState to, string reason, string? details = null, RunOutcome? outcome = null)
    {
        var before = Job.FindStep(step.Name)!;
        JobTransitions.Require(before.State, to);
        Job = Job.WithStep(step with { State = to, Details = details });
        if (to.IsFinished() && to != JobState.Finished)
            CloseOtherSteps(step.Name, to);
        SettleState(details);
        Note(reason, step, outcome);
        Announce();
    }

    /// <summary>Moves every step that is not finished, for what concerns the job as a whole.</summary>
    public void MoveAll(JobState to, string reason, string? details = null)
    {
        var step = Job.Steps.First(candidate => !candidate.State.IsFinished());
        Move(step with { LeaseExpiresAt = null }, to, reason, details);
    }

    /// <summary>Writes the first line of a new job's history.</summary>
    public void Open(string reason)
    {
        Note(reason);
        Announce();
    }

    public JobChange Build(JobLog? log)
    {
        var updatedAt = countsAsNews ? now : Job.UpdatedAt;
        Job = Job with
        {
            Version = versionBefore + 1,
            UpdatedAt = updatedAt,
            NextCheckAt = Job.State.IsFinished() ? null : NextCheck(updatedAt),
        };
        var hold = TakesDestination && Job.Spec.DestKey is { } key
            ? new DestinationHold(key, Job.Spec.IfExists == IfExists.Overwrite)
            : null;
        return new JobChange { Job = Job, Events = events, Notifications = notifications, Log = log, Hold = hold };
    }

    private void CloseOtherSteps(string except, JobState to)
    {
        var closing = to == JobState.Error ? JobState.Cancelled : to;
        foreach (var other in Job.Steps.Where(other => other.Name != except && !other.State.IsFinished()))
            Job = Job.WithStep(other with { State = closing, LeaseExpiresAt = null });
    }

    private void SettleState(string? details)
    {
        var state = StateOf(Job.Steps);
        Job = Job with
        {
            State = state,
            StateDetails = Shorten(details),
            WaitReason = null,
            FinishedAt = state.IsFinished() ? now : null,
            StartedAt = Job.StartedAt ?? (state.IsRunning() ? now : null),
        };
    }

    private void Announce()
    {
        var spec = Job.Spec;
        if (spec.NotifyUrl is null || (spec.NotifyMethod == NotifyMethod.Get && !Job.State.IsFinished()))
            return;
        notifications.Add(new Notification
        {
            Id = $"{Job.Id}-{Job.EventCount:D6}",
            JobId = Job.Id,
            Sequence = Job.EventCount,
            Url = spec.NotifyUrl,
            Method = spec.NotifyMethod,
            Body = spec.NotifyBody,
            JobState = Job.State,
            JobStateDetails = Job.StateDetails,
            CreatedAt = now,
            NextAttemptAt = now,
            FirstDueAt = now,
        });
    }

    private DateTimeOffset NextCheck(DateTimeOffset updatedAt)
    {
        var lease = Job.Steps.Where(step => step.State.IsRunning()).Min(step => step.LeaseExpiresAt);
        var start = Job.Steps.Max(step => step.NotBefore) is { } notBefore && notBefore > now ? notBefore : now;
        var age = now - updatedAt;
        var pause = TimeSpan.FromTicks(Math.Clamp(
            age.Ticks, options.ResendAfter.Ticks, options.LongestResend.Ticks));
        var resendAt = start + pause;
        // Reports of running steps must not put off the look after one that waits beside them.
        if (lease is not null && !IsCheck && Job.NextCheckAt < resendAt)
            resendAt = Job.NextCheckAt.Value;
        var next = lease is null || (Job.Steps.Any(Job.IsFree) && resendAt < lease) ? resendAt : lease.Value;
        var abandonAt = updatedAt + options.AbandonAfter;
        return abandonAt < next ? abandonAt : next;
    }

    private static JobState StateOf(IReadOnlyList<JobStep> steps)
    {
        foreach (var ended in (JobState[])[JobState.Error, JobState.Abandoned, JobState.Cancelled])
        {
            if (steps.Any(step => step.State == ended))
                return ended;
        }

        if (steps.All(step => step.State == JobState.Finished))
            return JobState.Finished;
        return steps.FirstOrDefault(step => step.State.IsRunning())?.State ?? JobState.Pending;
    }

    // The original kept the last 1,023 characters of an error, for SimpleDB's limit of 1,024.
    private static string? Shorten(string? details) =>
        details is { Length: > 1023 } ? details[^1023..] : details;
}
