using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Worker;

/// <summary>The log of a run while it goes on, and what is kept of one that was stopped.</summary>
public sealed class RunLogTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_cancelled_job_keeps_its_log()
    {
        await using var system = new WorkerFixture();
        var id = await StartRunAsync(system);

        await system.Lifecycle.CancelAsync(id, None);
        await system.UntilAsync(id, JobState.Cancelled);

        (await system.Store.GetLogAsync(id, 1, None)).ShouldBe(new JobLog(1, "so far"));
    }

    [Fact]
    public async Task A_job_that_a_leaving_worker_hands_back_keeps_its_log()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.GracePeriod = 0);
        var host = await system.StartWorkerAsync();
        var id = await StartRunAsync(system, isStarted: true);

        await system.EndWorkerAsync(host);
        await system.UntilAsync(id, JobState.Pending);

        (await system.Store.GetLogAsync(id, 1, None)).ShouldBe(new JobLog(1, "so far"));
    }

    [Fact]
    public async Task What_the_source_is_is_shown_while_the_job_runs_and_stays_when_it_ends()
    {
        await using var system = new WorkerFixture();
        var facts = new SourceFacts { Container = "mov", Streams = [new SourceStream { Kind = "video", Codec = "h264" }] };
        system.Nommer.Holds = true;
        system.Nommer.Examine = task => task.OnSource(facts);
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();

        var running = await system.UntilAsync(id, job => job.Source is not null);
        running.State.ShouldBe(JobState.Encoding);
        running.Source!.Size.ShouldBe(new FileInfo(system.SourcePath).Length);
        system.Nommer.Release();
        var ended = await system.UntilAsync(id, JobState.Finished);

        ended.Source!.Streams.ShouldBe(facts.Streams);
    }

    [Fact]
    public async Task The_log_of_a_running_job_is_stored_while_somebody_watches_and_only_then()
    {
        await using var system = new WorkerFixture();
        var text = "line 1\n";
        var id = await StartRunAsync(system, () => text);
        await system.UntilAsync(id, job => job.CurrentStep.Progress.Fraction > 0);
        (await system.Store.GetLogAsync(id, 1, None)).ShouldBeNull();

        await system.Lifecycle.WatchLogAsync((await system.Store.GetAsync(id, None))!, None);
        await Soon.BeAsync(() => LogOf(system, id) == "line 1\n", "the log is there");
        text = "line 1\nline 2\n";
        await Soon.BeAsync(() => LogOf(system, id) == text, "the log grows");
        var watched = (await system.Store.GetAsync(id, None))!;
        await system.Lifecycle.WatchLogAsync(watched, None);

        (await system.Store.GetAsync(id, None))!.LogWantedUntil.ShouldBe(watched.LogWantedUntil, "Asking again is no write.");
        watched.LogWantedUntil.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_log_that_cannot_be_read_costs_a_job_neither_its_lease_nor_its_end()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Script = _ => new() { Succeeded = false, Message = "What the nommer found." };
        var id = await StartRunAsync(system, () => throw new InvalidOperationException("broken plug-in"));

        await system.Lifecycle.WatchLogAsync((await system.Store.GetAsync(id, None))!, None);
        var lease = (await system.Store.GetAsync(id, None))!.CurrentStep.LeaseExpiresAt;
        await system.UntilAsync(id, job => job.CurrentStep.LeaseExpiresAt > lease + TimeSpan.FromSeconds(0.5));
        system.Nommer.Release();
        var job = await system.UntilAsync(id, JobState.Error);

        (job.CurrentStep.Attempt, job.StateDetails).ShouldBe((1, "What the nommer found."));
    }

    private static string? LogOf(WorkerFixture system, string id) => system.Store.GetLogAsync(id, 1, None).Result?.Text;

    private static async Task<string> StartRunAsync(WorkerFixture system, Func<string>? log = null, bool isStarted = false)
    {
        system.Nommer.Holds = true;
        system.Nommer.Examine = task => task.Log.Follow(log ?? (() => "so far"));
        if (!isStarted)
            await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);
        await Soon.BeAsync(() => system.Nommer.Runs == 1, "the nommer is at work");
        return id;
    }
}
