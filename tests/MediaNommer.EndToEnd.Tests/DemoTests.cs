using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

public sealed class DemoTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task The_demo_makes_a_clip_and_prints_the_path_of_a_web_video_alone_on_the_last_line()
    {
        var demo = await site.RunAsync("demo");

        (await demo.WaitAsync()).ShouldBe(0, demo.ToString());
        var path = demo.Output.TrimEnd('\n').Split('\n')[^1];
        Path.IsPathFullyQualified(path).ShouldBeTrue(path);
        var facts = Clips.Probe(path);
        facts.Streams.ShouldBe(["audio:aac", "video:h264"]);
        facts.Duration.ShouldBe(10, 0.5);
        var boxes = Clips.Boxes(path).ToList();
        boxes.IndexOf("moov").ShouldBeInRange(0, boxes.IndexOf("mdat"));
        demo.Errors.ShouldContain("ENCODING");
    }

    [Fact]
    public async Task The_demo_takes_a_file_with_spaces_and_umlauts_in_its_name()
    {
        File.Copy(Clips.OfSeconds(2), site.PathOf("Über uns – final.mp4"));

        var demo = await site.RunAsync("demo", "Über uns – final.mp4");

        (await demo.WaitAsync()).ShouldBe(0, demo.ToString());
        var path = demo.Output.TrimEnd('\n').Split('\n')[^1];
        path.ShouldBe(site.PathOf("Über uns – final.web_720p.mp4"));
        Clips.Probe(path).Duration.ShouldBe(2, 0.3);
    }

    [Fact]
    public async Task The_demo_of_something_that_is_no_media_fails_with_one_line_and_no_output()
    {
        await File.WriteAllTextAsync(site.PathOf("notes.txt"), "no media");

        var demo = await site.RunAsync("demo", "notes.txt");

        (await demo.WaitAsync()).ShouldBe(1, demo.ToString());
        demo.Output.ShouldBeEmpty();
        demo.Errors.Split('\n').ShouldContain(line => line.StartsWith("nommer: job ", StringComparison.Ordinal) && line.Contains("ERROR"));
        demo.Errors.ShouldNotContain("   at ");
        Directory.GetFiles(site.Folder).ShouldBe([site.PathOf("notes.txt")]);
    }

    [Fact]
    public async Task Ctrl_C_ends_an_encode_with_everything_it_started_and_leaves_no_output()
    {
        var options = site.PathOf("slow.json");
        await File.WriteAllTextAsync(options, """{"nommer": "ffmpeg", "options": [{"infile_options": [["re", null]], "outfile_options": []}]}""");
        var encode = site.Start("encode", Clips.OfSeconds(20), "out.mp4", "--options", options);
        await Until.True("ffmpeg is at work", () => site.Ffmpegs().Count > 0);

        encode.Signal(Signals.Interrupt);

        (await encode.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe(130, encode.ToString());
        await Until.True("no ffmpeg is left", () => site.Ffmpegs().Count == 0, TimeSpan.FromSeconds(3));
        Directory.GetFiles(site.Folder).ShouldBe([options]);
    }

    [Fact]
    public async Task Encode_prints_one_json_document_of_the_job()
    {
        var encode = await site.RunAsync("encode", Clips.OfSeconds(1), "out.webm", "--preset", "webm_vp9_720p", "--json");

        (await encode.WaitAsync()).ShouldBe(0, encode.ToString());
        using var json = System.Text.Json.JsonDocument.Parse(encode.Output);
        json.RootElement.GetProperty("job_state").GetString().ShouldBe("FINISHED");
        json.RootElement.GetProperty("dest_path").GetString().ShouldBe(site.PathOf("out.webm"));
        Clips.Probe(site.PathOf("out.webm")).Streams.ShouldContain("video:vp9");
    }

    [Fact]
    public async Task What_a_user_has_under_the_name_of_the_result_stays()
    {
        File.Copy(Clips.OfSeconds(1), site.PathOf("full.mkv"));
        await File.WriteAllTextAsync(site.PathOf("full.web_720p.mp4"), "precious");

        var demo = await site.RunAsync("demo", "full.mkv");

        (await demo.WaitAsync()).ShouldBe(0, demo.ToString());
        demo.Output.TrimEnd().ShouldEndWith(site.PathOf("full.web_720p-2.mp4"));
        (await File.ReadAllTextAsync(site.PathOf("full.web_720p.mp4"))).ShouldBe("precious");
        var encode = await site.RunAsync("encode", "full.mkv", "full.web_720p.mp4");
        (await encode.WaitAsync()).ShouldBe(1, encode.ToString());
        encode.Errors.ShouldContain("give --overwrite to replace it, or --if-exists skip to keep it");
    }

    [Theory]
    [InlineData(2, "no_such_preset", "encode", "in.mp4", "out.mp4", "--preset", "no_such_preset")]
    [InlineData(2, "either --preset or --options", "encode", "a", "b", "--preset", "web_medium", "--options", "c.json")]
    [InlineData(2, "options file cannot be read", "encode", "a", "b", "--options", "missing.json")]
    [InlineData(2, "encode --help", "encode", "only-one")]
    [InlineData(1, "missing.mp4", "encode", "missing.mp4", "out.mp4")]
    public async Task Wrong_usage_is_told_from_a_failed_job(int exitCode, string says, params string[] arguments)
    {
        var encode = await site.RunAsync(arguments);

        (await encode.WaitAsync()).ShouldBe(exitCode, encode.ToString());
        encode.Output.ShouldBeEmpty();
        encode.Errors.ShouldContain(says);
        encode.Errors.ShouldNotContain("   at ");
    }
}
