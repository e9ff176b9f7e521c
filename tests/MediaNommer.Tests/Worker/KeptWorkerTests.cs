using MediaNommer.Core.Nodes;
using MediaNommer.Nommerd;
using MediaNommer.Nommerd.Worker;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Worker;

public class KeptWorkerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(45);

    [Fact]
    public void Those_longest_at_work_stay_and_those_that_leave_or_are_silent_do_not_count()
    {
        Node[] nodes =
        [
            At("c", 30), At("b", 20), At("a", 20), At("silent", 1) with { LastReportAt = Now - Lease },
            At("draining", 2) with { State = NodeState.Draining }, At("gone", 3) with { State = NodeState.Terminated },
        ];
        KeptNodes.Of(nodes, 2, Now, Lease).ShouldBe(["a", "b"], ignoreOrder: true);
        KeptNodes.Of(nodes, 0, Now, Lease).ShouldBeEmpty();
        KeptNodes.Of(nodes, 9, Now, Lease).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Of_workers_that_are_idle_together_the_warm_ones_stay_and_the_others_leave()
    {
        await using var system = new WorkerFixture(options =>
        {
            options.Nommerd.MaxInactivity = 0.3;
            options.Scaling.WarmInstances = 2;
        });
        var workers = new List<WorkerService>();
        for (var i = 0; i < 4; i++)
        {
            var host = await system.StartWorkerAsync(new NommerdLaunch { IsLocal = true, Managed = true });
            workers.Add(host.Services.GetRequiredService<WorkerService>());
        }

        await Soon.BeAsync(() => workers.Count(worker => worker.ExecuteTask!.IsCompleted) == 2, "two have left");
        // Another worker's heartbeats go on: the ones that stay have looked again and again.
        await Should.ThrowAsync<TimeoutException>(
            Task.WhenAny(workers.Where(worker => !worker.ExecuteTask!.IsCompleted).Select(worker => worker.ExecuteTask!))
                .WaitAsync(TimeSpan.FromSeconds(1)));

        var active = (await system.Store.ListNodesAsync(CancellationToken.None)).Where(node => node.State == NodeState.Active);
        active.Count().ShouldBe(2);
    }

    [Fact]
    public async Task Idle_workers_leave_soon_while_another_stays_which_leaves_in_the_end()
    {
        await using var system = new WorkerFixture(options =>
        {
            options.Nommerd.MaxInactivity = 4;
            options.Nommerd.SurplusInactivity = 0.2;
        });
        var workers = new List<WorkerService>();
        for (var i = 0; i < 3; i++)
        {
            var host = await system.StartWorkerAsync(new NommerdLaunch { IsLocal = true, Managed = true });
            workers.Add(host.Services.GetRequiredService<WorkerService>());
        }

        await Soon.BeAsync(() => workers.Count(worker => worker.IsDraining) == 2, "two leave");
        workers[0].IsDraining.ShouldBeFalse("it is the one longest at work");
        await workers[0].ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(15));
    }

    private static Node At(string id, int startSecond) =>
        new() { Id = id, StartedAt = Now.AddMinutes(-10).AddSeconds(startSecond), LastReportAt = Now.AddSeconds(-5) };
}
