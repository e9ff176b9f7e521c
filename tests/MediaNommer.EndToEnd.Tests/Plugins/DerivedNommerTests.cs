using System.Text.Json;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Plugins;

/// <summary>A nommer that derives from the built-in one, run by real daemons.</summary>
public sealed class DerivedNommerTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task It_is_found_by_its_class_and_its_hooks_see_the_whole_way_of_a_job()
    {
        Sample.Build("ArchiveNommer", Path.Combine(site.DataDir, "plugins", "archive"));
        await site.StartFeederdAsync();
        await site.StartWorkerAsync();
        var dest = site.PathOf("out.mp4");
        var job = Clips.QuickJob(dest, seconds: 1);
        job = job with { JobOptions = job.JobOptions! with { Nommer = "MediaNommer.Samples.ArchiveNommer" } };

        var id = await site.SubmitAsync(job);
        await site.WaitForAsync(id, "FINISHED");

        var comment = Media.Clips.Run("ffprobe", site.Folder, ["-v", "error", "-show_entries", "format_tags=comment", "-of", "csv=p=0", dest]);
        comment.Trim().ShouldBe($"job {id}");
        var journal = Path.Combine(site.DataDir, "archive.journal");
        await Until.True("the end was told", () => File.ReadAllText(journal).Contains("ended", StringComparison.Ordinal));
        var lines = (await File.ReadAllLinesAsync(journal)).Select(line => string.Join(' ', line.Split(' ')[1..].Take(2)));
        lines.Select(line => line.StartsWith("SHA-256 ", StringComparison.Ordinal) ? "SHA-256" : line).ShouldBe(
            ["state Downloading", "state Encoding", "state Uploading", "SHA-256", "ended Finished"]);
    }

    [Fact]
    public async Task Its_options_are_guarded_like_those_of_the_built_in_one()
    {
        Sample.Build("ArchiveNommer", Path.Combine(site.DataDir, "plugins", "archive"));
        await site.StartFeederdAsync();
        await site.StartWorkerAsync();
        var job = Clips.QuickJob(site.PathOf("out.mp4"), seconds: 1);
        var options = job.JobOptions! with
        {
            Nommer = "ArchiveNommer",
            Options = JsonSerializer.Deserialize<JsonElement>("""[{"outfile_options": [["filter_complex", "movie=/etc/passwd"]]}]"""),
        };

        var id = await site.SubmitAsync(job with { JobOptions = options });
        var ended = await site.WaitForAsync(id, "ERROR");

        ended.JobStateDetails.ShouldNotBeNull().ShouldStartWith("Pass 1: the option 'filter_complex' holds");
        ended.Attempt.ShouldBe(1);
    }
}
