using MediaNommer.Client.Wire;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>Files that somebody still writes to when their jobs are submitted.</summary>
public sealed class GrowingSourceTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public async Task InitializeAsync()
    {
        site.Settings["NOMMER__STORAGE__SETTLESECONDS"] = "3";
        await site.StartFeederdAsync();
    }

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Theory]
    [InlineData("mp4", "web_480p")]
    [InlineData("mp4", null)]
    [InlineData("mkv", "web_480p")]
    [InlineData("ts", "web_480p")]
    public async Task A_file_that_grows_is_encoded_whole_once_it_is_complete(string ending, string? preset)
    {
        var whole = Media.Clips.Make($"grows.{ending}", $"{Media.Clips.Picture} {Media.Clips.Sound} {Media.Clips.Codecs}");
        var (source, dest) = (site.PathOf($"in.{ending}"), site.PathOf("out.mp4"));
        var content = await File.ReadAllBytesAsync(whole);
        var half = content.Length / 2;
        await File.WriteAllBytesAsync(source, content[..half]);
        var job = Clips.QuickJob(dest) with { SourcePath = source, MaxAttempts = 1 };
        if (preset is not null)
            job = job with { JobOptions = new() { Preset = preset } };
        await site.StartWorkerAsync();
        var id = await site.SubmitAsync(job);

        var at = half;
        var waiting = await Until.AsyncIs(
            "the job waits for the rest",
            async () =>
            {
                if (at < content.Length - 1000)
                    await File.AppendAllBytesAsync(source, content[at..(at += 100)]);
                return await site.Client.GetJobAsync(id);
            },
            seen => seen.WaitReason is not null || seen.HasEnded, pause: TimeSpan.FromSeconds(0.2));
        waiting.WaitReason.ShouldNotBeNull(waiting.JobStateDetails).ShouldContain("is still being written to");
        await File.AppendAllBytesAsync(source, content[at..]);

        await site.WaitForAsync(id, "FINISHED", TimeSpan.FromMinutes(2));
        Clips.Probe(dest).Duration.ShouldBe(4, 0.3);
    }
}
