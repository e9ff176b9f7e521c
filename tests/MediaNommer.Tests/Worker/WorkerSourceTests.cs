using System.Collections.Concurrent;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Worker;

/// <summary>Sources that are late, grow, expire or go away.</summary>
public class WorkerSourceTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(503)]
    public async Task A_link_that_works_once_is_enough(int status)
    {
        var requests = new ConcurrentQueue<string>();
        await using var server = await StartServerAsync(context =>
        {
            requests.Enqueue(context.Request.Method);
            context.Response.StatusCode = requests.Count > 1 ? status : 200;
            return context.Response.WriteAsync("picture and sound");
        });
        using var storage = new HttpStorage(new StorageOptions { TransferRetries = 0 }, TimeProvider.System);
        await using var system = new WorkerFixture { Storage = storage };
        await system.StartWorkerAsync();

        var id = await system.SubmitAsync(spec => spec with { Source = new MediaUri(server.Urls.Single() + "/a.mp4", null), MaxAttempts = 1 });

        await system.UntilAsync(id, JobState.Finished);
        requests.ShouldBe(["GET"]);
        File.ReadAllText(system.DestPath).ShouldBe("picture and sound #1");
    }

    [Theory]
    [InlineData("Fri, 04 Mar 2011 05:06:07 GMT")]
    [InlineData(null)]
    public async Task A_link_that_works_once_tells_the_time_of_its_source_too(string? lastModified)
    {
        var requests = new ConcurrentQueue<string>();
        await using var server = await StartServerAsync(context =>
        {
            requests.Enqueue(context.Request.Method);
            context.Response.StatusCode = requests.Count > 1 ? 410 : 200;
            context.Response.Headers.LastModified = lastModified;
            return context.Response.WriteAsync("picture and sound");
        });
        using var storage = new HttpStorage(new StorageOptions { TransferRetries = 0 }, TimeProvider.System);
        await using var system = new WorkerFixture { Storage = storage };
        await system.StartWorkerAsync();

        var id = await system.SubmitAsync(
            spec => spec with { Source = new MediaUri(server.Urls.Single() + "/a.mp4", null), MaxAttempts = 1, PreserveMtime = true });
        var job = await system.UntilAsync(id, JobState.Finished);

        requests.ShouldBe(["GET"]);
        var at = File.GetLastWriteTimeUtc(system.DestPath);
        if (lastModified is null)
            at.ShouldBeGreaterThan(job.CreatedAt.UtcDateTime.AddSeconds(-1));
        else
            at.ShouldBe(new DateTime(2011, 3, 4, 5, 6, 7, DateTimeKind.Utc));
    }

    [Fact]
    public async Task A_download_that_has_no_room_is_waited_for_and_is_no_attempt()
    {
        await using var server = await StartServerAsync(context =>
        {
            context.Response.ContentLength = 1L << 50;
            return context.Response.StartAsync();
        });
        using var storage = new HttpStorage(new StorageOptions { TransferRetries = 0 }, TimeProvider.System);
        await using var system = new WorkerFixture { Storage = storage };
        await system.StartWorkerAsync();

        var id = await system.SubmitAsync(spec => spec with { Source = new MediaUri(server.Urls.Single() + "/a.mp4", null), MaxAttempts = 1 });

        var job = await system.UntilAsync(id, waiting => waiting.WaitReason is not null);
        job.WaitReason!.ShouldContain("disk is too full");
        job.CurrentStep.Strikes.ShouldBe(0);
    }

    [Fact]
    public async Task A_share_that_is_late_delays_its_jobs_and_fails_none()
    {
        await using var system = new WorkerFixture();
        await system.StartWorkerAsync();
        var share = Path.Combine(Path.GetDirectoryName(system.SourcePath)!, "share");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await system.SubmitAsync(spec => spec with { Source = new MediaUri($"{share}/films/a.mp4", null), MaxAttempts = 1 }));
        foreach (var id in ids)
            (await system.UntilAsync(id, job => job.WaitReason is not null)).WaitReason!.ShouldContain("its folder is not there");

        Directory.CreateDirectory(Path.Combine(share, "films"));
        File.Copy(system.SourcePath, Path.Combine(share, "films", "a.mp4"));

        foreach (var id in ids)
        {
            var job = await system.UntilAsync(id, JobState.Finished);
            (job.CurrentStep.Attempt, job.Wait).ShouldBe((1, null));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_share_that_does_not_answer_takes_no_slot_from_others(int answers)
    {
        using var storage = new HangingStorage { Answers = answers };
        const int Slots = 2;
        await using var system = new WorkerFixture(options => options.Scaling.MaxEncodingJobsPerEc2Instance = Slots) { Storage = storage, Clock = new HurriedClock() };
        await system.StartWorkerAsync();
        var dead = new List<string>();
        for (var i = 0; i < 5; i++)
            dead.Add(await system.SubmitAsync(spec => spec with { Source = new MediaUri("broken://share/a.mp4", null), Dest = new MediaUri($"{system.DestPath}{i}", null), MaxAttempts = 1 }));
        foreach (var id in dead)
        {
            var job = await system.UntilAsync(id, waiting => waiting.WaitReason is not null);
            job.WaitReason!.ShouldBe("The source broken://share/a.mp4 cannot be read now: its disk or share does not answer.");
        }

        await system.UntilAsync(await system.SubmitAsync(), JobState.Finished);

        storage.Looks.ShouldBeLessThanOrEqualTo(answers + Slots, "no further look is added to those that hang");
        storage.ComesBack();
        foreach (var id in dead)
            (await system.UntilAsync(id, JobState.Finished)).CurrentStep.Strikes.ShouldBe(0);
    }

    [Fact]
    public async Task A_destination_that_does_not_answer_is_waited_for()
    {
        using var storage = new HangingStorage();
        await using var system = new WorkerFixture { Storage = storage, Clock = new HurriedClock() };
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync(spec => spec with { Dest = new MediaUri("broken://share/a.mp4", null), MaxAttempts = 1 });

        var job = await system.UntilAsync(id, waiting => waiting.WaitReason is not null);

        job.WaitReason!.ShouldBe("The destination broken://share/a.mp4 cannot be written to now: its disk or share does not answer.");
        job.CurrentStep.Strikes.ShouldBe(0);
    }

    [Fact]
    public async Task A_share_that_never_comes_ends_the_job_after_the_time_that_is_set()
    {
        await using var system = new WorkerFixture(options => options.Jobs.WaitForStorage = 2);
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync(spec => spec with { Source = new MediaUri("/no/such/folder/a.mp4", null) });
        var job = await system.UntilAsync(id, JobState.Error);
        job.StateDetails!.ShouldMatch("its folder is not there.*Waited [2-9] s for it \\(Jobs:WaitForStorage\\)");
    }

    [Fact]
    public async Task A_destination_whose_share_is_away_is_waited_for()
    {
        var share = Directory.CreateTempSubdirectory("nommer-share-").FullName;
        await using var system = new WorkerFixture { Mounts = new Mounts([share]) };
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync(spec => spec with { Dest = new MediaUri($"{share}/a.mp4", null), MaxAttempts = 1 });
        var job = await system.UntilAsync(id, waiting => waiting.WaitReason is not null);
        job.WaitReason!.ShouldContain("Storage:RequireMount");
        (job.State, job.CurrentStep.Strikes).ShouldBe((JobState.Pending, 0));
        Directory.GetFileSystemEntries(share).ShouldBeEmpty();
        Directory.Delete(share);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_that_still_grows_is_waited_for_until_it_stands_still(bool fails)
    {
        await using var system = new WorkerFixture(options => options.Storage.SettleSeconds = 1);
        var looks = 0;
        system.Nommer.Script = run =>
        {
            if (run > 1)
                return null;
            File.AppendAllText(system.SourcePath, $", more {looks++}");
            return fails ? new() { Succeeded = false, Message = "The source is cut off.", BlamesSource = true } : null;
        };
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync(spec => spec with { MaxAttempts = 1 });
        var waiting = await system.UntilAsync(id, job => job.WaitReason is not null);
        waiting.WaitReason!.ShouldContain("is still being written to");

        var job = await system.UntilAsync(id, JobState.Finished);

        (job.CurrentStep.Attempt, job.CurrentStep.Strikes).ShouldBe((2, 0));
        File.ReadAllText(system.DestPath).ShouldBe("picture and sound, more 0 #2");
        (await system.Store.GetEventsAsync(id, None)).ShouldContain(line => line.Reason!.Contains("does not count as an attempt"));
    }

    [Fact]
    public async Task A_source_that_is_cut_off_and_stands_still_fails_for_good()
    {
        await using var system = new WorkerFixture(options => options.Storage.SettleSeconds = 1);
        system.Nommer.Script = _ => new() { Succeeded = false, Message = "The source is cut off.", BlamesSource = true };
        await system.StartWorkerAsync();
        var job = await system.UntilAsync(await system.SubmitAsync(), JobState.Error);
        (job.CurrentStep.Attempt, job.StateDetails).ShouldBe((1, "The source is cut off."));
    }

    [Fact]
    public async Task A_work_folder_that_vanishes_is_a_passing_fault_that_says_so()
    {
        await using var system = new WorkerFixture();
        system.Nommer.Examine = task =>
        {
            if (task.Attempt == 1)
                Directory.Delete(task.WorkFolder, recursive: true);
        };
        await system.StartWorkerAsync();
        var id = await system.SubmitAsync();
        var job = await system.UntilAsync(id, JobState.Finished);
        job.CurrentStep.Attempt.ShouldBe(2);
        (await system.Store.GetEventsAsync(id, None)).ShouldContain(line => line.Reason!.Contains("vanished while the run was at work"));
    }

    private static async Task<WebApplication> StartServerAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.Run(answer);
        await server.StartAsync();
        return server;
    }
}
