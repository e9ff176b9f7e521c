using System.Diagnostics;
using MediaNommer.Core.Nodes;
using MediaNommer.Nommerd.Worker;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Worker;

/// <summary>Whose work folders are removed, and whose are not.</summary>
public class DeadFoldersTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly FolderOwner OfAnotherMachine = new("another boot pid:[1]", 7, 7);

    [Fact]
    public async Task A_worker_of_another_machine_that_reports_keeps_its_folder_though_no_lock_reaches_us()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.LeaseSeconds = 1.5);
        var run = NewFolder(system, "far-1-abc", OfAnotherMachine);
        var node = await ReportAsync(system, null);
        await system.StartWorkerAsync();
        var started = Stopwatch.GetTimestamp();

        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(3))
        {
            node = await ReportAsync(system, node);
            Directory.Exists(run).ShouldBeTrue();
            await Task.Delay(50);
        }

        await Soon.BeAsync(() => !Directory.Exists(run), "it is removed once the reports have stopped");
        Stopwatch.GetElapsedTime(started).TotalSeconds.ShouldBeGreaterThan(4, "after a grace period");
    }

    [Fact]
    public async Task A_folder_that_is_still_touched_is_kept_whatever_the_store_says()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.LeaseSeconds = 0.5);
        var run = NewFolder(system, "other-installation", OfAnotherMachine);
        await system.StartWorkerAsync();
        var started = Stopwatch.GetTimestamp();

        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(3))
        {
            File.SetLastWriteTimeUtc(Path.Combine(Path.GetDirectoryName(run)!, ".lock"), DateTime.UtcNow);
            Directory.Exists(run).ShouldBeTrue();
            await Task.Delay(50);
        }

        await Soon.BeAsync(() => !Directory.Exists(run), "it is removed once nobody touches it any more");
    }

    [Fact]
    public async Task A_living_worker_of_this_machine_keeps_its_folder_though_its_lock_is_lost()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.LeaseSeconds = 0.5);
        var run = NewFolder(system, "near-1-abc", FolderOwner.Current);
        await system.StartWorkerAsync();
        var started = Stopwatch.GetTimestamp();
        await Soon.BeAsync(() => Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(3), "some leases have passed");
        Directory.Exists(run).ShouldBeTrue();
    }

    [Fact]
    public async Task Programs_that_a_dead_worker_left_running_are_ended_and_nobody_elses()
    {
        await using var system = new WorkerFixture(options => options.Nommerd.LeaseSeconds = 0.5);
        using var worker = Start(Path.GetTempPath(), null);
        var owner = new FolderOwner(FolderOwner.Current.Realm, worker.Id, FolderOwner.StartOf(worker.Id)!.Value);
        var run = NewFolder(system, "near-1-abc", owner);
        using var orphan = Start(run, worker.Id);
        using var visitor = Start(run, null);
        using var stranger = Start(Path.GetTempPath(), worker.Id);
        worker.Kill();
        await worker.WaitForExitAsync();

        await system.StartWorkerAsync();

        await Soon.BeAsync(() => orphan.HasExited && !Directory.Exists(run), "the orphan is ended and the folder removed");
        (visitor.HasExited, stranger.HasExited).ShouldBe((false, false));
        visitor.Kill();
        stranger.Kill();
    }

    [Fact]
    public async Task A_worker_whose_whole_folder_was_taken_away_makes_a_new_one()
    {
        await using var system = new WorkerFixture();
        await system.StartWorkerAsync();
        Directory.Move(system.WorkRoot, system.WorkRoot + "-taken-away");
        await system.UntilAsync(await system.SubmitAsync(), Core.Jobs.JobState.Finished);
        var own = Directory.GetDirectories(system.WorkRoot).ShouldHaveSingleItem();
        WorkFolders.IsUnlocked(own).ShouldBeFalse();
    }

    private static string NewFolder(WorkerFixture system, string worker, FolderOwner owner)
    {
        var folder = Directory.CreateDirectory(Path.Combine(system.WorkRoot, worker));
        owner.WriteTo(folder.FullName);
        File.WriteAllText(Path.Combine(folder.FullName, ".lock"), "");
        return folder.CreateSubdirectory("job-encode-1").FullName;
    }

    private static async Task<Node> ReportAsync(WorkerFixture system, Node? before)
    {
        var node = new Node { Id = "far-1-abc", LastReportAt = DateTimeOffset.UtcNow, Version = (before?.Version ?? 0) + 1 };
        (await system.Store.TryPutNodeAsync(node, before?.Version ?? 0, None)).ShouldBeTrue();
        return node;
    }

    private static Process Start(string folder, int? markedBy)
    {
        var start = new ProcessStartInfo("sleep", ["60"]) { WorkingDirectory = folder };
        if (markedBy is { } worker)
            start.Environment[OrphanedPrograms.Mark] = $"{worker}";
        return Process.Start(start)!;
    }
}
