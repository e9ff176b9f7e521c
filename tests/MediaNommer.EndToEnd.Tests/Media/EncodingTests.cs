using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

public class EncodingTests
{
    private static readonly string[] Fast = ["c:v=libx264", "preset=ultrafast", "pix_fmt=yuv420p", "c:a=aac"];

    [Fact]
    public async Task One_pass_gives_a_verified_file_with_its_index_in_front()
    {
        using var run = new NommerRun();

        var result = await run.EncodeAsync(Clips.Plain, "mp4", Fast);

        result.Message.ShouldBeEmpty();
        result.Succeeded.ShouldBeTrue();
        result.Output!.Streams.ShouldBe(["video:h264", "audio:aac"]);
        (result.Output.Width, result.Output.Height).ShouldBe((160, 90));
        result.Output.Duration!.Value.ShouldBe(4, 0.1);
        result.Output.Size.ShouldBe(new FileInfo(run.Output).Length);
        var front = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(run.Output).AsSpan(0, 64));
        front.ShouldContain("moov");
        run.Reports[^1].Fraction.ShouldBe(1, 0.05);
    }

    [Fact]
    public async Task Two_passes_write_their_statistics_and_then_the_output()
    {
        using var run = new NommerRun();
        var options = new EncodeOptions
        {
            Passes =
            [
                NommerRun.Pass("c:v=libx264", "preset=ultrafast", "b:v=100k", "threads=0", "an"),
                NommerRun.Pass("c:v=libx264", "preset=ultrafast", "b:v=100k", "threads=0", "c:a=aac"),
            ],
        };

        var result = await run.EncodeAsync(Clips.Plain, "mp4", options);

        result.Message.ShouldBeEmpty();
        result.Output!.Duration!.Value.ShouldBe(4, 0.1);
        result.Log.ShouldContain("--- pass 2 ---");
        Directory.GetFiles(Path.GetDirectoryName(run.Output)!, "passlog*").ShouldNotBeEmpty();
        run.Reports.Select(report => report.Fraction).ShouldBeInOrder();
        run.Reports.ShouldContain(report => report.Fraction > 0.3 && report.Fraction < 0.5);
    }

    [Theory]
    [InlineData("webm", "video:vp9", "c:v=libvpx-vp9", "deadline=realtime", "cpu-used=8", "c:a=libopus")]
    [InlineData("mkv", "video:h264", "c:v=libx264", "preset=ultrafast", "c:a=flac")]
    [InlineData("mp3", "audio:mp3", "vn", "c:a=libmp3lame")]
    [InlineData("ogg", "audio:opus", "vn", "c:a=libopus")]
    [InlineData("wav", "audio:pcm_s16le", "vn")]
    [InlineData("jpg", "video:mjpeg", "frames:v=1")]
    [InlineData("gif", "video:gif", "an")]
    [InlineData("ts", "video:h264", "c:v=libx264", "preset=ultrafast")]
    [InlineData("mov", "video:prores", "c:v=prores")]
    [InlineData("m4a", "audio:aac", "vn")]
    [InlineData("avi", "video:mpeg4", "c:a=mp3")]
    public async Task Other_formats_are_verified_too(string ending, string stream, params string[] options)
    {
        using var run = new NommerRun();

        var result = await run.EncodeAsync(Clips.Plain, ending, options);

        result.Message.ShouldBeEmpty();
        result.Output!.Streams.ShouldBeUnique();
        result.Output!.Streams[0].ShouldBe(stream);
    }

    [Theory]
    [InlineData(2, "ss=1", "t=2", "|")]
    [InlineData(1, "|", "ss=3")]
    [InlineData(1.5, "ss=2", "|", "to=1.5")]
    [InlineData(3, "ss=1", "to=4", "|")]
    [InlineData(1, "sseof=-1", "|")]
    [InlineData(4, "|", "t=100")]
    [InlineData(2, "|", "vf=setpts=PTS/2", "an")]
    [InlineData(0.5, "|", "frames:v=5", "an")]
    [InlineData(1, "|", "vf=trim=end=1", "an")]
    public async Task A_part_that_was_asked_for_is_no_cut_off_source(double seconds, params string[] options)
    {
        using var run = new NommerRun();

        var result = await run.EncodeAsync(Clips.Plain, "mp4", [.. options, "preset=ultrafast"]);

        result.Message.ShouldBeEmpty();
        result.Output!.Duration!.Value.ShouldBe(seconds, 0.25);
    }
}
