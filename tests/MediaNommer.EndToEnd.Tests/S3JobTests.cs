using MediaNommer.Backends.Tests.Aws;
using MediaNommer.Client.Wire;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>Sources and outputs in S3, with the default backend.</summary>
public sealed class S3JobTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task A_job_from_S3_to_S3_with_keys_in_its_addresses_finishes_and_shows_them_nowhere()
    {
        const string Secret = "hush/hush+hush%2540@hush/0";
        var moto = await MotoServer.OptionsAsync();
        using var bucket = await TestBucket.CreateAsync(moto);
        await bucket.PutAsync("in/Who? #1 100%.mp4", await File.ReadAllBytesAsync(Clips.OfSeconds(2)));
        site.Settings["NOMMER__AWS__S3__ENDPOINTURL"] = moto.EndpointUrl;
        site.Settings["NOMMER__AWS__REGION"] = "eu-central-1";
        var feederd = await site.StartFeederdAsync();
        var worker = await site.StartWorkerAsync();

        var id = await site.SubmitAsync(new JobRequest
        {
            SourcePath = $"s3://HUSHID:{Secret}@{bucket.Name}/in/Who? #1 100%.mp4",
            DestPath = $"s3://HUSHID:{Secret}@{bucket.Name}/out/ü film.mp4",
            Preset = "web_medium",
        });
        var job = await site.WaitForAsync(id, "FINISHED");

        job.SourcePath.ShouldBe($"s3://***:***@{bucket.Name}/in/Who? #1 100%.mp4");
        (await bucket.EverythingAsync()).ShouldBe(["in/Who? #1 100%.mp4", "out/ü film.mp4"]);
        var output = site.PathOf("fetched.mp4");
        await File.WriteAllBytesAsync(output, bucket.Get("out/ü film.mp4")!);
        Clips.Probe(output).Streams.ShouldBe(["audio:aac", "video:h264"]);

        using var http = new HttpClient();
        var shown = await http.GetStringAsync(new Uri(site.Address, $"/v1/jobs/{id}/history"))
            + await http.GetStringAsync(new Uri(site.Address, "/v1/jobs"));
        foreach (var text in (string[])[shown, feederd.Output, feederd.Errors, worker.Output, worker.Errors, .. Kept()])
            text.Contains("hush", StringComparison.OrdinalIgnoreCase).ShouldBeFalse();
    }

    /// <summary>Everything that the two wrote to disk.</summary>
    private IEnumerable<string> Kept() => Directory.EnumerateFiles(site.DataDir, "*", SearchOption.AllDirectories)
        .Where(path => Path.GetFileName(path) is not ("secret.key" or ".lock"))
        .Select(path => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path)));
}
