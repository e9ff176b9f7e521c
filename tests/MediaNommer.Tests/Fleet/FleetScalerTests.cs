using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Services;
using MediaNommer.Tests.Feederd;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Fleet;

public sealed class FleetScalerTests : IAsyncLifetime
{
    private readonly FeederdParts parts = new();
    private readonly Machines machines;

    private readonly FleetSpend spend;

    public FleetScalerTests()
    {
        machines = new Machines(parts.Clock);
        spend = new FleetSpend(parts.Settings, parts.Clock, NullLogger<FleetSpend>.Instance);
    }

    [Fact]
    public async Task Launches_for_the_first_job_and_says_why()
    {
        var scaler = NewScaler();
        await scaler.LookAsync(CancellationToken.None);
        scaler.LastDecision!.Reason.ShouldBe("No job is waiting or running.");

        await parts.SubmitAsync();
        await scaler.LookAsync(CancellationToken.None);

        machines.Running.Count.ShouldBe(1);
        scaler.LastDecision.Launched.ShouldBe(1);
        (scaler.LastDecision.UnfinishedJobs, scaler.LastDecision.Workers).ShouldBe((1, 0));
    }

    [Fact]
    public async Task A_member_that_has_not_reported_counts_once_and_so_does_one_that_has()
    {
        var scaler = NewScaler();
        await SubmitAsync(3);
        await scaler.LookAsync(CancellationToken.None);
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBe(1);
        scaler.LastDecision!.Workers.ShouldBe(1);

        await ReportAsync(machines.Running[0].Id + "-abc");
        await scaler.LookAsync(CancellationToken.None);

        machines.Running.Count.ShouldBe(1);
        scaler.LastDecision!.Workers.ShouldBe(1);
    }

    [Fact]
    public async Task A_worker_that_somebody_else_started_counts()
    {
        var scaler = NewScaler();
        await ReportAsync("elsewhere");
        await SubmitAsync(3);

        await scaler.LookAsync(CancellationToken.None);

        machines.Running.ShouldBeEmpty();
        scaler.LastDecision!.Workers.ShouldBe(1);
    }

    [Fact]
    public async Task A_worker_that_stopped_reporting_or_drains_does_not_count()
    {
        var scaler = NewScaler();
        await ReportAsync("silent");
        parts.Clock.Advance(TimeSpan.FromSeconds(parts.Settings.Nommerd.LeaseSeconds + 1));
        await ReportAsync("leaving", NodeState.Draining);
        await SubmitAsync(1);

        await scaler.LookAsync(CancellationToken.None);

        scaler.LastDecision!.Workers.ShouldBe(0);
        machines.Running.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_member_that_never_reports_stops_counting()
    {
        var scaler = NewScaler();
        await SubmitAsync(1);
        await scaler.LookAsync(CancellationToken.None);

        parts.Clock.Advance(TimeSpan.FromMinutes(6));
        await scaler.LookAsync(CancellationToken.None);

        machines.Running.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("Classic")]
    [InlineData("Backlog")]
    public async Task There_are_never_more_machines_than_allowed_however_many_never_report(string policy)
    {
        ScaleByBacklog();
        parts.Settings.Scaling.Policy = policy;
        parts.Settings.Scaling.MaxNumEc2Instances = 3;
        var scaler = NewScaler();
        await SubmitAsync(50);
        for (var minute = 0; minute < 30; minute++)
        {
            await scaler.LookAsync(CancellationToken.None);
            parts.Clock.Advance(TimeSpan.FromMinutes(1));
            await SubmitAsync(1);
        }

        machines.Running.Count.ShouldBe(3);
        scaler.LastDecision!.Launched.ShouldBe(0);
        scaler.LastDecision.Reason.ShouldContain("there are 3, counting those that do not report or are leaving, and at most 3 are allowed");
    }

    [Fact]
    public async Task Machines_that_drain_or_fell_silent_and_workers_of_others_count_towards_the_maximum()
    {
        var scaler = NewScaler();
        await SubmitAsync(1);
        await scaler.LookAsync(CancellationToken.None);
        await ReportAsync(machines.Running[0].Id);
        parts.Clock.Advance(TimeSpan.FromMinutes(10));
        await ReportAsync("elsewhere", NodeState.Draining);
        await SubmitAsync(50);

        await scaler.LookAsync(CancellationToken.None);

        machines.Running.Count.ShouldBe(2, "one is silent, one drains elsewhere, and three are allowed");
        scaler.LastDecision!.Launched.ShouldBe(1);
    }

    [Fact]
    public async Task A_machine_launched_hours_before_its_worker_was_restarted_teaches_nothing_of_starts()
    {
        ScaleByBacklog();
        machines.Running.Add(new FleetMember("old", parts.Clock.GetUtcNow(), IsRunning: true) { MachineType = "c7a.large" });
        parts.Clock.Advance(TimeSpan.FromHours(3));
        await parts.Store.TryPutNodeAsync(
            new Node
            {
                Id = "old", State = NodeState.Draining, StartedAt = parts.Clock.GetUtcNow(), LastReportAt = parts.Clock.GetUtcNow(), Version = 1,
            },
            0, CancellationToken.None);
        var backlog = new BacklogScaling(machines, parts.Store, parts.Stillness, spend, parts.Settings, parts.Clock);

        var load = await backlog.MeasureAsync(
            machines.Running, await parts.Store.ListNodesAsync(CancellationToken.None), new Dictionary<JobState, int>(), CancellationToken.None);

        load.StartSeconds.ShouldBe(75);
        load.Machines.ShouldBe(1, "it drains, and still costs money");
    }

    [Fact]
    public async Task Limits_on_spending_go_by_the_dearest_type_that_a_launch_may_get()
    {
        ScaleByBacklog();
        machines.Machine = machines.Machine with { OtherTypes = ["c7a.4xlarge"] };
        parts.Settings.Scaling.MaxSpendPerHour = 1;
        var scaler = NewScaler();
        await SubmitAsync(40);

        await scaler.LookAsync(CancellationToken.None);

        machines.Running.Count.ShouldBe(1, "a c7a.4xlarge is $0.82 an hour");
    }

    [Fact]
    public async Task After_a_machine_that_never_reported_they_are_launched_one_by_one_until_one_reports()
    {
        ScaleByBacklog();
        var scaler = NewScaler();
        await SubmitAsync(40);
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBeGreaterThan(5);
        machines.Running.Clear();
        var launched = new List<(double At, int Count)>();
        var start = parts.Clock.GetUtcNow();
        while (parts.Clock.GetUtcNow() - start < TimeSpan.FromHours(3))
        {
            await scaler.LookAsync(CancellationToken.None);
            if (machines.Running.Count > 0)
                launched.Add(((parts.Clock.GetUtcNow() - start).TotalMinutes, machines.Running.Count));
            machines.Running.Clear();
            parts.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        launched.ShouldAllBe(launch => launch.Count == 1);
        launched.Count.ShouldBeInRange(8, 20);
        (launched[^1].At - launched[^2].At).ShouldBe(30, 0.1);
        scaler.LastDecision!.Reason.ShouldContain("ended before it reported for the first time");

        parts.Clock.Advance(TimeSpan.FromMinutes(30));
        await scaler.LookAsync(CancellationToken.None);
        scaler.LastDecision.Reason.ShouldContain("Only 1 until one reports: Worker machine");
        await SubmitAsync(10);
        parts.Clock.Advance(TimeSpan.FromMinutes(2));
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBe(1);
        scaler.LastDecision.Reason.ShouldEndWith($"More are launched when {machines.Running[0].Id} has reported.");

        await ReportAsync(machines.Running[0].Id);
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBeGreaterThan(5);
    }

    [Fact]
    public async Task A_launch_that_fails_becomes_the_reason_and_is_repeated_with_growing_pauses()
    {
        var scaler = NewScaler();
        await SubmitAsync(1);
        machines.Refusal = new IOException("No such machine.");
        var tries = new List<double>();
        var start = parts.Clock.GetUtcNow();
        for (var second = 0; second < 60; second++)
        {
            var before = machines.Tries;
            await scaler.LookAsync(CancellationToken.None);
            if (machines.Tries > before)
                tries.Add((parts.Clock.GetUtcNow() - start).TotalSeconds);
            scaler.LastDecision!.Reason.ShouldContain("No such machine");
            scaler.LastDecision.Launched.ShouldBe(0);
            parts.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        tries.ShouldBe([0, 2, 6, 14, 30]);
        machines.Refusal = null;
        parts.Clock.Advance(TimeSpan.FromMinutes(2));
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Workers_that_end_before_they_report_are_not_launched_over_and_over()
    {
        var scaler = NewScaler();
        await SubmitAsync(1);
        for (var second = 0; second < 60; second++)
        {
            await scaler.LookAsync(CancellationToken.None);
            machines.Running.Clear();
            parts.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        machines.Tries.ShouldBeInRange(3, 7);
        scaler.LastDecision!.Reason.ShouldContain("ended before it reported");
    }

    [Fact]
    public async Task A_fleet_that_cannot_be_asked_is_shown_with_its_reason_and_nothing_is_launched()
    {
        var scaler = NewScaler();
        await SubmitAsync(1);
        machines.ListRefusal = new FleetException("EC2 allows these keys too little.");

        await scaler.LookAsync(CancellationToken.None);

        machines.Tries.ShouldBe(0);
        (scaler.LastDecision!.Reason, scaler.LastDecision.UnfinishedJobs).ShouldBe(("EC2 allows these keys too little.", 1));
        machines.ListRefusal = null;
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Why_a_machine_ended_before_it_reported_is_shown()
    {
        var scaler = NewScaler();
        await SubmitAsync(1);
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Clear();
        machines.Ending = "EC2 says: Volume limit exceeded";

        await scaler.LookAsync(CancellationToken.None);

        scaler.LastDecision!.Reason.ShouldContain("ended before it reported for the first time; EC2 says: Volume limit exceeded.");
    }

    [Fact]
    public async Task A_fixed_number_is_kept_alive_whatever_the_workload()
    {
        var scaler = NewScaler(pinned: 2);
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBe(2);
        foreach (var member in machines.Running)
            await ReportAsync(member.Id);

        machines.Running.RemoveAt(0);
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBe(2);

        await SubmitAsync(50);
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBe(2);
        scaler.LastDecision!.Reason.ShouldContain("fixed at 2");
    }

    [Fact]
    public async Task Without_a_fleet_nothing_is_launched()
    {
        var scaler = NewScaler(fleet: new NoFleet());
        await SubmitAsync(50);

        await scaler.LookAsync(CancellationToken.None);

        scaler.LastDecision!.Launched.ShouldBe(0);
        scaler.LastDecision.Reason.ShouldContain("other means");
    }

    [Fact]
    public async Task Switching_launches_off_is_obeyed()
    {
        parts.Settings.Feederd.AllowEc2Launches = false;
        var scaler = NewScaler();
        await SubmitAsync(50);

        await scaler.LookAsync(CancellationToken.None);

        machines.Running.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(ScalingOptions.Classic, true)]
    [InlineData(ScalingOptions.Backlog, false)]
    public async Task While_jobs_wait_the_original_rule_alone_keeps_to_its_interval(string policy, bool keeps)
    {
        parts.Settings.Scaling.Policy = policy;
        parts.Settings.Feederd.AutoScaleInterval = 60;
        await SubmitAsync(5);

        var pause = await NewScaler().LookAsync(CancellationToken.None);

        (pause == TimeSpan.FromSeconds(60)).ShouldBe(keeps);
    }

    [Fact]
    public async Task A_nudge_and_a_job_that_comes_back_make_it_look_at_once()
    {
        parts.Settings.Feederd.AutoScaleInterval = 86400;
        var scaler = await parts.StartAsync(NewScaler());
        await Soon.BeAsync(() => scaler.LastDecision is not null, "the first look");

        await SubmitAsync(1);
        scaler.Nudge();
        await Soon.BeAsync(() => machines.Running.Count == 1, "the nudge is heard", AdvanceALittle);

        await ReportAsync(machines.Running[0].Id, NodeState.Draining);
        var id = await parts.SubmitAsync();
        parts.Hub.Announce(new Core.Queues.StateChangeMessage(id, JobState.Pending));
        await Soon.BeAsync(() => machines.Running.Count == 2, "the job that came back is heard of", AdvanceALittle);
    }

    [Fact]
    public async Task Under_backlog_it_launches_for_the_target_and_not_again_for_the_same_jobs()
    {
        ScaleByBacklog();
        var scaler = NewScaler();
        await SubmitAsync(40);
        for (var i = 0; i < 10; i++)
        {
            await scaler.LookAsync(CancellationToken.None);
            parts.Clock.Advance(TimeSpan.FromSeconds(5));
        }

        machines.Tries.ShouldBe(1);
        machines.Running.Count.ShouldBeInRange(8, 20);
        scaler.LastDecision!.BacklogMinutes.ShouldNotBeNull().ShouldBeGreaterThan(10);
        scaler.LastDecision.Reason.ShouldStartWith("40 jobs wait, about ");
    }

    [Fact]
    public async Task Under_backlog_it_learns_from_finished_jobs()
    {
        ScaleByBacklog();
        var scaler = NewScaler();
        for (var i = 0; i < 30; i++)
            await FinishAsync(seconds: 7);
        await SubmitAsync(1);

        await scaler.LookAsync(CancellationToken.None);
        scaler.LastDecision!.Reason.ShouldMatch(@"^1 job waits, about [1-4]?\d(\.\d)? s each");

        for (var i = 0; i < 30; i++)
            await FinishAsync(seconds: 700);
        parts.Clock.Advance(TimeSpan.FromMinutes(1));
        await scaler.LookAsync(CancellationToken.None);
        scaler.LastDecision!.Reason.ShouldMatch(@"about [4-7]\d\d(\.\d)? s each");
    }

    [Fact]
    public async Task When_the_money_of_the_day_is_spent_the_fleets_workers_and_no_others_are_asked_to_leave()
    {
        ScaleByBacklog();
        parts.Settings.Scaling.PricePerHour = 1;
        parts.Settings.Scaling.MaxSpendPerDay = 0.5;
        var scaler = NewScaler();
        await SubmitAsync(4);
        await scaler.LookAsync(CancellationToken.None);
        parts.Clock.Advance(TimeSpan.FromMinutes(40));
        await ReportAsync(machines.Running[0].Id);
        await ReportAsync("elsewhere");
        await scaler.LookAsync(CancellationToken.None);

        scaler.LastDecision!.Launched.ShouldBe(0);
        scaler.LastDecision.Reason.ShouldContain("of today's $0.5");
        var nodes = await parts.Store.ListNodesAsync(CancellationToken.None);
        nodes.Single(node => node.Id == machines.Running[0].Id).State.ShouldBe(NodeState.Draining);
        nodes.Single(node => node.Id == "elsewhere").State.ShouldBe(NodeState.Active);

        parts.Clock.Advance(TimeSpan.FromDays(1));
        machines.Running.Clear();
        await scaler.LookAsync(CancellationToken.None);
        // One that left without a report is a reason to wait a moment.
        parts.Clock.Advance(TimeSpan.FromSeconds(3));
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.ShouldNotBeEmpty("there is money again");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => parts.DisposeAsync().AsTask();

    private void ScaleByBacklog()
    {
        parts.Settings.Scaling.Policy = Core.Settings.ScalingOptions.Backlog;
        parts.Settings.Scaling.MaxNumEc2Instances = 20;
        machines.Machine = new FleetMachine("c7a.large", TimeSpan.FromSeconds(75));
    }

    private async Task FinishAsync(double seconds)
    {
        var job = (await parts.Store.GetAsync(await parts.SubmitAsync(), CancellationToken.None))!;
        var claim = (await parts.Lifecycle.ClaimAsync(job, JobStep.Encode, "worker", true, CancellationToken.None)).Claim!;
        parts.Clock.Advance(TimeSpan.FromSeconds(seconds));
        var output = new OutputFacts { Duration = seconds };
        var result = new RunResult { Outcome = RunOutcome.Finished, Output = output };
        (await parts.Lifecycle.CompleteAsync(claim, result, null, CancellationToken.None)).ShouldBeTrue();
    }

    private void AdvanceALittle() => parts.Clock.Advance(TimeSpan.FromMilliseconds(50));

    private FleetScaler NewScaler(int? pinned = null, IFleet? fleet = null) => new(
        fleet ?? machines, parts.Store, parts.Hub, parts.Stillness, new FleetTarget(pinned), new NommerNames(parts.Settings),
        new BacklogScaling(fleet ?? machines, parts.Store, parts.Stillness, spend, parts.Settings, parts.Clock), spend, parts.Duties,
        parts.Settings,
        parts.Clock, NullLogger<FleetScaler>.Instance);

    private async Task SubmitAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await parts.SubmitAsync();
    }

    private Task ReportAsync(string id, NodeState state = NodeState.Active) => parts.Store.TryPutNodeAsync(
        new Node { Id = id, State = state, LastReportAt = parts.Clock.GetUtcNow(), Version = 1 }, 0, CancellationToken.None);
}
