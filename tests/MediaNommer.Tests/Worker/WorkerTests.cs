using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd.Nommers;
using MediaNommer.Tests.Feederd;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Worker;

public class WorkerTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_job_passes_through_every_state_and_its_output_is_promoted()
    {
        await using var system = new WorkerFixture();
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        var job = await system.UntilAsync(id, JobState.Finished);

        job.Progress.ShouldBe(1);
        File.ReadAllText(system.DestPath).ShouldBe("picture and sound #1");
        var history = await system.Store.GetEventsAsync(id, None);
        history.Select(line => line.State).ShouldBe(
            [JobState.Pending, JobState.Downloading, JobState.Encoding, JobState.Uploading, JobState.Finished]);
        (await system.Store.GetLogAsync(id, 1, None))!.Text.ShouldBe("log of 1");
        Directory.GetFiles(Path.GetDirectoryName(system.DestPath)!).ShouldBe([system.DestPath]);
        await UntilEmptyAsync(system, id);
    }

    [Fact]
    public async Task An_output_that_its_nommer_did_not_describe_is_known_again_by_its_revision()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Output = null;
        await system.StartWorkerAsync();

        var job = await system.UntilAsync(await system.SubmitAsync(), JobState.Finished);

        job.Output.ShouldNotBeNull().Size.ShouldBe(new FileInfo(system.DestPath).Length);
        job.Output.Revision.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_store_that_is_away_when_the_work_is_done_is_waited_for_as_long_as_the_lease_lasts()
    {
        FlakyStore line = null!;
        await using var system = new WorkerFixture(
            lineToStore: store =>
            {
                var (flaky, made) = FlakyStore.Around(store);
                line = made;
                return flaky;
            });
        await system.StartWorkerAsync();
        system.Nommer.Holds = true;
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);
        var refusals = 0;
        line.IsCut = _ => Interlocked.Increment(ref refusals) <= 3;
        system.Nommer.Release();

        var job = await system.UntilAsync(id, JobState.Finished);

        job.CurrentStep.Attempt.ShouldBe(1);
        refusals.ShouldBeGreaterThan(3);
        system.Nommer.Runs.ShouldBe(1);
    }

    [Fact]
    public async Task A_hash_or_question_mark_in_a_files_name_is_no_end_of_it()
    {
        await using var system = new WorkerFixture();
        await system.StartWorkerAsync();
        var endings = "";
        system.Nommer.Examine = task => endings = Path.GetExtension(task.SourcePath) + Path.GetExtension(task.OutputPath);
        var source = Path.Combine(Path.GetDirectoryName(system.SourcePath)!, "Song #1?.mov");
        File.Copy(system.SourcePath, source);
        var id = await system.SubmitAsync(spec => spec with
        {
            Source = new MediaUri(source, null),
            Dest = new MediaUri(Path.ChangeExtension(source, ".mkv"), null),
        });
        await system.UntilAsync(id, JobState.Finished);
        endings.ShouldBe(".mov.mkv");
    }

    [Fact]
    public async Task A_source_is_not_replaced_by_its_output_through_a_link()
    {
        await using var system = new WorkerFixture();
        await system.StartWorkerAsync();
        var link = Path.Combine(Path.GetDirectoryName(system.SourcePath)!, "link.mp4");
        File.CreateSymbolicLink(link, system.SourcePath);
        var id = await system.SubmitAsync(spec => spec with
        {
            Source = new MediaUri(link, null), Dest = new MediaUri(system.SourcePath, null),
        });
        var job = await system.UntilAsync(id, JobState.Error);
        job.StateDetails!.ShouldContain("is the source");
        File.ReadAllText(system.SourcePath).ShouldBe("picture and sound");
    }

    [Fact]
    public async Task A_source_that_cannot_even_be_looked_at_ends_its_job_with_the_reason()
    {
        await using var system = new WorkerFixture();
        system.Storage = new BrokenStorage();
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync(spec => spec with { Source = new MediaUri("broken://a/b", null), MaxAttempts = 1 });
        var job = await system.UntilAsync(id, JobState.Error);
        job.StateDetails!.ShouldContain("never heard of it");
    }

    [Fact]
    public async Task Progress_is_written_while_the_nommer_works()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Holds = true;
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        var job = await system.UntilAsync(id, running => running.Progress > 0.4);
        job.State.ShouldBe(JobState.Encoding);
        job.CurrentStep.Progress.Fps.ShouldBe(25);
    }

    [Fact]
    public async Task A_lease_is_kept_for_as_long_as_the_work_takes()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Holds = true;
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        var first = await system.UntilAsync(id, JobState.Encoding);
        var end = first.CurrentStep.LeaseExpiresAt!.Value.AddSeconds(0.3);
        await system.UntilAsync(id, job => job.CurrentStep.LeaseExpiresAt > end);
        await system.SweepAsync();
        system.Nommer.Release();
        var job = await system.UntilAsync(id, JobState.Finished);
        job.Steps[0].Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task A_failure_that_cannot_pass_ends_the_job_with_its_reason()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Script = _ => new NommerResult { Succeeded = false, Message = "Not media." };
        await system.StartWorkerAsync();
        var job = await system.UntilAsync(await system.SubmitAsync(), JobState.Error);
        job.StateDetails.ShouldBe("Not media.");
        system.Nommer.Runs.ShouldBe(1);
        File.Exists(system.DestPath).ShouldBeFalse();
    }

    [Fact]
    public async Task A_failure_that_may_pass_is_tried_again_and_a_crashing_nommer_counts_as_one()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Script = run => run switch
        {
            1 => new NommerResult { Succeeded = false, IsTransient = true, Message = "Disk full." },
            2 => throw new InvalidOperationException("broken plug-in"),
            _ => null,
        };
        await system.StartWorkerAsync();
        var job = await system.UntilAsync(await system.SubmitAsync(), JobState.Finished);
        job.Steps[0].Attempt.ShouldBe(3);
        File.ReadAllText(system.DestPath).ShouldBe("picture and sound #3");
    }

    [Fact]
    public async Task Failures_that_may_pass_end_after_max_attempts()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Script = _ => new NommerResult { Succeeded = false, IsTransient = true, Message = "Disk full." };
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync(spec => spec with { MaxAttempts = 2 });
        var job = await system.UntilAsync(id, JobState.Error);
        job.StateDetails.ShouldBe("Disk full.");
        system.Nommer.Runs.ShouldBe(2);
    }

    [Fact]
    public async Task A_running_job_can_be_cancelled()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Holds = true;
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);
        (await system.Lifecycle.CancelAsync(id, None)).ShouldBe(UserActionResult.Done);
        await system.UntilAsync(id, JobState.Cancelled);
        File.Exists(system.DestPath).ShouldBeFalse();
    }

    [Fact]
    public async Task A_nommer_that_throws_when_it_is_stopped_does_not_disturb_the_worker()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Holds = true;
        system.Nommer.ThrowsWhenStopped = true;
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);
        await system.Lifecycle.CancelAsync(id, None);
        await system.UntilAsync(id, JobState.Cancelled);

        system.Nommer.ThrowsWhenStopped = false;
        system.Nommer.Release();
        await system.UntilAsync(await system.SubmitAsync(), JobState.Finished);
    }

    [Fact]
    public async Task A_run_that_hangs_is_left_behind_and_puts_nothing_in_place_when_it_wakes_up()
    {
        await using var system = new WorkerFixture { Clock = new HurriedClock() };
        system.Nommer.HangsWhenStopped = true;
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);

        await system.Lifecycle.CancelAsync(id, None);
        await system.UntilAsync(id, JobState.Cancelled);
        system.Nommer.Release();
        system.Nommer.HangsWhenStopped = false;
        var next = await system.SubmitAsync(spec => spec with { Dest = new MediaUri(system.DestPath + ".2.mp4", null) });

        await system.UntilAsync(next, JobState.Finished);
        File.Exists(system.DestPath).ShouldBeFalse();
    }

    [Fact]
    public async Task A_missing_source_is_the_jobs_error_and_names_it()
    {
        await using var system = new WorkerFixture();
        await system.StartWorkerAsync();
        File.Delete(system.SourcePath);
        var job = await system.UntilAsync(await system.SubmitAsync(), JobState.Error);
        job.StateDetails!.ShouldContain(system.SourcePath);
    }

    [Fact]
    public async Task The_message_of_a_running_job_stays_hidden_though_progress_is_written_all_the_time()
    {
        await using var system = new WorkerFixture(options => options.Scaling.MaxEncodingJobsPerEc2Instance = 1);
        system.Nommer.ReportsAllTheTime = true;
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, JobState.Encoding);
        // Longer than the message was hidden at first; the worker, with its one slot, looks for no other meanwhile.
        var wait = TimeSpan.FromSeconds(system.Options.Nommerd.LeaseSeconds + 0.5);
        (await system.Queue.ReceiveAsync([system.Names.Normal], 1, TimeSpan.Zero, wait, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_job_that_was_taken_over_by_another_worker_is_written_once()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Holds = true;
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        var held = await system.UntilAsync(id, JobState.Encoding);
        // Another worker believes that the lease is over: its claim must win, and the first run must write nothing.
        var future = new JobLifecycle(
            system.Store, system.Queue, system.Names, system.Changes, LifecycleOptions.From(system.Options),
            new ShiftedClock(TimeSpan.FromMinutes(1)),
            Microsoft.Extensions.Logging.Abstractions.NullLogger<JobLifecycle>.Instance);
        var claim = (await future.ClaimAsync(held, JobStep.Encode, "thief", true, None)).Claim.ShouldNotBeNull();
        system.Nommer.Release();
        await system.UntilAsync(id, _ => Directory.GetDirectories(system.WorkRoot, "*-encode-1", SearchOption.AllDirectories).Length == 0);

        File.Exists(system.DestPath).ShouldBeFalse();
        var job = (await system.Store.GetAsync(id, None))!;
        job.Steps[0].WorkerId.ShouldBe("thief");
        job.Steps[0].Attempt.ShouldBe(claim.Attempt);
    }

    private static Task UntilEmptyAsync(WorkerFixture system, string id) =>
        system.UntilAsync(id, _ => system.Queue.ApproximateDepthAsync(system.Names.Normal, None).Result == 0);

    private sealed class ShiftedClock(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + shift;
    }
}
