using System.Globalization;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd;
using MediaNommer.Nommerd.Ec2;
using MediaNommer.Nommerd.Worker;
using MediaNommer.Tests.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ec2;

/// <summary>A worker on a machine of EC2: who it is, when it ends its machine, and what it does when that is taken away.</summary>
public class MachineWorkerTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static int machines;

    private readonly EndedMachines ended = new();
    private readonly Ec2Machine machine = new($"i-{Interlocked.Increment(ref machines):x17}", "c7a.large", "eu-central-1b", IsSpot: false);

    [Fact]
    public async Task It_goes_by_its_machine_and_says_what_it_is()
    {
        await using var system = NewSystem();
        await StartAsync(system);
        await StartAsync(system);
        await Soon.BeAsync(() => system.Store.ListNodesAsync(None).Result.Count == 2, "both have reported");

        var nodes = await system.Store.ListNodesAsync(None);
        nodes.ShouldContain(node => node.Id == machine.Id);
        nodes.ShouldContain(node => node.Id.StartsWith(machine.Id + "-"));
        nodes.ShouldAllBe(node => node.MachineType == "c7a.large" && node.Zone == "eu-central-1b" && !node.IsSpot);
    }

    [Fact]
    public async Task The_next_worker_of_a_machine_begins_anew()
    {
        await using var system = NewSystem();
        await StopAsync(system, await StartAsync(system));
        (await system.Store.GetNodeAsync(machine.Id, None))!.State.ShouldBe(NodeState.Terminated);

        var next = await StartAsync(system);

        await system.UntilAsync(await system.SubmitAsync(), JobState.Finished);
        (await system.Store.ListNodesAsync(None)).ShouldHaveSingleItem().State.ShouldBe(NodeState.Active);
        WorkerOf(next).IsDraining.ShouldBeFalse();
    }

    [Fact]
    public async Task Idle_for_too_long_it_tells_the_store_that_it_ends_and_then_ends_its_machine()
    {
        await using var system = NewSystem(maxInactivity: 0.2);
        var state = NodeState.Active;
        ended.BeforeEnd = id => state = system.Store.GetNodeAsync(id, None).Result!.State;

        await EndOf(await StartAsync(system));

        ended.Ended.ShouldBe([machine.Id]);
        state.ShouldBe(NodeState.Terminated);
        (await system.Store.GetNodeAsync(machine.Id, None))!.Reason!.ShouldStartWith("Idle for ");
    }

    [Fact]
    public async Task A_machine_of_ones_own_and_one_whose_worker_was_told_to_stop_are_never_ended()
    {
        await using var system = NewSystem(maxInactivity: 0.2);
        var own = await StartAsync(system, new NommerdLaunch { IsLocal = true });
        system.Options.Nommerd.MaxInactivity = 600;
        var told = await StartAsync(system);

        WorkerOf(told).Drain("SIGTERM was received.");
        await EndOf(told);

        WorkerOf(own).IsDraining.ShouldBeFalse();
        ended.Tries.ShouldBe(0);
    }

    [Fact]
    public async Task A_machine_that_cannot_be_ended_is_tried_again_and_then_left_to_its_service_which_powers_it_off()
    {
        await using var system = NewSystem(maxInactivity: 0.2);
        system.Clock = new HurriedClock();
        var refusals = 3;
        ended.BeforeEnd = _ =>
        {
            if (--refusals >= 0)
                throw new FleetException("EC2 allows these keys too little.");
        };
        var lucky = await StartAsync(system);
        await EndOf(lucky);
        await system.EndWorkerAsync(lucky);
        ended.BeforeEnd = _ => throw new FleetException("EC2 allows these keys too little.");
        var unlucky = await StartAsync(system);

        await EndOf(unlucky);

        ended.Ended.ShouldBe([machine.Id]);
        ended.Tries.ShouldBe(4 + 6);
    }

    [Fact]
    public async Task A_job_that_it_took_just_before_it_leaves_is_finished_first_however_long_it_takes()
    {
        await using var system = NewSystem();
        system.Options.Nommerd.GracePeriod = 0;
        system.Nommer.Holds = true;
        var host = await StartAsync(system);
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);

        WorkerOf(host).Leave("Idle.");
        await Soon.BeAsync(() => NodeOf(system).State == NodeState.Draining, "it drains");
        (await system.Store.GetAsync(id, None))!.State.ShouldBe(JobState.Encoding);
        ended.Tries.ShouldBe(0);
        system.Nommer.Release();
        await EndOf(host);

        (await system.Store.GetAsync(id, None))!.State.ShouldBe(JobState.Finished);
        ended.Ended.ShouldBe([machine.Id]);
    }

    [Fact]
    public async Task Whatever_comes_while_it_leaves_is_finished_or_there_for_another_worker_at_once()
    {
        for (var round = 0; round < 30; round++)
        {
            await using var system = NewSystem();
            var host = await StartAsync(system);
            var submit = Task.Run(() => system.SubmitAsync());
            var leave = Task.Run(() => WorkerOf(host).Leave("Idle."));
            await leave;
            var id = await submit;
            await WorkerOf(host).ExecuteTask!;

            if ((await system.Store.GetAsync(id, None))!.State == JobState.Finished)
                continue;
            (await system.Store.GetAsync(id, None))!.State.ShouldBe(JobState.Pending);
            (await system.Queue.ReceiveAsync([system.Names.Normal], 1, TimeSpan.FromSeconds(1), TimeSpan.Zero, None)).Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_worker_that_feederd_gave_up_leaves_when_it_wakes_up()
    {
        await using var system = NewSystem();
        var host = await StartAsync(system);
        await Soon.BeAsync(() => system.Store.ListNodesAsync(None).Result.Count == 1, "it has reported");
        await Soon.BeAsync(
            () =>
            {
                var node = NodeOf(system);
                var marked = node with { State = NodeState.Terminated, Reason = "It has not reported for long.", Version = node.Version + 1 };
                return system.Store.TryPutNodeAsync(marked, node.Version, None).Result;
            },
            "feederd wins the race");

        await EndOf(host);

        NodeOf(system).Reason.ShouldBe("It has not reported for long.");
    }

    [Fact]
    public async Task When_its_machine_is_taken_away_short_jobs_end_and_long_ones_begin_elsewhere_at_once()
    {
        await using var service = await MetadataDouble.StartAsync();
        await using var system = NewSystem();
        system.Options.Aws.Ec2.MetadataUrl = service.Url;
        system.Clock = new HurriedClock();
        string shortJob = "", longJob = "";
        system.Nommer.Holds = true;
        system.Nommer.SecondsLeft = task => task.JobId == shortJob ? 30 : task.JobId == longJob ? 300 : null;
        var host = await StartAsync(system, new NommerdLaunch { Machine = machine with { IsSpot = true } });
        shortJob = await SubmitAsync(system, "short.mp4");
        longJob = await SubmitAsync(system, "long.mp4");
        await system.UntilAsync(shortJob, job => job.CurrentStep.Progress.SecondsLeft == 30);
        await system.UntilAsync(longJob, job => job.CurrentStep.Progress.SecondsLeft == 300);

        var end = DateTimeOffset.UtcNow.AddMinutes(2);
        service.Data["spot/instance-action"] =
            $$"""{"action": "terminate", "time": "{{end.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}"}""";
        await system.UntilAsync(longJob, JobState.Pending);
        (await system.Store.GetAsync(shortJob, None))!.State.ShouldBe(JobState.Encoding);
        var late = await SubmitAsync(system, "late.mp4");
        system.Nommer.Release();
        await EndOf(host);

        (await system.Store.GetAsync(shortJob, None))!.State.ShouldBe(JobState.Finished);
        (await system.Store.GetAsync(longJob, None))!.Steps[0].Strikes.ShouldBe(0);
        (await system.Store.GetAsync(late, None))!.State.ShouldBe(JobState.Pending);
        (await system.Store.GetEventsAsync(longJob, None))[^1].Reason.ShouldContain("EC2 takes this spot instance away at ");
        NodeOf(system).Reason!.ShouldContain("EC2 takes this spot instance away at ");
        NodeOf(system).IsSpot.ShouldBeTrue();
    }

    [Fact]
    public async Task What_takes_longer_than_it_said_is_handed_back_before_the_machine_goes()
    {
        await using var system = NewSystem();
        system.Clock = new HurriedClock();
        system.Nommer.Holds = true;
        system.Nommer.SecondsLeft = _ => 10;
        var host = await StartAsync(system);
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, job => job.CurrentStep.Progress.SecondsLeft == 10);

        WorkerOf(host).LeaveBy(DateTimeOffset.UtcNow.AddSeconds(60), "Taken away.");
        (await system.Store.GetAsync(id, None))!.State.ShouldBe(JobState.Encoding);

        var job = await system.UntilAsync(id, JobState.Pending);
        job.Steps[0].Strikes.ShouldBe(0);
        await EndOf(host);
        ended.Ended.ShouldBe([machine.Id]);
    }

    [Fact]
    public async Task A_recommendation_to_leave_lets_everything_end_and_takes_nothing_more()
    {
        await using var service = await MetadataDouble.StartAsync();
        await using var system = NewSystem();
        system.Options.Aws.Ec2.MetadataUrl = service.Url;
        system.Options.Nommerd.GracePeriod = 0;
        system.Clock = new HurriedClock();
        system.Nommer.Holds = true;
        var host = await StartAsync(system, new NommerdLaunch { Machine = machine with { IsSpot = true } });
        var id = await SubmitAsync(system, "first.mp4");
        await system.UntilAsync(id, JobState.Encoding);

        service.Data["events/recommendations/rebalance"] = """{"noticeTime": "2026-10-27T08:22:00Z"}""";
        await Soon.BeAsync(() => NodeOf(system) is { State: NodeState.Draining, Reason: not null }, "it drains");
        var late = await SubmitAsync(system, "late.mp4");
        system.Nommer.Release();
        await EndOf(host);

        (await system.Store.GetAsync(id, None))!.State.ShouldBe(JobState.Finished);
        (await system.Store.GetAsync(late, None))!.State.ShouldBe(JobState.Pending);
        NodeOf(system).Reason!.ShouldContain("recommends");
    }

    [Fact]
    public async Task A_machine_that_is_no_spot_instance_asks_for_no_notice()
    {
        await using var service = await MetadataDouble.StartAsync();
        await using var system = NewSystem();
        system.Options.Aws.Ec2.MetadataUrl = service.Url;
        system.Clock = new HurriedClock();
        await StartAsync(system);

        await system.UntilAsync(await system.SubmitAsync(), JobState.Finished);

        service.TokensGiven.ShouldBe(0);
    }

    private WorkerFixture NewSystem(double maxInactivity = 600) =>
        new(options => options.Nommerd.MaxInactivity = maxInactivity) { Machines = ended };

    private Task<IHost> StartAsync(WorkerFixture system, NommerdLaunch? launch = null) =>
        system.StartWorkerAsync(launch ?? new NommerdLaunch { Machine = machine });

    private static Task<string> SubmitAsync(WorkerFixture system, string dest) => system.SubmitAsync(
        spec => spec with { Dest = new MediaUri(Path.Combine(Path.GetDirectoryName(system.DestPath)!, dest), null) });

    private static WorkerService WorkerOf(IHost host) => host.Services.GetRequiredService<WorkerService>();

    private Node NodeOf(WorkerFixture system) => system.Store.GetNodeAsync(machine.Id, None).Result!;

    // The worker has left, and what follows it has been done: the host is told to stop.
    private static Task EndOf(IHost host) => Soon.BeAsync(
        () => host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested, "the host ends");

    private static async Task StopAsync(WorkerFixture system, IHost host)
    {
        WorkerOf(host).Drain("The test said so.");
        await EndOf(host);
        await system.EndWorkerAsync(host);
    }
}
