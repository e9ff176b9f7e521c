using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MediaNommer.Client;
using MediaNommer.Core.Settings;
using MediaNommer.EndToEnd.Tests.Running;
using MediaNommer.Feederd;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>What sources are, with the real ffprobe: <c>POST /v1/probe</c> and <c>nommer probe</c>.</summary>
public sealed class ProbeTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-probing-");
    private WebApplication feederd = null!;
    private NommerClient client = null!;

    public async Task InitializeAsync()
    {
        var options = new NommerOptions { DataDir = Path.Combine(folder.FullName, "data") };
        options.Feederd.Port = 0;
        feederd = FeederdHost.Create(options);
        await feederd.StartAsync();
        client = new NommerClient(new Uri(feederd.Urls.First()));
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await feederd.StopAsync();
        await feederd.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Container_length_and_streams_of_a_file_are_told_and_nothing_is_left()
    {
        var clip = Clips.OfSeconds(2);

        var facts = await client.ProbeAsync(clip);

        facts.Container.ShouldBe("mov,mp4,m4a,3gp,3g2,mj2");
        facts.Size.ShouldBe(new FileInfo(clip).Length);
        facts.Duration.ShouldNotBeNull().ShouldBe(2, 0.3);
        facts.Streams.Select(stream => (stream.Kind, stream.Codec, stream.Width, stream.Height, stream.Fps, stream.Channels)).ShouldBe(
            [("video", "h264", 320, 180, 25, null), ("audio", "aac", null, null, null, 1)]);
        Directory.GetFileSystemEntries(Path.Combine(folder.FullName, "data", "probes")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_no_media_is_refused_with_the_reason()
    {
        var text = Put("notes.mp4", "just a text"u8.ToArray());
        var cut = Put("cut.mp4", (await File.ReadAllBytesAsync(Clips.OfSeconds(2)))[..2000]);
        var list = Put("list.m3u8", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"u8.ToArray());
        var names = Put("names.txt", "ffconcat version 1.0\nfile /etc/passwd\n"u8.ToArray());

        foreach (var path in (string[])[text, cut, list, names, Put("empty.mov", [])])
        {
            var (status, code, detail) = await RefusalAsync(path);
            (status, code).ShouldBe((422, "SOURCE_UNREADABLE"), path);
            detail.ShouldContain(path);
        }

        (await RefusalAsync(cut)).Detail.ShouldContain("moov atom not found");
        (await RefusalAsync(Path.Combine(folder.FullName, "missing.mov"))).Code.ShouldBe("SOURCE_NOT_FOUND");
    }

    [Fact]
    public async Task A_folder_a_pipe_and_a_device_are_refused_at_once()
    {
        var pipe = Path.Combine(folder.FullName, "pipe.mov");
        Clips.Run("mkfifo", pipe);

        foreach (var path in (string[])[folder.FullName, pipe, "/dev/zero"])
            (await RefusalAsync(path)).Status.ShouldBe(422, path);
        (await RefusalAsync("relative.mov")).Code.ShouldBe("BAD_ADDRESS");
        (await RefusalAsync("gopher://x/y.mov")).Code.ShouldBe("UNKNOWN_SCHEME");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_a_large_file_on_a_server_the_ends_are_fetched(bool sendsParts)
    {
        // Its index is at its end.
        var film = Path.Combine(folder.FullName, "film.mov");
        Clips.Run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=120:r=48000", "-ac", "4", "-c:a", "pcm_s16le", film);
        new FileInfo(film).Length.ShouldBeGreaterThan(40_000_000);
        await using var server = await ServeAsync(film, sendsParts);
        var address = $"{server.Urls.First()}/film.mov?token=secret";

        if (sendsParts)
        {
            var facts = await client.ProbeAsync(address);
            (facts.Size, facts.Streams.ShouldHaveSingleItem().Codec).ShouldBe((new FileInfo(film).Length, "pcm_s16le"));
            facts.Duration.ShouldBe(120);
        }
        else
        {
            var (status, _, detail) = await RefusalAsync(address);
            status.ShouldBe(422);
            detail.ShouldContain("Only its first 16 MiB");
            detail.ShouldNotContain("secret");
        }
    }

    [Fact]
    public async Task The_command_tells_the_same_and_its_exit_code_says_whether_it_is_media()
    {
        await using var site = new TestSite();
        var text = site.PathOf("notes.mp4");
        await File.WriteAllTextAsync(text, "just a text");

        var told = await site.RunAsync("probe", Clips.OfSeconds(2));
        var json = await site.RunAsync("probe", Clips.OfSeconds(2), "--json");
        var refused = await site.RunAsync("probe", text);
        var unknown = await site.RunAsync("probe", "gopher://x/y.mov");

        (await told.WaitAsync()).ShouldBe(0, told.ToString());
        told.Output.ShouldContain("0  video h264 320×180 25 fps yuv420p");
        told.Output.ShouldContain("1  audio aac 44100 Hz 1 channel");
        JsonDocument.Parse(json.Output).RootElement.GetProperty("streams").GetArrayLength().ShouldBe(2);
        (await refused.WaitAsync()).ShouldBe(1);
        refused.Errors.ShouldContain("is no media that ffmpeg can read");
        (await unknown.WaitAsync()).ShouldBe(2);
    }

    private static async Task<WebApplication> ServeAsync(string path, bool sendsParts)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.MapMethods("/film.mov", ["GET", "HEAD"], () => Results.File(path, enableRangeProcessing: sendsParts));
        await server.StartAsync();
        return server;
    }

    private string Put(string name, byte[] content)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private async Task<(int Status, string Code, string Detail)> RefusalAsync(string source)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync($"{feederd.Urls.First()}/v1/probe", new { source_path = source });
        answer.StatusCode.ShouldNotBe(HttpStatusCode.OK);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("field").GetString().ShouldBe("source_path");
        return ((int)answer.StatusCode, problem.GetProperty("code").GetString()!, problem.GetProperty("detail").GetString()!);
    }
}
