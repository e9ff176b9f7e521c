namespace MediaNommer.Core.Jobs;

/// <content>What feederd's sweeper does: releases expired leases, re-sends messages, abandons.</content>
public sealed partial class JobLifecycle
{
    /// <summary>
    /// Looks after a job whose <see cref="Job.NextCheckAt"/> has come: takes it away from a worker that stopped
    /// reporting, sends its message again, or abandons it. Safe to call at any time, by many at once.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <param name="isClockSetBack">True when times of the job may lie too far in the future, because the clock was set back.</param>
    public async Task CheckAsync(Job job, CancellationToken cancellation, bool isClockSetBack = false)
    {
        // After a gap in time nobody was heard of for long; who is there reports within a lease.
        if (!isClockSetBack && options.Watch is { IsSettled: false })
            return;
        var isInTurn = await WaitsForItsTurnAsync(job, cancellation);
        var resend = false;
        var written = await ApplyAsync(
            job,
            draft =>
            {
                resend = false;
                if (draft.Job.State.IsFinished() || (draft.Job.NextCheckAt > draft.Now && !isClockSetBack))
                    return false;
                if (isClockSetBack)
                    BringNearer(draft);
                if (isInTurn && draft.Job.State == JobState.Pending)
                    draft.Touch(draft.Job.CurrentStep);
                resend = !ReleaseExpired(draft) && (isInTurn || !AbandonStale(draft));
                return true;
            },
            log: null, cancellation, isCheck: true);
        if (written is not null && resend)
        {
            try
            {
                await WakeAsync(written, _ => true);
            }
            catch (BackendUnavailableException e)
            {
                Log.NotPublished(logger, e, written.Id, written.State.ToWire());
            }
        }
    }

    /// <summary>Shortens times to what they can be at most by the clock of now.</summary>
    private static void BringNearer(JobDraft draft)
    {
        var (lease, begin) = (draft.Now + draft.Options.Lease, draft.Now + LongestBackoff);
        foreach (var step in draft.Job.Steps.Where(step => step.LeaseExpiresAt > lease || step.NotBefore > begin))
        {
            draft.Set(job => job.WithStep(step with
            {
                LeaseExpiresAt = step.LeaseExpiresAt > lease ? lease : step.LeaseExpiresAt,
                NotBefore = step.NotBefore > begin ? begin : step.NotBefore,
            }));
        }
    }

    /// <summary>By how much the clock was set back: times of jobs may lie so far in the future.</summary>
    public TimeSpan ClockSetBack => options.Watch?.SetBack ?? TimeSpan.Zero;

    /// <summary>No job is to be looked after later than in this time, by the clock that it was last written by.</summary>
    public TimeSpan LongestUntilCheck => LongestBackoff + options.LongestResend;

    /// <summary>Notes that no job's times lie in the future any more.</summary>
    /// <param name="setBack">The <see cref="ClockSetBack"/> that was seen before the jobs were looked after.</param>
    public void ForgetClockSetBack(TimeSpan setBack) => options.Watch?.ForgetSetBack(setBack);

    private bool ReleaseExpired(JobDraft draft)
    {
        var expired = draft.Job.Steps
            .Where(step => step.State.IsRunning() && step.LeaseExpiresAt <= draft.Now)
            .ToList();
        foreach (var step in expired.Where(_ => !draft.Job.State.IsFinished()))
        {
            Release(draft, step.Name);
            Log.LeaseExpired(logger, draft.Job.Id, $"worker {step.WorkerId} stopped reporting.");
        }

        return expired.Count > 0;
    }

    /// <summary>
    /// True for a job of which nothing was heard for long, only because workers are busy with others: in a long queue
    /// that is no sign that anything is wrong with it, and its time begins anew. Asked from half the time on, so that a
    /// short absence of all workers ends no job.
    /// </summary>
    private async Task<bool> WaitsForItsTurnAsync(Job job, CancellationToken cancellation)
    {
        var busySince = clock.GetUtcNow() - (options.AbandonAfter / 2);
        if (job.State != JobState.Pending || job.WaitReason is not null || job.UpdatedAt > busySince)
            return false;
        var nodes = await store.ListNodesAsync(cancellation);
        return nodes.Any(node =>
            node.LastActivityAt > busySince || (node.Running.Count > 0 && node.LastReportAt > busySince));
    }

    private static bool AbandonStale(JobDraft draft)
    {
        var silent = draft.Now - draft.Job.UpdatedAt;
        if (silent < draft.Options.AbandonAfter)
            return false;
        var reason = $"Nothing was heard of the job for {silent.TotalSeconds:0} s.";
        draft.MoveAll(JobState.Abandoned, reason, reason);
        return true;
    }

    /// <summary>Takes a step away from a worker that stopped reporting.</summary>
    private static void Release(JobDraft draft, string stepName)
    {
        var step = draft.Job.FindStep(stepName)!;
        var strikes = step.Strikes + 1;
        var worker = step.WorkerId;
        step = step with
        {
            LeaseExpiresAt = null,
            IsClosing = false,
            Strikes = strikes,
            LastOutcome = RunOutcome.LeaseLost,
            Progress = new StepProgress(),
        };
        if (draft.Job.CancelRequested)
        {
            draft.Move(
                step, JobState.Cancelled, $"Cancelled by a user; worker {worker} had stopped reporting.",
                "Cancelled by a user.", RunOutcome.Cancelled);
        }
        else if (strikes >= draft.Job.Spec.MaxAttempts)
        {
            var reason = $"Gave up after {strikes} failed or vanished runs (max_attempts); "
                + $"the last worker, {worker}, stopped reporting.";
            draft.Move(step, JobState.Error, reason, reason, RunOutcome.LeaseLost);
        }
        else
        {
            draft.Move(
                step, JobState.Pending, $"Worker {worker} stopped reporting; the job goes back to the queue.",
                details: null, RunOutcome.LeaseLost);
        }
    }
}
