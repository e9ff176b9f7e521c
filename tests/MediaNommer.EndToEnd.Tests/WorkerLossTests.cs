using System.Diagnostics;
using MediaNommer.Client.Wire;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>Whatever happens to a worker, its job ends exactly once.</summary>
public sealed class WorkerLossTests : IAsyncLifetime
{
    private readonly TestSite site = new();
    private string dest = "";

    public async Task InitializeAsync()
    {
        dest = site.PathOf("out.mp4");
        await site.StartFeederdAsync();
    }

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_other_worker_finishes_the_job_of_a_killed_one(bool withItsFfmpeg)
    {
        var first = await site.StartWorkerAsync();
        var id = await site.SubmitAsync(Clips.SlowJob(dest, seconds: 4));
        var running = await site.WaitUntilEncodingAsync(id);
        var second = await site.StartWorkerAsync();
        var orphans = site.Ffmpegs();

        first.Signal(Signals.Kill);
        foreach (var ffmpeg in withItsFfmpeg ? orphans : [])
            Signals.Send(ffmpeg.Id, Signals.Kill);

        await Until.True(
            "no ffmpeg survives its worker", () => !site.Ffmpegs().Any(ffmpeg => orphans.Any(orphan => orphan.Id == ffmpeg.Id)),
            TimeSpan.FromSeconds(4));
        var finished = await site.WaitForAsync(id, "FINISHED");
        finished.Attempt.ShouldBe(2);
        finished.WorkerId.ShouldNotBe(running.WorkerId);
        await ShouldHaveFinishedOnceAsync(id);
        Clips.Probe(dest).Duration.ShouldBe(4, 0.3);
    }

    [Fact]
    public async Task A_worker_that_sleeps_beyond_its_lease_changes_nothing_when_it_wakes()
    {
        var first = await site.StartWorkerAsync();
        var id = await site.SubmitAsync(Clips.SlowJob(dest, seconds: 3));
        var running = await site.WaitUntilEncodingAsync(id);
        foreach (var process in site.Ffmpegs())
            Signals.Send(process.Id, Signals.Stop);
        first.Signal(Signals.Stop);

        var second = await site.StartWorkerAsync();
        await site.WaitForAsync(id, "FINISHED");
        var before = new FileInfo(dest);
        var (written, length) = (before.LastWriteTimeUtc, before.Length);
        foreach (var process in site.Ffmpegs())
            Signals.Send(process.Id, Signals.Continue);
        first.Signal(Signals.Continue);

        await Until.AsyncIs(
            "the first worker is awake and idle", () => site.Client.ListNodesAsync(),
            list => list.Nodes.Any(node => node.Id == running.WorkerId && node is { Responding: true, Running.Count: 0 }));
        await Until.True("its ffmpeg is gone", () => site.Ffmpegs().Count == 0);
        await ShouldHaveFinishedOnceAsync(id);
        var after = new FileInfo(dest);
        (after.LastWriteTimeUtc, after.Length).ShouldBe((written, length));
        Directory.GetFiles(site.Folder).ShouldBe([dest]);
        (await site.Client.GetJobAsync(id)).Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task A_job_that_kills_every_worker_ends_in_ERROR_by_max_attempts()
    {
        var id = await site.SubmitAsync(Clips.SlowJob(dest, seconds: 20) with { MaxAttempts = 2 });
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var worker = await site.StartWorkerAsync();
            var wanted = attempt;
            await Until.AsyncIs(
                $"attempt {attempt} runs", () => site.Client.GetJobAsync(id),
                job => job is { JobState: "ENCODING" } && job.Attempt == wanted);
            worker.Signal(Signals.Kill);
        }

        var ended = await site.WaitForAsync(id, "ERROR");

        ended.JobStateDetails.ShouldNotBeNull().ShouldContain("max_attempts");
        File.Exists(dest).ShouldBeFalse();
    }

    [Fact]
    public async Task SIGTERM_lets_the_running_job_end_and_takes_no_other()
    {
        var worker = await site.StartWorkerAsync();
        var running = await site.SubmitAsync(Clips.SlowJob(dest, seconds: 3));
        await site.WaitUntilEncodingAsync(running);
        var waiting = await site.SubmitAsync(Clips.QuickJob(site.PathOf("second.mp4")));

        worker.Signal(Signals.Terminate);

        (await worker.WaitAsync()).ShouldBe(0, worker.ToString());
        var ended = await site.Client.GetJobAsync(running);
        ended.JobState.ShouldBe("FINISHED");
        ended.Attempt.ShouldBe(1);
        (await site.Client.GetJobAsync(waiting)).JobState.ShouldBe("PENDING");
    }

    [Fact]
    public async Task A_second_SIGTERM_hands_the_job_back_at_once_and_another_worker_starts_it()
    {
        var first = await site.StartWorkerAsync();
        var id = await site.SubmitAsync(Clips.SlowJob(dest, seconds: 6));
        await site.WaitUntilEncodingAsync(id);
        var second = await site.StartWorkerAsync();

        first.Signal(Signals.Terminate);
        await Until.AsyncIs(
            "the first worker drains", () => site.Client.ListNodesAsync(), list => list.Nodes.Any(node => node.State == "DRAINING"));
        first.Signal(Signals.Terminate);

        (await first.WaitAsync(TimeSpan.FromSeconds(5))).ShouldBe(0, first.ToString());
        await site.WaitForAsync(id, "FINISHED");
        var history = await site.Client.GetHistoryAsync(id);
        history.Events.ShouldContain(line => line.Outcome == "HOST_STOPPING");
        history.Events.Count(line => line.JobState == "FINISHED").ShouldBe(1);
    }

    [Fact]
    public async Task Folders_of_a_crashed_worker_are_removed_when_the_next_one_starts()
    {
        var first = await site.StartWorkerAsync();
        var id = await site.SubmitAsync(Clips.SlowJob(dest, seconds: 20));
        await site.WaitUntilEncodingAsync(id);
        await site.Client.CancelAsync(id);
        first.Signal(Signals.Kill);
        await first.WaitAsync();
        var left = Directory.GetDirectories(Path.Combine(site.DataDir, "work")).Single();

        var second = await site.StartWorkerAsync();

        await Until.True("the folder is removed", () => !Directory.Exists(left));
    }

    [Fact]
    public async Task A_suspend_of_all_that_lasts_longer_than_a_lease_costs_no_attempt()
    {
        var worker = await site.StartWorkerAsync(slots: 2);
        var id = await site.SubmitAsync(Clips.SlowJob(dest, seconds: 6));
        await site.WaitUntilEncodingAsync(id);
        var everything = ProcessTable.Find(site.Folder);
        foreach (var process in everything)
            Signals.Send(process.Id, Signals.Stop);
        var slept = Stopwatch.StartNew();
        await Until.True("two leases have passed", () => slept.Elapsed > TimeSpan.FromSeconds(6));

        foreach (var process in everything)
            Signals.Send(process.Id, Signals.Continue);

        var ended = await site.WaitForAsync(id, "FINISHED");
        ended.Attempt.ShouldBe(1, worker.ToString());
        await ShouldHaveFinishedOnceAsync(id);
    }

    [Fact]
    public async Task An_ffmpeg_whose_worker_and_guard_were_killed_is_ended_by_the_next_worker()
    {
        var first = await site.StartWorkerAsync();
        var id = await site.SubmitAsync(Clips.SlowJob(dest, seconds: 30));
        await site.WaitUntilEncodingAsync(id);
        var orphan = site.Ffmpegs().Single();
        foreach (var guard in ProcessTable.ChildrenOf(first.Id).Where(child => child.CommandLine.Contains("media-nommer-guard")))
            Signals.Send(guard.Id, Signals.Kill);
        first.Signal(Signals.Kill);
        await first.WaitAsync();
        site.Ffmpegs().ShouldContain(orphan);

        var second = await site.StartWorkerAsync();

        await Until.True("the orphan is ended", () => !site.Ffmpegs().Contains(orphan));
        await site.Client.CancelAsync(id);
    }

    private async Task ShouldHaveFinishedOnceAsync(string id)
    {
        var history = await site.Client.GetHistoryAsync(id);
        history.Events.Count(line => line.JobState == "FINISHED").ShouldBe(1, string.Join('\n', history.Events));
        history.Events[^1].JobState.ShouldBe("FINISHED");
    }
}
