namespace MediaNommer.Core.Jobs;

/// <content>What a worker may write: claim, report, complete, each fenced by the attempt.</content>
public sealed partial class JobLifecycle
{
    /// <summary>
    /// Tries to take a step for a worker: it must be free, or its lease must have run out. One conditional write.
    /// </summary>
    /// <param name="job">The job as just read.</param>
    /// <param name="stepName">The step.</param>
    /// <param name="workerId">Who takes it.</param>
    /// <param name="nothingToFetch">True when the source is readable in place: the download is over at once.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<ClaimResult> ClaimAsync(
        Job job, string stepName, string workerId, bool nothingToFetch, CancellationToken cancellation)
    {
        var result = ClaimResult.Gone;
        var written = await ApplyAsync(
            job,
            draft =>
            {
                result = Examine(draft.Job, stepName, draft.Now, options);
                return result.Refusal == ClaimRefusal.None && Take(draft, stepName, workerId, nothingToFetch);
            },
            log: null, cancellation);
        if (written is null)
            return result;
        return written.FindStep(stepName) is { } step && step.WorkerId == workerId && step.State.IsRunning()
            ? result with { Claim = new StepClaim(written, stepName) }
            : ClaimResult.Gone;
    }

    /// <summary>
    /// Says why a waiting job waits. The API shows the latest reason; the history keeps the first since the job began to
    /// wait, because reasons hold figures, which change with every look. Null: it waits for nothing but its turn.
    /// </summary>
    public Task DeferAsync(Job job, string? reason, CancellationToken cancellation) => ApplyAsync(
        job, draft => Defer(draft, reason, wait: null), log: null, cancellation);

    /// <summary>Says that a waiting job waits for something outside of this system, and since when.</summary>
    /// <param name="job">The job.</param>
    /// <param name="lacks">What it waits for.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task DeferAsync(Job job, Awaited lacks, CancellationToken cancellation) => ApplyAsync(
        job, draft => Defer(draft, lacks.Reason, JobWait.Of(draft.Job.Wait, lacks, draft.Now)), log: null, cancellation);

    /// <summary>True when a job has waited for this for as long as it may.</summary>
    public bool HasWaitedEnough(Job job, Awaited lacks)
    {
        var now = clock.GetUtcNow();
        return JobWait.Of(job.Wait, lacks, now).IsOver(now, options);
    }

    /// <summary>
    /// A worker's heartbeat for one step: extends the lease, carries progress and, when given, a new state up, and
    /// brings back what to do.
    /// </summary>
    /// <param name="claim">The hold on the step.</param>
    /// <param name="progress">How far the run is.</param>
    /// <param name="state">The state to move to, or null.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <param name="news">What else there is to write, or null.</param>
    public async Task<RunDirective> ReportAsync(
        StepClaim claim, StepProgress progress, JobState? state, CancellationToken cancellation, RunNews? news = null)
    {
        var written = await ApplyAsync(
            claim.Job,
            draft =>
            {
                if (!claim.IsCurrentIn(draft.Job))
                    return false;
                var step = draft.Job.FindStep(claim.StepName)! with
                {
                    Progress = progress,
                    LeaseExpiresAt = draft.Now + draft.Options.Lease,
                };
                if (news?.Source is { } source)
                    draft.Set(job => job with { Source = source });
                // What was waited for is there: the next wait begins anew. A growing file is known to stand still at the end.
                if (progress.Fraction > 0 && draft.Job.Wait is { For.Revision: null })
                    draft.Set(job => job with { Wait = null });
                if (state is { } next && next != step.State)
                    draft.Move(step, next, Describe(next));
                else
                    draft.Touch(step);
                return true;
            },
            LogOf(claim, news?.Log), cancellation);
        if (written is null)
            return RunDirective.LeaseLost;
        claim.Job = written;
        return written.CancelRequested ? RunDirective.Cancel : RunDirective.Continue;
    }

    /// <summary>
    /// When this process last missed some time, as a timestamp of its clock: leases should be renewed soon after. The least
    /// value when it missed none.
    /// </summary>
    public long LastClockGap => options.Watch?.LastGap ?? long.MinValue;

    /// <summary>Asks, without writing, whether the step is still held and wanted.</summary>
    public async Task<RunDirective> PeekAsync(StepClaim claim, CancellationToken cancellation)
    {
        var job = await store.GetAsync(claim.Job.Id, cancellation);
        if (job is null || !claim.IsCurrentIn(job))
            return RunDirective.LeaseLost;
        claim.Job = job;
        return job.CancelRequested ? RunDirective.Cancel : RunDirective.Continue;
    }

    /// <summary>Writes how a run ended, and what follows: finished, error, or back to the queue.</summary>
    /// <returns>False when the step was no longer held, so that nothing was written.</returns>
    public async Task<bool> CompleteAsync(
        StepClaim claim, RunResult result, string? log, CancellationToken cancellation)
    {
        var written = result.Outcome == RunOutcome.LeaseLost ? null : await ApplyAsync(
            claim.Job,
            draft =>
            {
                if (!claim.IsCurrentIn(draft.Job))
                    return false;
                End(draft, claim.StepName, result);
                draft.IsClean = result.IsClean;
                return true;
            },
            LogOf(claim, log), cancellation);
        if (written is null)
        {
            await KeepLogAsync(claim, log, cancellation);
            return false;
        }

        claim.Job = written;
        return true;
    }

    /// <summary>
    /// Keeps the log of a run that lost its step, as long as no later attempt has begun: a stale run writes nothing.
    /// </summary>
    private async Task KeepLogAsync(StepClaim claim, string? log, CancellationToken cancellation)
    {
        if (LogOf(claim, log) is { } kept && await store.GetAsync(claim.Job.Id, cancellation) is { } job)
            await ApplyAsync(job, draft => claim.IsLatestIn(draft.Job), kept, cancellation);
    }

    private static JobLog? LogOf(StepClaim claim, string? log) =>
        string.IsNullOrEmpty(log) ? null : new JobLog(claim.Attempt, log);

    private static bool Defer(JobDraft draft, string? reason, JobWait? wait)
    {
        if (draft.Job.State != JobState.Pending || (draft.Job.WaitReason == reason && draft.Job.Wait == wait))
            return false;
        if (reason is not null && draft.Job.WaitReason is null)
            draft.Note($"Waits: {reason}");
        draft.Set(waiting => waiting with { WaitReason = reason, Wait = wait });
        return true;
    }

    private static ClaimResult Examine(Job job, string stepName, DateTimeOffset now, LifecycleOptions options)
    {
        if (job.State.IsFinished() || job.FindStep(stepName) is not { } step || step.State.IsFinished())
            return ClaimResult.Gone;
        if (step.State.IsRunning() && step.LeaseExpiresAt > now)
            return NotYet(step.LeaseExpiresAt.Value - now);
        if (step.State.IsRunning() && options.Watch is { IsSettled: false })
            return NotYet(options.Lease / 2);
        if (step.NotBefore > now)
            return NotYet(step.NotBefore.Value - now);
        if (step.State == JobState.Pending && !job.IsFree(step))
            return NotYet(TimeSpan.FromSeconds(30));
        return new ClaimResult(null, ClaimRefusal.None, TimeSpan.Zero);

        static ClaimResult NotYet(TimeSpan pause) =>
            new(null, ClaimRefusal.NotYet, pause + TimeSpan.FromMilliseconds(100));
    }

    private static bool Take(JobDraft draft, string stepName, string workerId, bool nothingToFetch)
    {
        if (draft.Job.FindStep(stepName)!.State.IsRunning())
            Release(draft, stepName);
        if (draft.Job.State.IsFinished())
            return true;
        if (draft.Job.CancelRequested)
        {
            draft.MoveAll(JobState.Cancelled, "Cancelled by a user.", "Cancelled by a user.");
            return true;
        }

        var step = draft.Job.FindStep(stepName)!;
        step = step with
        {
            Attempt = step.Attempt + 1,
            WorkerId = workerId,
            LeaseExpiresAt = draft.Now + draft.Options.Lease,
            NotBefore = null,
            Progress = new StepProgress(),
        };
        draft.Move(step, JobState.Downloading, $"Attempt {step.Attempt} was taken by {workerId}.");
        if (nothingToFetch)
            draft.Move(draft.Job.FindStep(stepName)!, JobState.Encoding, "The source is read where it is.");
        return true;
    }

    private static void End(JobDraft draft, string stepName, RunResult result)
    {
        var step = draft.Job.FindStep(stepName)! with { LeaseExpiresAt = null, LastOutcome = result.Outcome };
        if (result.Source is { } source)
            draft.Set(job => job with { Source = source });
        if (result.Notes.Count > 0)
            draft.Note(string.Join(' ', result.Notes), step);
        if (result.Outcome == RunOutcome.Finished)
        {
            var done = step with { Progress = new StepProgress { Fraction = 1 } };
            draft.Set(job => job with { Output = result.Output, Wait = null });
            PassThroughTo(JobState.Uploading, draft, done, result.Kept is null ? Describe : _ => "Nothing to do.");
            draft.Move(done, JobState.Finished, result.Message, result.Kept, result.Outcome);
        }
        else if (result.Outcome == RunOutcome.Cancelled || draft.Job.CancelRequested)
        {
            draft.Move(step, JobState.Cancelled, result.Message, "Cancelled by a user.", RunOutcome.Cancelled);
        }
        else if (result.Outcome == RunOutcome.HostStopping)
        {
            draft.Move(
                step with { Progress = new StepProgress() }, JobState.Pending, result.Message, null, result.Outcome);
        }
        else
        {
            Fail(draft, step, result);
        }
    }

    /// <summary>Puts a step back whose run found that something outside is not there yet.</summary>
    /// <returns>False when that was waited for long enough.</returns>
    private static bool TryAwait(JobDraft draft, JobStep step, RunResult result)
    {
        if (result.Awaits is not { } lacks)
            return false;
        var wait = JobWait.Of(draft.Job.Wait, lacks, draft.Now);
        if (wait.IsOver(draft.Now, draft.Options))
            return false;
        var pause = wait.Pause(draft.Now);
        draft.Move(
            step with { NotBefore = draft.Now + pause, Progress = new StepProgress() }, JobState.Pending,
            $"{result.Message} Looked for again in {pause.TotalSeconds:0.#} s; this does not count as an attempt.",
            result.Message, RunOutcome.Failed);
        draft.Set(job => job with { WaitReason = lacks.Reason, Wait = wait });
        return true;
    }

    private static void Fail(JobDraft draft, JobStep step, RunResult result)
    {
        if (TryAwait(draft, step, result))
            return;
        if (result.Awaits is { } lacks)
        {
            var waited = draft.Now - JobWait.Of(draft.Job.Wait, lacks, draft.Now).Began;
            var how = waited > TimeSpan.Zero
                ? $" Waited {waited.TotalSeconds:0} s for it (Jobs:WaitForStorage)."
                : "";
            result = result with { Message = result.Message + how, IsTransient = false };
        }

        draft.Set(job => job with { Wait = null });
        var strikes = step.Strikes + 1;
        step = step with { Strikes = strikes };
        if (!result.IsTransient || strikes >= draft.Job.Spec.MaxAttempts)
        {
            draft.Move(step, JobState.Error, result.Message, result.Message, RunOutcome.Failed);
            return;
        }

        var pause = draft.Options.RetryBackoff * Math.Pow(2, Math.Min(strikes - 1, 6));
        pause = pause > LongestBackoff ? LongestBackoff : pause;
        draft.Move(
            step with { NotBefore = draft.Now + pause, Progress = new StepProgress() }, JobState.Pending,
            $"{result.Message} Tried again in {pause.TotalSeconds:0.#} s.", result.Message, RunOutcome.Failed);
    }

    // A step that had nothing to upload still passes through every state, so that the history reads the same.
    private static void PassThroughTo(JobState target, JobDraft draft, JobStep step, Func<JobState, string> describe)
    {
        while (draft.Job.FindStep(step.Name)!.State < target)
        {
            var next = draft.Job.FindStep(step.Name)!.State + 1;
            draft.Move(step, next, describe(next));
        }
    }

    private static string Describe(JobState state) => state switch
    {
        JobState.Downloading => "Fetching the source.",
        JobState.Encoding => "The source is here; the nommer is at work.",
        JobState.Uploading => "The output was verified; putting it in place.",
        _ => "",
    };
}
