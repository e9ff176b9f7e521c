using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;
using static MediaNommer.Tests.Jobs.LifecycleRig;

namespace MediaNommer.Tests.Jobs;

/// <summary>Claim, report, complete: what a worker may write, and what a stale one may not.</summary>
public sealed class JobRunTests
{
    private readonly LifecycleRig rig = new();

    [Fact]
    public async Task A_submitted_job_waits_and_a_worker_is_woken()
    {
        var id = await rig.SubmitAsync(Spec with { Priority = JobPriority.Low });

        var job = await rig.GetAsync(id);
        job.State.ShouldBe(JobState.Pending);
        job.Version.ShouldBe(1);
        job.NextCheckAt.ShouldBe(rig.Clock.GetUtcNow() + rig.Options.ResendAfter);
        (await rig.Queue.ApproximateDepthAsync(rig.Names.Low, None)).ShouldBe(1);
        var wake = (await rig.DrainWakesAsync()).ShouldHaveSingleItem();
        (wake.JobId, wake.Step).ShouldBe((id, JobStep.Encode));
    }

    [Fact]
    public async Task A_claim_counts_the_attempt_and_starts_the_lease()
    {
        var id = await rig.SubmitAsync();

        var claim = await rig.ClaimAsync(id, "w1");

        var job = await rig.GetAsync(id);
        claim.Attempt.ShouldBe(1);
        job.State.ShouldBe(JobState.Downloading);
        job.StartedAt.ShouldBe(rig.Clock.GetUtcNow());
        job.Steps[0].WorkerId.ShouldBe("w1");
        job.Steps[0].LeaseExpiresAt.ShouldBe(rig.Clock.GetUtcNow() + rig.Options.Lease);
        job.NextCheckAt.ShouldBe(job.Steps[0].LeaseExpiresAt);
    }

    [Fact]
    public async Task With_nothing_to_fetch_a_claim_is_one_write_and_already_encodes()
    {
        var id = await rig.SubmitAsync();

        var result = await rig.Lifecycle.ClaimAsync(await rig.GetAsync(id), JobStep.Encode, "w1", true, None);

        result.Claim!.Step.State.ShouldBe(JobState.Encoding);
        (await rig.GetAsync(id)).Version.ShouldBe(2);
        (await rig.HistoryAsync(id)).Select(line => line.State)
            .ShouldBe([JobState.Pending, JobState.Downloading, JobState.Encoding]);
    }

    [Fact]
    public async Task A_held_step_is_refused_until_its_lease_ends()
    {
        var id = await rig.SubmitAsync();
        await rig.ClaimAsync(id, "w1");
        rig.Clock.Advance(TimeSpan.FromSeconds(44));

        var refused = await rig.TryClaimAsync(id, "w2");
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        var taken = await rig.TryClaimAsync(id, "w2");

        refused.Refusal.ShouldBe(ClaimRefusal.NotYet);
        refused.RetryAfter.ShouldBe(TimeSpan.FromSeconds(1.1));
        taken.Claim!.Attempt.ShouldBe(2);
        (await rig.StepAsync(id)).Strikes.ShouldBe(1);
        (await rig.StepAsync(id)).LastOutcome.ShouldBe(RunOutcome.LeaseLost);
    }

    [Fact]
    public async Task Of_many_claims_from_one_reading_exactly_one_is_granted()
    {
        var id = await rig.SubmitAsync();
        var job = await rig.GetAsync(id);

        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() =>
            rig.Lifecycle.ClaimAsync(job, JobStep.Encode, $"w{i}", false, None))));

        results.Count(result => result.Claim is not null).ShouldBe(1);
        results.Count(result => result.Refusal == ClaimRefusal.NotYet).ShouldBe(9);
        (await rig.StepAsync(id)).Attempt.ShouldBe(1);
    }

    [Theory]
    [InlineData(JobState.Finished)]
    [InlineData(JobState.Error)]
    [InlineData(JobState.Abandoned)]
    [InlineData(JobState.Cancelled)]
    public async Task A_finished_job_is_gone_for_claims(JobState state)
    {
        var id = await rig.SubmitInStateAsync(state);

        (await rig.TryClaimAsync(id)).Refusal.ShouldBe(ClaimRefusal.Gone);
        (await rig.TryClaimAsync(id, step: "no such step")).Refusal.ShouldBe(ClaimRefusal.Gone);
    }

    [Fact]
    public async Task A_report_extends_the_lease_and_carries_progress_and_state()
    {
        var id = await rig.SubmitAsync();
        var claim = await rig.ClaimAsync(id);
        rig.Clock.Advance(TimeSpan.FromSeconds(40));

        (await rig.ReportAsync(claim, JobState.Encoding, fraction: 0.25)).ShouldBe(RunDirective.Continue);

        var job = await rig.GetAsync(id);
        job.State.ShouldBe(JobState.Encoding);
        job.Progress.ShouldBe(0.25);
        job.Steps[0].LeaseExpiresAt.ShouldBe(rig.Clock.GetUtcNow() + rig.Options.Lease);
    }

    [Fact]
    public async Task A_success_passes_through_every_state_and_keeps_the_output()
    {
        var id = await rig.SubmitAsync();
        var claim = await rig.ClaimAsync(id);

        (await rig.Lifecycle.CompleteAsync(
            claim, Success with { Output = new OutputFacts { Size = 7 } }, "frame=1", None)).ShouldBeTrue();

        var job = await rig.GetAsync(id);
        (job.State, job.Progress, job.Output!.Size, job.NextCheckAt).ShouldBe((JobState.Finished, 1.0, 7, null));
        job.FinishedAt.ShouldBe(rig.Clock.GetUtcNow());
        (await rig.HistoryAsync(id)).Select(line => line.State).ShouldBe(
            [JobState.Pending, JobState.Downloading, JobState.Encoding, JobState.Uploading, JobState.Finished]);
        (await rig.Store.GetLogAsync(id, 1, None))!.Text.ShouldBe("frame=1");
        (await rig.DrainStatesAsync()).ShouldBe([JobState.Pending, JobState.Downloading, JobState.Finished]);
    }

    [Fact]
    public async Task What_a_run_decided_becomes_one_line_of_history()
    {
        var id = await rig.SubmitAsync();

        await rig.Lifecycle.CompleteAsync(
            await rig.ClaimAsync(id, "w1"), Success with { Notes = ["HDR was tone-mapped.", "Left out: cover 0."] }, null, None);

        var line = (await rig.HistoryAsync(id)).Single(each => each.Reason == "HDR was tone-mapped. Left out: cover 0.");
        (line.Attempt, line.WorkerId).ShouldBe((1, "w1"));
        (await rig.GetAsync(id)).State.ShouldBe(JobState.Finished);
    }

    [Fact]
    public async Task A_stale_run_writes_nothing()
    {
        var id = await rig.SubmitAsync();
        var stale = await rig.ClaimAsync(id, "w1");
        rig.Clock.Advance(rig.Options.Lease);
        await rig.ClaimAsync(id, "w2");
        var before = JobJson.Write(await rig.GetAsync(id));

        (await rig.ReportAsync(stale, JobState.Encoding)).ShouldBe(RunDirective.LeaseLost);
        (await rig.Lifecycle.PeekAsync(stale, None)).ShouldBe(RunDirective.LeaseLost);
        (await rig.Lifecycle.CompleteAsync(stale, Success, "stale", None)).ShouldBeFalse();
        (await rig.Lifecycle.CompleteAsync(stale, Failure, "stale", None)).ShouldBeFalse();

        JobJson.Write(await rig.GetAsync(id)).ShouldBe(before);
        (await rig.Store.GetLogAsync(id, 1, None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_run_of_the_same_worker_is_stale_too_after_it_took_the_job_again()
    {
        var id = await rig.SubmitAsync();
        var stale = await rig.ClaimAsync(id, "w1");
        rig.Clock.Advance(rig.Options.Lease);
        await rig.ClaimAsync(id, "w1");

        (await rig.Lifecycle.CompleteAsync(stale, Success, null, None)).ShouldBeFalse();

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Downloading);
    }

    [Fact]
    public async Task A_run_that_lost_its_lease_says_nothing_about_the_job()
    {
        var id = await rig.SubmitAsync();
        var claim = await rig.ClaimAsync(id);

        (await rig.Lifecycle.CompleteAsync(claim, Success with { Outcome = RunOutcome.LeaseLost }, "x", None))
            .ShouldBeFalse();

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Downloading);
    }

    [Fact]
    public async Task A_late_worker_that_nobody_replaced_may_still_complete()
    {
        var id = await rig.SubmitAsync();
        var claim = await rig.ClaimAsync(id);
        rig.Clock.Advance(rig.Options.Lease * 2);

        (await rig.Lifecycle.CompleteAsync(claim, Success, null, None)).ShouldBeTrue();

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Finished);
    }

    [Fact]
    public async Task A_host_that_stops_hands_back_without_a_strike_and_wakes_another_at_once()
    {
        var id = await rig.SubmitAsync();
        await rig.DrainWakesAsync();

        await rig.Lifecycle.CompleteAsync(await rig.ClaimAsync(id), Stopping, null, None);

        var step = await rig.StepAsync(id);
        (step.State, step.Strikes, step.NotBefore, step.LeaseExpiresAt).ShouldBe((JobState.Pending, 0, null, null));
        (await rig.DrainWakesAsync()).ShouldHaveSingleItem();
        (await rig.ClaimAsync(id, "w2")).Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task A_failure_that_would_come_again_ends_the_job_at_once()
    {
        var id = await rig.SubmitAsync();

        await rig.Lifecycle.CompleteAsync(await rig.ClaimAsync(id), Failure, "log", None);

        var job = await rig.GetAsync(id);
        (job.State, job.StateDetails).ShouldBe((JobState.Error, "ffmpeg said no."));
        (await rig.HistoryAsync(id))[^1].Outcome.ShouldBe(RunOutcome.Failed);
    }

    [Fact]
    public async Task A_passing_failure_is_tried_again_later_each_time_after_twice_the_pause()
    {
        var id = await rig.SubmitAsync(Spec with { MaxAttempts = 3 });
        await rig.DrainWakesAsync();

        await rig.Lifecycle.CompleteAsync(await rig.ClaimAsync(id), PassingFailure, null, None);
        (await rig.StepAsync(id)).NotBefore.ShouldBe(rig.Clock.GetUtcNow().AddSeconds(5));
        (await rig.TryClaimAsync(id)).Refusal.ShouldBe(ClaimRefusal.NotYet);
        (await rig.DrainWakesAsync()).ShouldBeEmpty();

        rig.Clock.Advance(TimeSpan.FromSeconds(5));
        (await rig.DrainWakesAsync()).ShouldHaveSingleItem();
        await rig.Lifecycle.CompleteAsync(await rig.ClaimAsync(id), PassingFailure, null, None);
        (await rig.StepAsync(id)).NotBefore.ShouldBe(rig.Clock.GetUtcNow().AddSeconds(10));

        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        await rig.Lifecycle.CompleteAsync(await rig.ClaimAsync(id), PassingFailure, null, None);
        (await rig.GetAsync(id)).State.ShouldBe(JobState.Error);
    }

    [Fact]
    public async Task An_error_keeps_its_last_1023_characters()
    {
        var id = await rig.SubmitAsync();
        var message = new string('x', 2000) + "end";

        await rig.Lifecycle.CompleteAsync(
            await rig.ClaimAsync(id), Failure with { Message = message }, null, None);

        var details = (await rig.GetAsync(id)).StateDetails!;
        details.Length.ShouldBe(1023);
        details.ShouldEndWith("end");
    }

    [Fact]
    public async Task Why_a_job_waits_is_shown_as_it_changes_and_written_to_the_history_once()
    {
        var id = await rig.SubmitAsync();

        foreach (var free in (int[])[3, 3, 2, 1])
            await rig.Lifecycle.DeferAsync(await rig.GetAsync(id), $"{free} bytes are free", None);

        (await rig.GetAsync(id)).WaitReason.ShouldBe("1 bytes are free");
        (await rig.HistoryAsync(id)).Count.ShouldBe(2);
        await rig.ClaimAsync(id);
        (await rig.GetAsync(id)).WaitReason.ShouldBeNull();
    }
}
