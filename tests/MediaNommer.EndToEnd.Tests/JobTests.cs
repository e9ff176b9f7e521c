using MediaNommer.Client.Wire;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>One feederd and one worker as separate processes: what a user meets every day.</summary>
public sealed class JobTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task A_submitted_job_ends_with_a_whole_and_verified_output()
    {
        var feederd = await site.StartFeederdAsync();
        var worker = await site.StartWorkerAsync();
        var dest = site.PathOf("new folder/out.mp4");

        var id = await site.SubmitAsync(Clips.QuickJob(dest, seconds: 2));
        var job = await site.WaitForAsync(id, "FINISHED");

        job.Progress.ShouldBe(1);
        job.Output.ShouldNotBeNull().Size.ShouldBe(new FileInfo(dest).Length);
        var source = job.Source.ShouldNotBeNull();
        source.Streams.Select(stream => (stream.Kind, stream.Codec, stream.Width, stream.Channels))
            .ShouldBe([("video", "h264", 320, null), ("audio", "aac", null, 1)]);
        source.Size.ShouldBe(new FileInfo(Clips.OfSeconds(2)).Length);
        source.Duration.ShouldNotBeNull().ShouldBe(2, 0.3);
        (await site.Client.GetLogAsync(id)).ShouldNotBeNull().ShouldStartWith("$ ffmpeg -hide_banner");
        Clips.Probe(dest).Streams.ShouldBe(["audio:aac", "video:h264"]);
        Clips.Probe(dest).Duration.ShouldBe(2, 0.3);
        var boxes = Clips.Boxes(dest).ToList();
        boxes.IndexOf("moov").ShouldBeInRange(0, boxes.IndexOf("mdat"));
        Directory.GetFiles(Path.GetDirectoryName(dest)!).ShouldBe([dest]);
        var states = (await site.Client.GetHistoryAsync(id)).Events.Select(line => line.JobState).Distinct();
        states.ShouldBe(["PENDING", "DOWNLOADING", "ENCODING", "UPLOADING", "FINISHED"]);
    }

    [Fact]
    public async Task A_presets_job_shows_its_source_as_a_probe_does_even_when_it_is_refused()
    {
        var feederd = await site.StartFeederdAsync();
        var worker = await site.StartWorkerAsync();
        var silent = site.PathOf("silent.mkv");
        Clips.Run(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30000/1001:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p10le",
            "-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc", "-color_range", "tv",
            "-metadata:s:v:0", "language=deu", silent);

        var good = await site.SubmitAsync(new JobRequest { SourcePath = Clips.OfSeconds(2), DestPath = site.PathOf("a.mp4"), Preset = "web_480p" });
        var refused = await site.SubmitAsync(new JobRequest { SourcePath = silent, DestPath = site.PathOf("b.mp3"), Preset = "audio_mp3" });

        (await site.WaitForAsync(good, "FINISHED")).Source!.Streams.ShouldBe((await site.Client.ProbeAsync(Clips.OfSeconds(2))).Streams);
        var facts = (await site.WaitForAsync(refused, "ERROR")).Source.ShouldNotBeNull();
        facts.Streams.ShouldBe((await site.Client.ProbeAsync(silent)).Streams, customMessage: "Both say the same.");
        facts.Streams[0].Color.ShouldBe("tv, bt2020nc/bt2020/arib-std-b67");
        facts.Size.ShouldBe(new FileInfo(silent).Length);
    }

    [Fact]
    public async Task Cancelling_a_running_job_ends_its_ffmpeg_and_leaves_no_output()
    {
        var feederd = await site.StartFeederdAsync();
        var worker = await site.StartWorkerAsync();
        var dest = site.PathOf("out.mp4");
        var id = await site.SubmitAsync(Clips.SlowJob(dest, seconds: 20));
        await site.WaitUntilEncodingAsync(id);

        var cancel = await site.RunAsync("cancel", id);

        (await cancel.WaitAsync()).ShouldBe(0, cancel.ToString());
        await site.WaitForAsync(id, "CANCELLED", TimeSpan.FromSeconds(5));
        (await site.Client.GetLogAsync(id)).ShouldNotBeNull().ShouldContain("Input #0, mov");
        await Until.True("ffmpeg is gone", () => site.Ffmpegs().Count == 0, TimeSpan.FromSeconds(5));
        File.Exists(dest).ShouldBeFalse();
        var work = Path.Combine(site.DataDir, "work");
        await Until.True(
            "its work folder is gone",
            () => Directory.GetDirectories(work, $"{id}*", SearchOption.AllDirectories).Length == 0,
            TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_job_waits_for_room_on_the_disk_and_says_so()
    {
        site.Settings["NOMMER__NOMMERD__MINFREEDISKBYTES"] = long.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var feederd = await site.StartFeederdAsync();
        var worker = await site.StartWorkerAsync();

        var id = await site.SubmitAsync(Clips.QuickJob(site.PathOf("out.mp4")));

        var job = await Until.AsyncIs("the job says why it waits", () => site.Client.GetJobAsync(id), found => found.WaitReason is not null);
        job.JobState.ShouldBe("PENDING");
        job.WaitReason.ShouldNotBeNull().ShouldContain("MinFreeDiskBytes");
    }

    [Fact]
    public async Task A_job_that_nobody_takes_is_ABANDONED_and_can_be_retried()
    {
        site.Settings["NOMMER__FEEDERD__ABANDONINACTIVEJOBSTHRESH"] = "1";
        var feederd = await site.StartFeederdAsync();
        var id = await site.SubmitAsync(Clips.QuickJob(site.PathOf("out.mp4")));

        var job = await site.WaitForAsync(id, "ABANDONED");
        job.JobStateDetails.ShouldNotBeNull().ShouldContain("Nothing was heard");

        var worker = await site.StartWorkerAsync();
        var retry = await site.RunAsync("retry", id);
        (await retry.WaitAsync()).ShouldBe(0, retry.ToString());
        await Until.AsyncIs("it is finished after all", () => site.Client.GetJobAsync(id), found => found.JobState == "FINISHED");
    }

    [Fact]
    public async Task Old_finished_jobs_are_pruned_by_age()
    {
        site.Settings["NOMMER__FEEDERD__KEEPFINISHEDJOBS"] = "1";
        site.Settings["NOMMER__FEEDERD__PRUNEJOBSINTERVAL"] = "0.3";
        var feederd = await site.StartFeederdAsync();
        var id = await site.SubmitAsync(Clips.QuickJob(site.PathOf("out.mp4")));
        await site.Client.CancelAsync(id);

        await Until.AsyncIs("the job is gone", () => site.Client.ListJobsAsync(), list => list.Jobs.Count == 0);
    }

    [Fact]
    public async Task A_job_whose_source_is_cut_off_is_an_ERROR_unless_that_is_allowed()
    {
        var feederd = await site.StartFeederdAsync();
        var worker = await site.StartWorkerAsync();
        var broken = site.PathOf("broken.ts");
        var whole = site.PathOf("whole.mkv");
        Clips.Run("ffmpeg", "-v", "error", "-i", Clips.OfSeconds(6), "-c", "copy", whole);
        var bytes = await File.ReadAllBytesAsync(whole);
        await File.WriteAllBytesAsync(broken, bytes[..(bytes.Length / 2)]);

        var strict = await site.SubmitAsync(Clips.QuickJob(site.PathOf("strict.mp4")) with { SourcePath = broken, MaxAttempts = 1 });
        var tolerant = await site.SubmitAsync(Clips.QuickJob(site.PathOf("tolerant.mp4")) with { SourcePath = broken, AllowTruncated = true });

        (await site.WaitForAsync(strict, "ERROR")).JobStateDetails.ShouldNotBeNullOrEmpty();
        await site.WaitForAsync(tolerant, "FINISHED");
        File.Exists(site.PathOf("strict.mp4")).ShouldBeFalse();
    }
}
