using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd.Worker;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Worker;

/// <summary>What a worker takes, and what it leaves to others.</summary>
public class WorkerAdmissionTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_full_disk_keeps_jobs_waiting_and_says_so()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.MinFreeDiskBytes = long.MaxValue / 4);
        await system.StartWorkerAsync();
        var job = await system.UntilAsync(await system.SubmitAsync(), waiting => waiting.WaitReason is not null);
        job.State.ShouldBe(JobState.Pending);
        job.WaitReason!.ShouldContain("Nommerd:MinFreeDiskBytes");
    }

    [Fact]
    public async Task Work_folders_of_dead_workers_are_removed()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.LeaseSeconds = 0.5);
        var dead = Directory.CreateDirectory(Path.Combine(system.WorkRoot, "gone-1-abc", "job-encode-1")).FullName;
        MarkAsWorkers(Path.Combine(system.WorkRoot, "gone-1-abc"));
        await system.StartWorkerAsync();
        await Soon.BeAsync(() => !Directory.Exists(dead), "the folder is removed");
    }

    [Fact]
    public async Task After_a_dead_run_only_what_it_and_earlier_ones_left_is_cleaned_up()
    {
        var storage = new BrokenStorage();
        await using var system = new WorkerFixture { Storage = storage };
        var id = await system.SubmitAsync(spec => spec with { Dest = new MediaUri("broken://bucket/dest.mp4", null), MaxAttempts = 1 });
        var claim = await system.Lifecycle.ClaimAsync((await system.Store.GetAsync(id, None))!, JobStep.Encode, "gone", true, None);
        await system.Lifecycle.CompleteAsync(claim.Claim!, new RunResult { Outcome = RunOutcome.Failed, Message = "Failed." }, null, None);
        Directory.CreateDirectory(Path.Combine(system.WorkRoot, "gone-1-abc", $"{id}-encode-1"));
        MarkAsWorkers(Path.Combine(system.WorkRoot, "gone-1-abc"));

        await system.StartWorkerAsync();

        // A user may have the job done again in this moment: of that attempt nothing may be touched.
        await Soon.BeAsync(() => !storage.CleanedUp.IsEmpty, "the cleaning up");
        storage.CleanedUp.ShouldBe([new OutputTag(id, 1)]);
    }

    [Theory]
    [InlineData(1, JobState.Error)]
    [InlineData(2, JobState.Finished)]
    public async Task What_an_attempt_left_beside_the_destination_is_removed_even_if_it_was_the_last(
        int maxAttempts, JobState end)
    {
        await using var system = new WorkerFixture(options => options.Nommerd.LeaseSeconds = 1.5);
        var id = await system.SubmitAsync(spec => spec with { MaxAttempts = maxAttempts });
        var claim = await system.Lifecycle.ClaimAsync(
            (await system.Store.GetAsync(id, None))!, JobStep.Encode, "gone", true, None);
        Directory.CreateDirectory(Path.Combine(system.WorkRoot, "gone-1-abc", $"{id}-encode-{claim.Claim!.Attempt}"));
        MarkAsWorkers(Path.Combine(system.WorkRoot, "gone-1-abc"));
        var part = Path.Combine(Path.GetDirectoryName(system.DestPath)!, $".dest.mp4.{id}-1.nommer-part");
        Directory.CreateDirectory(Path.GetDirectoryName(part)!);
        File.WriteAllText(part, "half");
        await system.Queue.PurgeAsync(system.Names.Normal, None);

        await system.StartWorkerAsync();
        await Soon.BeAsync(
            () =>
            {
                system.SweepAsync().Wait();
                return !File.Exists(part) && system.Store.GetAsync(id, None).Result!.State == end;
            },
            "the part is gone");
    }

    [Fact]
    public async Task A_worker_with_a_full_disk_leaves_the_messages_to_others_and_goes_on_once_there_is_room()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.MinFreeDiskBytes = long.MaxValue / 4);
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        await system.UntilAsync(id, waiting => waiting.WaitReason is not null);

        var message = (await system.Queue.ReceiveAsync([system.Names.Normal], 1, TimeSpan.Zero, TimeSpan.Zero, None))
            .ShouldHaveSingleItem();
        message.ReceiveCount.ShouldBe(1, "the worker never took it");
        await system.Queue.ChangeVisibilityAsync(message, TimeSpan.Zero, None);
        system.Options.Nommerd.MinFreeDiskBytes = 0;
        await system.UntilAsync(id, JobState.Finished);
    }

    [Fact]
    public async Task Jobs_are_not_said_to_wait_for_a_disk_when_another_worker_has_room()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.MinFreeDiskBytes = 1L << 60);
        await system.Store.TryPutNodeAsync(Other(diskFree: long.MaxValue), 0, None);
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        var other = (await system.Store.GetNodeAsync("other", None))!;
        await Should.ThrowAsync<TimeoutException>(
            system.UntilAsync(id, job => job.WaitReason is not null).WaitAsync(TimeSpan.FromSeconds(4)));

        await system.Store.TryPutNodeAsync(
            other with { State = NodeState.Terminated, Version = other.Version + 1 }, other.Version, None);
        await system.UntilAsync(id, job => job.WaitReason is not null);
    }

    [Theory]
    [InlineData("special", 5)]
    [InlineData("scripted", 30)]
    public async Task A_job_for_a_nommer_of_another_worker_comes_again_soon(string nommerOfOther, double longest)
    {
        await using var system = new WorkerFixture();
        await system.Store.TryPutNodeAsync(Other(nommerOfOther), 0, None);
        var host = await system.StartWorkerAsync();
        var id = await system.SubmitAsync(spec => spec with { Options = spec.Options with { Nommer = "special" } });
        var job = (await system.Store.GetAsync(id, None))!;

        var refusal = (await host.Services.GetRequiredService<Admission>().RefusalAsync(job, 1, None)).ShouldNotBeNull();
        refusal.PutBackFor.TotalSeconds.ShouldBeInRange(longest > 5 ? longest : 1, longest);
        (refusal.Reason is null).ShouldBe(longest < 30, "a job that only waits for its turn has no reason to show");
        if (refusal.Reason is not null)
            await system.UntilAsync(id, waiting => waiting.WaitReason?.Contains("'special'") == true);
    }

    private static void MarkAsWorkers(string folder)
    {
        new FolderOwner("another boot pid:[1]", 7, 7).WriteTo(folder);
        File.WriteAllText(Path.Combine(folder, ".lock"), "");
    }

    private static Node Other(string nommer = "scripted", long diskFree = 0) => new()
    {
        Id = "other",
        Nommers = [nommer],
        DiskFreeBytes = diskFree,
        LastReportAt = DateTimeOffset.UtcNow.AddSeconds(60),
        Version = 1,
    };
}
