using System.Runtime.Versioning;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>/v1/probe and what earlier looks left behind.</summary>
[SupportedOSPlatform("linux")]
public sealed class ProbeApiTests
{
    private const string Report = "[info] Input #0, mov,mp4, from 'x':\\n[info]   Duration: 00:00:02.00, bitrate: 5 kb/s\\n"
        + "[info]   Stream #0:0(und): Video: h264, yuv420p, 320x180, 25 fps\\n";

    [Fact]
    public async Task Two_looks_at_once_clear_away_the_same_leftovers()
    {
        await using var feederd = await RunningFeederd.StartAsync(options => options.Ffmpeg.FfprobePath = FakeFfprobe(options.DataDir));
        var source = Path.Combine(feederd.DataDir, "outputs", "movie.mov");
        Directory.CreateDirectory(Path.GetDirectoryName(source)!);
        await File.WriteAllTextAsync(source, "movie");
        var body = $$"""{"source_path": "{{source}}"}""";
        using var first = await feederd.PostAsync("/v1/probe", body);
        var probes = Path.Combine(feederd.DataDir, "probes");
        for (var i = 0; i < 2_000; i++)
            Directory.CreateDirectory(Path.Combine(probes, $"{i}")).LastWriteTimeUtc = DateTime.UtcNow - TimeSpan.FromHours(1);

        var answers = await Task.WhenAll(feederd.PostAsync("/v1/probe", body), feederd.PostAsync("/v1/probe", body));

        foreach (var answer in answers)
            ((int)answer.StatusCode).ShouldBe(200, await answer.Content.ReadAsStringAsync());
        Directory.GetDirectories(probes).ShouldBeEmpty();
    }

    private static string FakeFfprobe(string folder)
    {
        var program = Path.Combine(folder, "ffprobe");
        File.WriteAllText(program, $"#!/bin/sh\nprintf \"{Report}\" >&2\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return program;
    }
}
