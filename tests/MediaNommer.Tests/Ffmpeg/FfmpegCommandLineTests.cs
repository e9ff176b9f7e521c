using MediaNommer.Core.Jobs;
using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class FfmpegCommandLineTests
{
    private static readonly string[] Start =
        ["-hide_banner", "-nostdin", "-y", "-loglevel", "level+verbose", "-nostats", "-progress", "pipe:1"];

    private static readonly string[] Input =
        ["-protocol_whitelist", "file", "-format_whitelist", SourceFormats.Allowed, "-i", "file:source.mov"];

    [Fact]
    public void One_pass_reads_the_source_and_writes_the_output_last()
    {
        var options = One(new EncodePass
        {
            InfileOptions = [new("ss", "10"), new("an", null)],
            OutfileOptions = [new("c:v", "libx264"), new("threads", "0"), new("vn", null), new("vf", "scale=640:-2, fps=25")],
        });

        Build(options).ShouldBe(
            [.. Start, "-ss", "10", "-an", .. Input, "-c:v", "libx264", "-threads", "0", "-vn", "-vf", "scale=640:-2, fps=25", "file:output.mp4"]);
    }

    [Fact]
    public void The_restrictions_of_the_source_stand_after_what_the_user_asks_for_so_that_they_win()
    {
        var arguments = Build(One(new EncodePass { InfileOptions = [new("protocol_whitelist", "file,http")] }));

        Array.LastIndexOf(arguments, "-protocol_whitelist").ShouldBeGreaterThan(Array.IndexOf(arguments, "file,http"));
    }

    [Theory]
    [InlineData("output.mp4", null, true)]
    [InlineData("output.MOV", null, true)]
    [InlineData("output.mp4", "+faststart+rtphint", false)]
    [InlineData("output.mp4", "rtphint", true)]
    [InlineData("output.webm", null, false)]
    public void The_index_is_moved_to_the_front_where_that_means_something(string output, string? movflags, bool added)
    {
        var pass = new EncodePass
        {
            MoveAtomToFront = true,
            OutfileOptions = movflags is null ? [] : [new("movflags", movflags)],
        };

        FfmpegCommandLine.Build(One(pass), 0, "source.mov", output)[^3..^1].SequenceEqual(["-movflags", "+faststart"]).ShouldBe(added);
    }

    [Theory]
    [InlineData("web_medium", "c:a=aac", "aresample=async=1:min_hard_comp=0.02:first_pts=0")]
    [InlineData("cb_low", "c:a=aac af=aresample=async=480", "aresample=async=480:min_hard_comp=0.02:first_pts=0")]
    [InlineData("web_medium", "c:a=aac af=volume=2", null)]
    [InlineData("web_medium", "c:a=copy", null)]
    [InlineData("web_medium", "c:v=libx264 an", null)]
    [InlineData(null, "c:a=aac", null)]
    [InlineData(null, "c:a=aac af=aresample=async=480", null)]
    public void The_sound_of_presets_keeps_its_time(string? preset, string options, string? filter)
    {
        var pass = new EncodePass
        {
            OutfileOptions = [.. options.Split(' ').Select(option => option.Split('=', 2)).Select(pair => new OptionPair(pair[0], pair.ElementAtOrDefault(1)))],
        };

        Build(One(pass) with { Preset = preset }).SingleOrDefault(argument => argument.Contains("min_hard_comp", StringComparison.Ordinal))
            .ShouldBe(filter);
    }

    [Fact]
    public void A_first_pass_writes_statistics_and_no_output()
    {
        var options = Two([new("c:v", "libx264"), new("f", "mp4")], [new("c:v", "libx264"), new("f", "mp4")]);

        Build(options, 0).ShouldBe(
            [.. Start, .. Input, "-c:v", "libx264", "-pass", "1", "-passlogfile", "passlog", "-f", "mp4", "/dev/null"]);
        Build(options, 1).ShouldBe(
            [.. Start, .. Input, "-c:v", "libx264", "-f", "mp4", "-pass", "2", "-passlogfile", "passlog", "-movflags", "+faststart", "file:output.mp4"]);
    }

    [Fact]
    public void Passes_that_the_user_numbers_are_left_alone()
    {
        var options = Two([new("c:v", "libx264"), new("pass", "1")], [new("c:v", "libx264"), new("pass:v", "2")]);

        Build(options, 1).Count(argument => argument.StartsWith("-pass", StringComparison.Ordinal)).ShouldBe(2);
        Build(options, 0).ShouldBe(
            [.. Start, .. Input, "-c:v", "libx264", "-pass", "1", "-passlogfile", "passlog", "-f", "mp4", "/dev/null"]);
    }

    [Fact]
    public void Encoders_with_statistics_of_their_own_are_left_alone()
    {
        var options = Two([new("c:v", "libx265"), new("x265-params", "pass=1")], [new("c:v", "libx265"), new("x265-params", "pass=2")]);

        Build(options, 0).ShouldBe([.. Start, .. Input, "-c:v", "libx265", "-x265-params", "pass=1", "-f", "mp4", "/dev/null"]);
    }

    [Fact]
    public void No_format_that_opens_other_files_is_allowed_as_a_source() =>
        SourceFormats.Allowed.Split(',').Intersect(
            ["hls", "dash", "concat", "sdp", "rtsp", "rtp", "imf", "lavfi", "tty", "svg_pipe", "vobsub", "webm_dash_manifest",
            "video4linux2", "x11grab", "fbdev", "alsa", "pulse", "avisynth", "vapoursynth", "dvdvideo", "libcdio", "image2pipe"])
            .ShouldBeEmpty();

    private static string[] Build(EncodeOptions options, int pass = 0) =>
        FfmpegCommandLine.Build(options, pass, "source.mov", "output.mp4");

    private static EncodeOptions One(EncodePass pass) => new() { Passes = [pass] };

    private static EncodeOptions Two(OptionPair[] first, OptionPair[] second) => new()
    {
        Passes = [new() { OutfileOptions = first, MoveAtomToFront = true }, new() { OutfileOptions = second, MoveAtomToFront = true }],
    };
}
