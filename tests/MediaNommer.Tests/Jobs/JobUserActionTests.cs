using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;
using static MediaNommer.Tests.Jobs.LifecycleRig;

namespace MediaNommer.Tests.Jobs;

/// <summary>Submitting twice, cancelling and retrying, and what the outside is told.</summary>
public sealed class JobUserActionTests
{
    private static readonly MediaUri Hook = new("http://example.org/hook", null);
    private readonly LifecycleRig rig = new();

    [Fact]
    public async Task Submitting_again_with_the_same_key_gives_the_same_job_and_wakes_nobody()
    {
        var first = await rig.Lifecycle.SubmitAsync(Spec, "key", [], None);
        await rig.DrainWakesAsync();

        (await rig.Lifecycle.SubmitAsync(Spec, "key", [], None)).ShouldBe(first);
        (await rig.DrainWakesAsync()).ShouldBeEmpty();

        rig.Clock.Advance(TimeSpan.FromHours(24));
        (await rig.Lifecycle.SubmitAsync(Spec, "key", [], None)).ShouldNotBe(first);
    }

    [Fact]
    public async Task Remarks_are_in_the_history()
    {
        var id = await rig.Lifecycle.SubmitAsync(Spec, null, ["libfaac became aac."], None);

        (await rig.HistoryAsync(id)).Select(line => line.Reason).ShouldBe(["Accepted.", "libfaac became aac."]);
    }

    [Fact]
    public async Task A_waiting_job_is_cancelled_at_once()
    {
        var id = await rig.SubmitAsync();

        (await rig.Lifecycle.CancelAsync(id, None)).ShouldBe(UserActionResult.Done);

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Cancelled);
        (await rig.TryClaimAsync(id)).Refusal.ShouldBe(ClaimRefusal.Gone);
    }

    [Theory]
    [InlineData(JobState.Downloading)]
    [InlineData(JobState.Encoding)]
    [InlineData(JobState.Uploading)]
    public async Task The_worker_of_a_running_job_is_told_to_cancel(JobState state)
    {
        var id = await rig.SubmitAsync();
        var claim = await rig.ClaimAsync(id);
        await rig.BringToAsync(claim, state);

        (await rig.Lifecycle.CancelAsync(id, None)).ShouldBe(UserActionResult.Done);
        (await rig.Lifecycle.CancelAsync(id, None)).ShouldBe(UserActionResult.Done);
        (await rig.GetAsync(id)).State.ShouldBe(state);
        (await rig.Lifecycle.PeekAsync(claim, None)).ShouldBe(RunDirective.Cancel);
        (await rig.ReportAsync(claim)).ShouldBe(RunDirective.Cancel);
        await rig.Lifecycle.CompleteAsync(claim, Cancelled, null, None);

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Cancelled);
    }

    [Fact]
    public async Task A_cancelled_job_does_not_run_again_when_its_worker_vanishes_stops_or_fails()
    {
        var vanished = await SubmitRunningAndCancelAsync();
        rig.Clock.Advance(rig.Options.Lease);
        await rig.SweepAsync();
        (await rig.GetAsync(vanished.Job.Id)).State.ShouldBe(JobState.Cancelled);

        foreach (var result in (RunResult[])[Stopping, Failure, PassingFailure])
        {
            var claim = await SubmitRunningAndCancelAsync();
            await rig.Lifecycle.CompleteAsync(claim, result, null, None);
            (await rig.GetAsync(claim.Job.Id)).State.ShouldBe(JobState.Cancelled);
        }
    }

    [Fact]
    public async Task An_output_that_is_already_in_place_counts_more_than_a_late_cancel()
    {
        var claim = await SubmitRunningAndCancelAsync();

        await rig.Lifecycle.CompleteAsync(claim, Success, null, None);

        (await rig.GetAsync(claim.Job.Id)).State.ShouldBe(JobState.Finished);
    }

    [Theory]
    [InlineData(JobState.Finished)]
    [InlineData(JobState.Error)]
    [InlineData(JobState.Abandoned)]
    [InlineData(JobState.Cancelled)]
    public async Task A_job_that_has_ended_cannot_be_cancelled(JobState state)
    {
        var id = await rig.SubmitInStateAsync(state);

        (await rig.Lifecycle.CancelAsync(id, None)).ShouldBe(UserActionResult.WrongState);
        (await rig.GetAsync(id)).State.ShouldBe(state);
    }

    [Theory]
    [InlineData(JobState.Error)]
    [InlineData(JobState.Abandoned)]
    [InlineData(JobState.Cancelled)]
    public async Task A_job_without_a_result_is_retried_with_all_its_attempts(JobState state)
    {
        var id = await rig.SubmitInStateAsync(state);
        await rig.DrainWakesAsync();

        (await rig.Lifecycle.RetryAsync(id, None)).ShouldBe(UserActionResult.Done);

        var job = await rig.GetAsync(id);
        (job.State, job.StateDetails, job.FinishedAt, job.CancelRequested).ShouldBe(
            (JobState.Pending, null, null, false));
        job.Steps[0].Strikes.ShouldBe(0);
        (await rig.DrainWakesAsync()).ShouldHaveSingleItem();
        await rig.Lifecycle.CompleteAsync(await rig.ClaimAsync(id), Success, null, None);
        (await rig.GetAsync(id)).State.ShouldBe(JobState.Finished);
    }

    [Theory]
    [InlineData(JobState.Pending)]
    [InlineData(JobState.Encoding)]
    [InlineData(JobState.Finished)]
    public async Task Other_jobs_cannot_be_retried(JobState state)
    {
        var id = await rig.SubmitInStateAsync(state);

        (await rig.Lifecycle.RetryAsync(id, None)).ShouldBe(UserActionResult.WrongState);
    }

    [Fact]
    public async Task The_run_of_before_a_retry_is_stale()
    {
        var claim = await SubmitRunningAndCancelAsync();
        rig.Clock.Advance(rig.Options.Lease);
        await rig.SweepAsync();
        await rig.Lifecycle.RetryAsync(claim.Job.Id, None);

        (await rig.Lifecycle.CompleteAsync(claim, Success, null, None)).ShouldBeFalse();

        (await rig.GetAsync(claim.Job.Id)).State.ShouldBe(JobState.Pending);
    }

    [Fact]
    public async Task Unknown_jobs_are_not_found()
    {
        (await rig.Lifecycle.CancelAsync("nothing", None)).ShouldBe(UserActionResult.NotFound);
        (await rig.Lifecycle.RetryAsync("nothing", None)).ShouldBe(UserActionResult.NotFound);
    }

    [Fact]
    public async Task A_post_hook_is_told_of_every_change_of_state_in_order()
    {
        var id = await rig.SubmitAsync(Spec with { NotifyUrl = Hook, NotifyMethod = NotifyMethod.Post });
        var claim = await rig.ClaimAsync(id);
        await rig.ReportAsync(claim, JobState.Encoding);
        await rig.ReportAsync(claim);
        await rig.Lifecycle.CompleteAsync(claim, Success, null, None);

        var told = await NotificationsAsync(id);

        told.Select(one => one.JobState).ShouldBe(
            [JobState.Pending, JobState.Downloading, JobState.Encoding, JobState.Uploading, JobState.Finished]);
        told.Select(one => one.Sequence).ShouldBeInOrder();
        told.Select(one => one.Id).ShouldBeUnique();
    }

    [Theory]
    [InlineData(JobState.Finished)]
    [InlineData(JobState.Error)]
    [InlineData(JobState.Cancelled)]
    public async Task A_get_hook_is_told_of_the_end_only(JobState end)
    {
        var id = await rig.SubmitAsync(Spec with { NotifyUrl = Hook });
        if (end == JobState.Cancelled)
            await rig.Lifecycle.CancelAsync(id, None);
        else
            await rig.Lifecycle.CompleteAsync(
                await rig.ClaimAsync(id), end == JobState.Finished ? Success : Failure, null, None);

        (await NotificationsAsync(id)).ShouldHaveSingleItem().JobState.ShouldBe(end);
    }

    [Fact]
    public async Task A_job_without_a_hook_tells_nobody()
    {
        await rig.SubmitInStateAsync(JobState.Finished);

        (await rig.Store.ListNotificationsAsync(new NotificationQuery(), None)).Notifications.ShouldBeEmpty();
    }

    private async Task<StepClaim> SubmitRunningAndCancelAsync()
    {
        var id = await rig.SubmitAsync();
        var claim = await rig.ClaimAsync(id);
        await rig.Lifecycle.CancelAsync(id, None);
        return claim;
    }

    private async Task<List<Notification>> NotificationsAsync(string id)
    {
        var page = await rig.Store.ListNotificationsAsync(new NotificationQuery { JobId = id }, None);
        return [.. page.Notifications.Select(record => record.Notification).Reverse()];
    }
}
