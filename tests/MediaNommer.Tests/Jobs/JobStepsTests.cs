using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;
using static MediaNommer.Tests.Jobs.LifecycleRig;

namespace MediaNommer.Tests.Jobs;

/// <summary>A job of several steps: plan, then two segments side by side, then stitch.</summary>
public sealed class JobStepsTests
{
    private readonly LifecycleRig rig = new();

    [Fact]
    public async Task The_state_of_the_job_follows_from_its_steps()
    {
        var id = await CreateAsync();
        var seen = new List<JobState>();

        await RunAsync("plan");
        var first = await TakeAsync("segment-1", "w1");
        var second = await TakeAsync("segment-2", "w2");
        await CompleteAsync(first, Success);
        await CompleteAsync(second, Success);
        await RunAsync("stitch");

        seen.ShouldBe(
        [
            JobState.Downloading, JobState.Pending, JobState.Downloading, JobState.Downloading, JobState.Downloading,
            JobState.Pending, JobState.Downloading, JobState.Finished,
        ]);
        (await rig.GetAsync(id)).Progress.ShouldBe(1);

        async Task RunAsync(string step) => await CompleteAsync(await TakeAsync(step, "w"), Success);

        async Task<StepClaim> TakeAsync(string step, string worker)
        {
            var claim = await rig.ClaimAsync(id, worker, step);
            seen.Add((await rig.GetAsync(id)).State);
            return claim;
        }

        async Task CompleteAsync(StepClaim claim, RunResult result)
        {
            await rig.Lifecycle.CompleteAsync(claim, result, null, None);
            seen.Add((await rig.GetAsync(id)).State);
        }
    }

    [Fact]
    public async Task A_step_cannot_be_claimed_before_those_it_waits_for()
    {
        var id = await CreateAsync();

        (await rig.TryClaimAsync(id, step: "segment-1")).Refusal.ShouldBe(ClaimRefusal.NotYet);
        (await rig.TryClaimAsync(id, step: "stitch")).Refusal.ShouldBe(ClaimRefusal.NotYet);
        await FinishAsync(id, "plan");

        await rig.ClaimAsync(id, "w1", "segment-1");
        (await rig.TryClaimAsync(id, step: "stitch")).Refusal.ShouldBe(ClaimRefusal.NotYet);
        (await rig.TryClaimAsync(id, step: "plan")).Refusal.ShouldBe(ClaimRefusal.Gone);
    }

    [Fact]
    public async Task Whoever_finishes_the_last_step_that_was_waited_for_wakes_the_next()
    {
        var id = await CreateAsync();

        await FinishAsync(id, "plan");
        (await WokenAsync()).ShouldBe(["segment-1", "segment-2"]);

        await FinishAsync(id, "segment-2");
        (await WokenAsync()).ShouldBeEmpty();
        await FinishAsync(id, "segment-1");
        (await WokenAsync()).ShouldBe(["stitch"]);
    }

    [Fact]
    public async Task A_step_that_is_handed_back_is_announced_though_others_still_run()
    {
        var id = await CreateAsync();
        await FinishAsync(id, "plan");
        await rig.ClaimAsync(id, "w1", "segment-1");
        var second = await rig.ClaimAsync(id, "w2", "segment-2");
        await rig.DrainWakesAsync();

        await rig.Lifecycle.CompleteAsync(second, Stopping, null, None);

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Downloading);
        (await WokenAsync()).ShouldBe(["segment-2"]);
    }

    [Fact]
    public async Task A_step_whose_message_got_lost_is_announced_again_though_others_go_on_reporting()
    {
        var id = await CreateAsync();
        await FinishAsync(id, "plan");
        var first = await rig.ClaimAsync(id, "w1", "segment-1");
        await rig.DrainWakesAsync();

        for (var seconds = 0; seconds < 75; seconds += 15)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(15));
            (await rig.ReportAsync(first)).ShouldBe(RunDirective.Continue);
            await rig.SweepAsync();
        }

        (await WokenAsync()).ShouldContain("segment-2");
    }

    [Fact]
    public async Task A_vanished_worker_loses_only_its_own_step()
    {
        var id = await CreateAsync();
        await FinishAsync(id, "plan");
        await rig.ClaimAsync(id, "w1", "segment-1");
        rig.Clock.Advance(TimeSpan.FromSeconds(30));
        var second = await rig.ClaimAsync(id, "w2", "segment-2");
        await rig.DrainWakesAsync();
        rig.Clock.Advance(TimeSpan.FromSeconds(20));

        await rig.SweepAsync();

        (await WokenAsync()).ShouldBe(["segment-1"]);
        (await rig.ReportAsync(second)).ShouldBe(RunDirective.Continue);
        (await rig.GetAsync(id)).FindStep("segment-1")!.Strikes.ShouldBe(1);
        (await rig.GetAsync(id)).FindStep("segment-2")!.Strikes.ShouldBe(0);
    }

    [Fact]
    public async Task One_failed_step_ends_the_job_and_the_others_stop()
    {
        var id = await CreateAsync();
        await FinishAsync(id, "plan");
        var first = await rig.ClaimAsync(id, "w1", "segment-1");
        var second = await rig.ClaimAsync(id, "w2", "segment-2");

        await rig.Lifecycle.CompleteAsync(first, Failure, null, None);

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Error);
        (await rig.ReportAsync(second)).ShouldBe(RunDirective.LeaseLost);
        (await rig.Lifecycle.CompleteAsync(second, Success, null, None)).ShouldBeFalse();
        (await rig.GetAsync(id)).FindStep("stitch")!.State.ShouldBe(JobState.Cancelled);
    }

    [Fact]
    public async Task A_retry_keeps_the_steps_that_are_finished()
    {
        var id = await CreateAsync();
        await FinishAsync(id, "plan");
        await FinishAsync(id, "segment-1");
        await rig.Lifecycle.CompleteAsync(await rig.ClaimAsync(id, "w", "segment-2"), Failure, null, None);
        await rig.DrainWakesAsync();

        await rig.Lifecycle.RetryAsync(id, None);

        (await WokenAsync()).ShouldBe(["segment-2"]);
        await FinishAsync(id, "segment-2");
        await FinishAsync(id, "stitch");
        (await rig.GetAsync(id)).State.ShouldBe(JobState.Finished);
    }

    [Fact]
    public async Task Cancelling_between_two_steps_takes_effect_at_once()
    {
        var id = await CreateAsync();
        await FinishAsync(id, "plan");

        await rig.Lifecycle.CancelAsync(id, None);

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Cancelled);
        (await rig.TryClaimAsync(id, step: "segment-1")).Refusal.ShouldBe(ClaimRefusal.Gone);
    }

    [Fact]
    public async Task Cancelling_while_one_step_runs_lets_no_other_begin()
    {
        var id = await CreateAsync();
        await FinishAsync(id, "plan");
        var first = await rig.ClaimAsync(id, "w1", "segment-1");
        await rig.Lifecycle.CancelAsync(id, None);

        (await rig.TryClaimAsync(id, "w2", "segment-2")).Claim.ShouldBeNull();

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Cancelled);
        (await rig.ReportAsync(first)).ShouldBe(RunDirective.LeaseLost);
    }

    private async Task<string> CreateAsync()
    {
        var now = rig.Clock.GetUtcNow();
        var job = new Job
        {
            Id = Job.NewId(rig.Clock),
            Spec = Spec,
            Steps =
            [
                new JobStep { Name = "plan" },
                new JobStep { Name = "segment-1", WaitsFor = ["plan"] },
                new JobStep { Name = "segment-2", WaitsFor = ["plan"] },
                new JobStep { Name = "stitch", WaitsFor = ["segment-1", "segment-2"] },
            ],
            CreatedAt = now,
            UpdatedAt = now,
            NextCheckAt = now + rig.Options.ResendAfter,
            Version = 1,
        };
        await rig.Store.CreateAsync(new JobChange { Job = job }, null, None);
        return job.Id;
    }

    private async Task FinishAsync(string id, string step) =>
        await rig.Lifecycle.CompleteAsync(await rig.ClaimAsync(id, "w", step), Success, null, None);

    private async Task<IEnumerable<string>> WokenAsync() =>
        (await rig.DrainWakesAsync()).Select(wake => wake.Step).Order();
}
