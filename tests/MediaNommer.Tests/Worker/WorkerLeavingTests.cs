using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Nommerd;
using MediaNommer.Nommerd.Worker;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Worker;

/// <summary>How a worker stops taking jobs, and what becomes of those it has.</summary>
public class WorkerLeavingTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_draining_worker_hands_its_job_back_and_another_finishes_it()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.GracePeriod = 0);
        system.Nommer.Holds = true;
        var first = await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);
        first.Services.GetRequiredService<WorkerService>().Drain("The test said so.");
        await first.Services.GetRequiredService<WorkerService>().ExecuteTask!;

        var waiting = await system.UntilAsync(id, JobState.Pending);
        waiting.Steps[0].Strikes.ShouldBe(0, "a worker that goes down is not the job's fault");
        system.Nommer.Release();
        await system.StartWorkerAsync();
        var job = await system.UntilAsync(id, JobState.Finished);
        job.Steps[0].Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task A_draining_worker_lets_its_job_end_within_the_grace_period()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Holds = true;
        var host = await system.StartWorkerAsync();
        var worker = host.Services.GetRequiredService<WorkerService>();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);
        worker.Drain("The test said so.");
        var late = await system.SubmitAsync();
        system.Nommer.Release();
        await worker.ExecuteTask!;

        (await system.Store.GetAsync(id, None))!.State.ShouldBe(JobState.Finished);
        (await system.Store.GetAsync(late, None))!.State.ShouldBe(JobState.Pending);
        (await system.Store.ListNodesAsync(None)).Single().State.ShouldBe(NodeState.Terminated);
    }

    [Fact]
    public async Task A_second_call_to_drain_hands_back_at_once()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.GracePeriod = 3600);
        system.Nommer.Holds = true;
        var host = await system.StartWorkerAsync();
        var worker = host.Services.GetRequiredService<WorkerService>();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);
        worker.Drain("Once.");
        worker.Drain("Twice.");
        await worker.ExecuteTask!;
        (await system.Store.GetAsync(id, None))!.State.ShouldBe(JobState.Pending);
    }

    [Fact]
    public async Task A_nommer_that_fails_because_it_was_stopped_costs_the_job_nothing()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Holds = system.Nommer.FailsWhenStopped = true;
        var host = await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);
        await host.StopAsync();
        var job = (await system.Store.GetAsync(id, None))!;
        job.State.ShouldBe(JobState.Pending);
        job.Steps[0].Strikes.ShouldBe(0);
    }

    [Theory]
    [InlineData(false, true, true)]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    public async Task An_idle_worker_leaves_unless_it_is_local(bool isLocal, bool managed, bool leaves)
    {
        await using var system = new WorkerFixture(options => options.Nommerd.MaxInactivity = 0.2);
        var host = await system.StartWorkerAsync(new NommerdLaunch { IsLocal = isLocal, Managed = managed });
        var worker = host.Services.GetRequiredService<WorkerService>();
        if (leaves)
            await worker.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(10));
        else
            await Should.ThrowAsync<TimeoutException>(worker.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(1)));
        worker.IsDraining.ShouldBe(leaves);
    }

    [Fact]
    public async Task A_worker_leaves_when_the_scaler_marks_it_as_draining()
    {
        await using var system = new WorkerFixture();
        var host = await system.StartWorkerAsync();
        var worker = host.Services.GetRequiredService<WorkerService>();
        await DrainInStoreAsync(system);
        await worker.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(10));
        (await system.Store.ListNodesAsync(None)).Single().State.ShouldBe(NodeState.Terminated);
    }

    [Fact]
    public async Task A_worker_that_the_scaler_asks_to_leave_finishes_what_it_runs_however_long_that_takes()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.GracePeriod = 0);
        system.Nommer.Holds = true;
        var host = await system.StartWorkerAsync();
        var worker = host.Services.GetRequiredService<WorkerService>();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);
        await DrainInStoreAsync(system);
        await Soon.BeAsync(() => worker.IsDraining, "the worker hears of it");
        var late = await system.SubmitAsync();
        await Should.ThrowAsync<TimeoutException>(worker.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(0.5)));

        system.Nommer.Release();
        await worker.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(10));

        var job = (await system.Store.GetAsync(id, None))!;
        (job.State, job.Steps[0].Attempt).ShouldBe((JobState.Finished, 1));
        (await system.Store.GetAsync(late, None))!.State.ShouldBe(JobState.Pending);
    }

    private static async Task DrainInStoreAsync(WorkerFixture system)
    {
        while (true)
        {
            var node = (await system.Store.ListNodesAsync(None)).SingleOrDefault();
            if (node is null)
            {
                await Task.Delay(10);
                continue;
            }

            var drained = node with { State = NodeState.Draining, Reason = "test", Version = node.Version + 1 };
            if (await system.Store.TryPutNodeAsync(drained, node.Version, None))
                return;
        }
    }
}
