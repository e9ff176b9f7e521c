using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Worker;

/// <summary>The queue only wakes workers; what becomes of a job does not depend on it.</summary>
public class WorkerQueueTroubleTests
{
    [Fact]
    public async Task A_queue_that_falls_silent_takes_no_lease_from_a_running_job()
    {
        await using var system = new WorkerFixture();
        system.WorkersQueue = new SilentQueue(system.Queue);
        system.Nommer.Holds = true;
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        var first = (await system.UntilAsync(id, JobState.Encoding)).CurrentStep.LeaseExpiresAt;

        await system.UntilAsync(id, job => job.CurrentStep.LeaseExpiresAt > first!.Value.AddSeconds(1));
        system.Nommer.Release();

        (await system.UntilAsync(id, JobState.Finished)).CurrentStep.Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task An_error_that_nobody_expects_does_not_end_the_worker()
    {
        await using var system = new WorkerFixture();
        system.WorkersQueue = new SilentQueue(system.Queue) { Throws = 1 };
        await system.StartWorkerAsync();

        await system.UntilAsync(await system.SubmitAsync(), JobState.Finished);
    }
}
