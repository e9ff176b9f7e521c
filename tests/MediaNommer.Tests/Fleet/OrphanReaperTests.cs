using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Feederd.Services;
using MediaNommer.Tests.Ec2;
using MediaNommer.Tests.Feederd;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Fleet;

public sealed class OrphanReaperTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly FeederdParts parts = new();
    private readonly EndedMachines fleet = new();
    private readonly OrphanReaper reaper;

    public OrphanReaperTests()
    {
        reaper = new(fleet, parts.Store, parts.Duties, parts.Settings, parts.Clock, NullLogger<OrphanReaper>.Instance);
        fleet.Members.Add(new FleetMember("i-1", parts.Clock.GetUtcNow(), IsRunning: true));
    }

    [Fact]
    public async Task A_machine_that_never_reports_is_complained_about_and_ended_at_the_next_look()
    {
        await LookAsync(after: 14.9);
        reaper.ComplaintAbout("i-1").ShouldBeNull();

        await LookAsync(after: 0.2);
        reaper.ComplaintAbout("i-1").ShouldBe("It was launched 15 minutes ago and has never reported; its console output says why.");
        fleet.Ended.ShouldBeEmpty();

        await LookAsync(after: 1);
        fleet.Ended.ShouldBe(["i-1"]);
        await LookAsync(after: 1);
        reaper.ComplaintAbout("i-1").ShouldBeNull();
        fleet.Tries.ShouldBe(1);
    }

    [Fact]
    public async Task A_machine_whose_worker_reports_is_never_ended_however_old_it_is()
    {
        for (var minute = 0; minute < 60; minute += 10)
        {
            await ReportAsync("i-1");
            await LookAsync(after: 10);
        }

        reaper.ComplaintAbout("i-1").ShouldBeNull();
        fleet.Tries.ShouldBe(0);
    }

    [Fact]
    public async Task A_machine_whose_worker_has_stopped_reporting_or_left_is_ended()
    {
        fleet.Members.Add(new FleetMember("i-2", parts.Clock.GetUtcNow(), IsRunning: true));
        await ReportAsync("i-1-77-abcdef");
        await ReportAsync("i-2", NodeState.Terminated);

        await LookAsync(after: 16);
        reaper.ComplaintAbout("i-1").ShouldBe("It has not reported for 16 minutes.");
        await LookAsync(after: 1);

        fleet.Ended.ShouldBe(["i-1", "i-2"], ignoreOrder: true);
        (await parts.Store.GetNodeAsync("i-1-77-abcdef", None))!.State.ShouldBe(NodeState.Terminated);
    }

    [Fact]
    public async Task A_machine_that_reports_after_all_is_spared()
    {
        await LookAsync(after: 16);
        await ReportAsync("i-1");

        await LookAsync(after: 1);

        reaper.ComplaintAbout("i-1").ShouldBeNull();
        fleet.Tries.ShouldBe(0);
    }

    [Fact]
    public async Task A_machine_that_reports_between_two_looks_is_spared_even_if_a_clock_makes_it_look_silent()
    {
        await ReportAsync("i-1");
        await LookAsync(after: 16);
        for (var i = 0; i < 5; i++)
        {
            // Its clock is far behind ours.
            var node = (await parts.Memory.GetNodeAsync("i-1", None))!;
            await parts.Memory.TryPutNodeAsync(node with { Version = node.Version + 1 }, node.Version, None);
            await LookAsync(after: 1);
        }

        fleet.Tries.ShouldBe(0);
        await LookAsync(after: 1);
        fleet.Ended.ShouldBe(["i-1"]);
    }

    [Fact]
    public async Task A_marked_machine_that_could_not_be_ended_is_tried_again_at_the_next_look()
    {
        await ReportAsync("i-1");
        fleet.BeforeEnd = _ => throw new FleetException("Not now.");
        await LookAsync(after: 16);
        await LookAsync(after: 1);
        fleet.BeforeEnd = _ => { };
        await LookAsync(after: 1);

        fleet.Ended.ShouldBe(["i-1"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_machine_is_judged_by_its_last_report_which_the_pruner_keeps_while_the_machine_is_there(bool cannotList)
    {
        await ReportAsync("i-1");
        await ReportAsync("elsewhere");
        parts.Clock.Advance(TimeSpan.FromDays(1));
        await ReportAsync("i-1");
        fleet.Trouble = cannotList ? new FleetException("EC2 is away.") : null;
        var log = new LogLines<JobPruner>();
        await parts.StartAsync(new JobPruner(parts.Memory, fleet, parts.Stillness, parts.Duties, parts.Settings, parts.Clock, log));
        await Soon.BeAsync(
            () => cannotList || parts.Memory.GetNodeAsync("elsewhere", None).Result is null, "the pruner forgets who has no machine");
        fleet.Trouble = null;

        // Ten minutes: longer than the pruner keeps other nodes, shorter than the reaper's patience.
        for (var minute = 0; minute < 10; minute++)
            await LookAsync(after: 1);
        await Soon.BeAsync(() => parts.Memory.GetNodeAsync("elsewhere", None).Result is null, "it went round again");

        reaper.ComplaintAbout("i-1").ShouldBeNull();
        (await parts.Memory.GetNodeAsync("i-1", None)).ShouldNotBeNull();
        await LookAsync(after: 6);
        reaper.ComplaintAbout("i-1").ShouldBe("It has not reported for 16 minutes.");
        fleet.Members.Clear();
        await Soon.BeAsync(
            () => parts.Memory.GetNodeAsync("i-1", None).Result is null, "its node goes after it",
            () => parts.Clock.Advance(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_machine_that_reports_at_the_very_moment_is_spared()
    {
        var (store, line) = FlakyStore.Around(parts.Memory);
        var late = new OrphanReaper(fleet, store, parts.Duties, parts.Settings, parts.Clock, NullLogger<OrphanReaper>.Instance);
        await ReportAsync("i-1");
        parts.Clock.Advance(TimeSpan.FromMinutes(16));
        await late.LookAsync(None);
        line.IsCut = call =>
        {
            if (call == nameof(IJobStore.GetRunningAsync))
                ReportAsync("i-1").Wait();
            return false;
        };

        await late.LookAsync(None);

        fleet.Tries.ShouldBe(0);
        (await parts.Store.GetNodeAsync("i-1", None))!.State.ShouldBe(NodeState.Active);
    }

    [Fact]
    public async Task A_machine_that_holds_a_job_is_spared_for_as_long_as_its_lease_lasts()
    {
        parts.Settings.Scaling.OrphanMinutes = 1;
        parts.Settings.Nommerd.HeartbeatInterval = 1;
        var id = await parts.SubmitAsync();
        var claim = (await parts.Lifecycle.ClaimAsync((await parts.Store.GetAsync(id, None))!, JobStep.Encode, "i-1-5-abcdef", true, None)).Claim!;
        for (var second = 0; second < 300; second += 30)
        {
            await parts.Lifecycle.ReportAsync(claim, new StepProgress(), null, None);
            await LookAsync(after: 0.5);
        }

        fleet.Tries.ShouldBe(0);
        await LookAsync(after: 2);
        await LookAsync(after: 1);
        fleet.Ended.ShouldBe(["i-1"]);
    }

    [Fact]
    public async Task One_that_cannot_be_ended_is_tried_again_and_keeps_none_of_the_others()
    {
        fleet.Members.Add(new FleetMember("i-2", parts.Clock.GetUtcNow(), IsRunning: true));
        fleet.BeforeEnd = id => { if (id == "i-1") throw new FleetException("Not allowed."); };
        await LookAsync(after: 16);
        await LookAsync(after: 1);
        fleet.Ended.ShouldBe(["i-2"]);

        fleet.BeforeEnd = _ => { };
        await LookAsync(after: 1);

        fleet.Ended.ShouldBe(["i-2", "i-1"]);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => parts.DisposeAsync().AsTask();

    private Task LookAsync(double after)
    {
        parts.Clock.Advance(TimeSpan.FromMinutes(after));
        return reaper.LookAsync(None);
    }

    private async Task ReportAsync(string id, NodeState state = NodeState.Active)
    {
        var version = (await parts.Memory.GetNodeAsync(id, None))?.Version ?? 0;
        await parts.Memory.TryPutNodeAsync(
            new Node { Id = id, State = state, LastReportAt = parts.Clock.GetUtcNow(), Version = version + 1 }, version, None);
    }
}
