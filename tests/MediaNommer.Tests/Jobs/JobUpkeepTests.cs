using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using Shouldly;
using Xunit;
using static MediaNommer.Tests.Jobs.LifecycleRig;

namespace MediaNommer.Tests.Jobs;

/// <summary>What the sweeper does about workers that vanish and jobs that nobody takes.</summary>
public sealed class JobUpkeepTests
{
    private readonly LifecycleRig rig = new();

    [Theory]
    [InlineData(JobState.Downloading)]
    [InlineData(JobState.Encoding)]
    [InlineData(JobState.Uploading)]
    public async Task A_job_whose_worker_went_silent_goes_back_to_the_queue(JobState state)
    {
        var id = await rig.SubmitInStateAsync(state);
        await rig.DrainWakesAsync();
        rig.Clock.Advance(rig.Options.Lease);

        await rig.SweepAsync();

        var step = await rig.StepAsync(id);
        (step.State, step.Strikes, step.LastOutcome).ShouldBe((JobState.Pending, 1, RunOutcome.LeaseLost));
        (await rig.DrainWakesAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_job_whose_worker_reports_is_left_alone()
    {
        var id = await rig.SubmitAsync();
        var claim = await rig.ClaimAsync(id);
        for (var i = 0; i < 10; i++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(40));
            await rig.SweepAsync();
            (await rig.ReportAsync(claim)).ShouldBe(RunDirective.Continue);
        }

        (await rig.StepAsync(id)).Strikes.ShouldBe(0);
    }

    [Fact]
    public async Task A_job_that_kills_worker_after_worker_ends_in_error()
    {
        var id = await rig.SubmitAsync(Spec with { MaxAttempts = 3 });
        for (var i = 1; i <= 3; i++)
        {
            await rig.ClaimAsync(id, $"w{i}");
            rig.Clock.Advance(rig.Options.Lease);
            await rig.SweepAsync();
        }

        var job = await rig.GetAsync(id);
        job.State.ShouldBe(JobState.Error);
        job.StateDetails!.ShouldContain("max_attempts");
        job.StateDetails!.ShouldContain("w3");
    }

    [Fact]
    public async Task A_claim_of_an_expired_lease_counts_the_strike_and_ends_the_job_at_the_limit()
    {
        var id = await rig.SubmitAsync(Spec with { MaxAttempts = 1 });
        await rig.ClaimAsync(id, "w1");
        rig.Clock.Advance(rig.Options.Lease);

        (await rig.TryClaimAsync(id, "w2")).Refusal.ShouldNotBe(ClaimRefusal.NotYet);

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Error);
    }

    [Fact]
    public async Task Hosts_that_stop_never_use_up_the_attempts()
    {
        var id = await rig.SubmitAsync(Spec with { MaxAttempts = 1 });
        for (var i = 0; i < 5; i++)
            await rig.Lifecycle.CompleteAsync(await rig.ClaimAsync(id), Stopping, null, None);

        var step = await rig.StepAsync(id);
        (step.State, step.Attempt, step.Strikes).ShouldBe((JobState.Pending, 5, 0));
    }

    [Fact]
    public async Task The_message_of_a_waiting_job_is_sent_again_after_twice_the_time_each_time()
    {
        var id = await rig.SubmitAsync();
        var start = rig.Clock.GetUtcNow();
        await rig.DrainWakesAsync();
        var sentAt = new List<double>();
        for (var second = 1; second <= 1000; second++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(1));
            await rig.SweepAsync();
            if ((await rig.DrainWakesAsync()).Count > 0)
                sentAt.Add((rig.Clock.GetUtcNow() - start).TotalSeconds);
        }

        sentAt.ShouldBe([60, 120, 240, 480, 960]);
        (await rig.HistoryAsync(id)).Count.ShouldBe(1);
        (await rig.GetAsync(id)).UpdatedAt.ShouldBe(start);
    }

    [Fact]
    public async Task A_check_before_its_time_does_nothing()
    {
        var id = await rig.SubmitAsync();
        await rig.DrainWakesAsync();
        rig.Clock.Advance(TimeSpan.FromSeconds(59));

        await rig.Lifecycle.CheckAsync(await rig.GetAsync(id), None);

        (await rig.GetAsync(id)).Version.ShouldBe(1);
        (await rig.DrainWakesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Many_sweepers_send_one_message()
    {
        var id = await rig.SubmitAsync();
        await rig.DrainWakesAsync();
        rig.Clock.Advance(rig.Options.ResendAfter);
        var due = await rig.GetAsync(id);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => rig.Lifecycle.CheckAsync(due, None))));

        (await rig.DrainWakesAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_job_that_nobody_takes_is_abandoned()
    {
        var id = await rig.SubmitAsync();
        var start = rig.Clock.GetUtcNow();
        while ((await rig.GetAsync(id)).NextCheckAt is { } next)
        {
            rig.Clock.Advance(next - rig.Clock.GetUtcNow());
            await rig.SweepAsync();
        }

        var job = await rig.GetAsync(id);
        job.State.ShouldBe(JobState.Abandoned);
        (job.FinishedAt - start).ShouldBe(rig.Options.AbandonAfter);
        job.StateDetails!.ShouldContain("86400 s");
    }

    [Fact]
    public async Task A_job_that_waits_behind_others_is_abandoned_only_when_no_worker_did_anything_for_that_long()
    {
        var id = await rig.SubmitAsync();
        var busyUntil = rig.Clock.GetUtcNow() + TimeSpan.FromDays(3);
        var checks = await SweepUntilAbandonedAsync(id, busyUntil);

        ((await rig.GetAsync(id)).FinishedAt - busyUntil)!.Value.TotalHours.ShouldBeInRange(12, 36);
        checks.ShouldBeLessThan(200, "about once an hour is enough");
    }

    [Fact]
    public async Task A_long_wait_outlasts_an_hour_without_any_worker()
    {
        var id = await rig.SubmitAsync();
        for (var hour = 1; hour < 72; hour++)
        {
            rig.Clock.Advance(TimeSpan.FromHours(1));
            var isAway = hour % 24 == 0;
            if (isAway)
                await rig.Store.RemoveNodeAsync("w1", None);
            else
                await ReportAsync(isFirst: hour % 24 == 1);
            await rig.SweepAsync();
        }

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Pending);
    }

    [Fact]
    public async Task A_job_that_no_worker_can_take_is_abandoned_though_they_are_busy_with_others()
    {
        var id = await rig.SubmitAsync();
        await rig.Lifecycle.DeferAsync(await rig.GetAsync(id), "Nobody has the nommer 'x'.", None);
        var start = rig.Clock.GetUtcNow();
        await SweepUntilAbandonedAsync(id, start + TimeSpan.FromDays(3));

        ((await rig.GetAsync(id)).FinishedAt - start).ShouldBe(rig.Options.AbandonAfter);
    }

    [Fact]
    public async Task A_finished_job_is_never_due()
    {
        await rig.SubmitInStateAsync(JobState.Finished);
        rig.Clock.Advance(TimeSpan.FromDays(30));

        (await rig.Store.GetDueAsync(rig.Clock.GetUtcNow(), 10, None)).ShouldBeEmpty();
    }

    /// <summary>Sweeps whenever the job is due, beside a worker that runs others until then; counts the sweeps.</summary>
    private async Task<int> SweepUntilAbandonedAsync(string id, DateTimeOffset busyUntil)
    {
        var sweeps = 0;
        for (; (await rig.GetAsync(id)).NextCheckAt is { } next && sweeps < 1000; sweeps++)
        {
            rig.Clock.Advance(next - rig.Clock.GetUtcNow());
            if (rig.Clock.GetUtcNow() <= busyUntil)
                await ReportAsync(isFirst: sweeps == 0);
            await rig.SweepAsync();
        }

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Abandoned);
        return sweeps;
    }

    /// <summary>A worker says that it runs a job.</summary>
    private async Task ReportAsync(bool isFirst)
    {
        var before = isFirst ? 0 : (await rig.Store.GetNodeAsync("w1", None))!.Version;
        var node = new Node
        {
            Id = "w1",
            Running = [new RunningStep { JobId = "other", Step = JobStep.Encode }],
            LastReportAt = rig.Clock.GetUtcNow(),
            Version = before + 1,
        };
        (await rig.Store.TryPutNodeAsync(node, before, None)).ShouldBeTrue();
    }
}
