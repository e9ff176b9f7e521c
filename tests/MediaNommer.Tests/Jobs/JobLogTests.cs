using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Jobs;

public sealed class JobLogTests
{
    private readonly LifecycleRig rig = new();

    [Theory]
    [InlineData(RunOutcome.LeaseLost)]
    [InlineData(RunOutcome.Finished)]
    public async Task A_run_that_lost_its_step_keeps_its_log_until_a_later_attempt_begins(RunOutcome outcome)
    {
        var id = await rig.SubmitAsync();
        var lost = await rig.ClaimAsync(id);
        rig.Clock.Advance(rig.Options.Lease + TimeSpan.FromSeconds(1));
        await rig.Lifecycle.CheckAsync(await rig.GetAsync(id), LifecycleRig.None);
        var before = await rig.GetAsync(id);
        before.State.ShouldBe(JobState.Pending);

        (await EndAsync(lost, outcome, "so far")).ShouldBeFalse();

        (await rig.Store.GetLogAsync(id, 1, LifecycleRig.None)).ShouldBe(new JobLog(1, "so far"));
        JobJson.Write((await rig.GetAsync(id)) with { Version = before.Version }).ShouldBe(JobJson.Write(before));
        await rig.ClaimAsync(id, "w2");
        (await EndAsync(lost, outcome, "too late")).ShouldBeFalse();
        (await rig.Store.GetLogAsync(id, 1, LifecycleRig.None))!.Text.ShouldBe("so far");
    }

    [Fact]
    public async Task Only_a_running_job_is_watched_and_its_updated_at_stays()
    {
        var id = await rig.SubmitAsync();
        await rig.Lifecycle.WatchLogAsync(await rig.GetAsync(id), LifecycleRig.None);
        (await rig.GetAsync(id)).LogWantedUntil.ShouldBeNull();

        await rig.ClaimAsync(id);
        var before = await rig.GetAsync(id);
        rig.Clock.Advance(TimeSpan.FromSeconds(5));
        await rig.Lifecycle.WatchLogAsync(before, LifecycleRig.None);

        var watched = await rig.GetAsync(id);
        watched.LogWantedUntil.ShouldBe(rig.Clock.GetUtcNow() + TimeSpan.FromMinutes(1));
        watched.UpdatedAt.ShouldBe(before.UpdatedAt);
        watched.EventCount.ShouldBe(before.EventCount);
    }

    private Task<bool> EndAsync(StepClaim claim, RunOutcome outcome, string log) =>
        rig.Lifecycle.CompleteAsync(claim, new RunResult { Outcome = outcome }, log, LifecycleRig.None);
}
