using MediaNommer.Core.Jobs;
using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class ExpectedLengthTests
{
    [Theory]
    [InlineData("", "", 100.0)]
    [InlineData("ss=10", "", 90.0)]
    [InlineData("ss=10 t=5", "", 5.0)]
    [InlineData("ss=10 to=25", "", 15.0)]
    [InlineData("t=5 to=50", "", 5.0)]
    [InlineData("sseof=-30", "t=10", 10.0)]
    [InlineData("sseof=-30", "", 30.0)]
    [InlineData("ss=00:01:00", "ss=30", 10.0)]
    [InlineData("", "to=40", 40.0)]
    [InlineData("", "ss=10 to=40", 30.0)]
    [InlineData("ss=90", "t=1:00", 10.0)]
    [InlineData("ss=200", "", 0.0)]
    [InlineData("", "t=1500ms", 1.5)]
    [InlineData("", "r=25 vsync=cfr f=mp4 fps_mode=vfr", 100.0)]
    [InlineData("", "vf=yadif,scale='640:trunc(ow/a/2)*2',format=yuv420p af=aresample=async=1,volume=2", 100.0)]
    [InlineData("", "filter_complex=[0:v]split[a][b];[a]palettegen[p];[b][p]paletteuse", 100.0)]
    [InlineData("", "vf=drawtext=text='a,setpts':x=1", 100.0)]
    public void The_length_follows_from_the_options(string infile, string outfile, double seconds) =>
        ExpectedLength.Of(Pass(infile, outfile), 100).Seconds!.Value.ShouldBe(seconds, 0.001);

    [Theory]
    [InlineData("", "vf=setpts=PTS/2")]
    [InlineData("", "vf=scale=2:2,trim=end=3")]
    [InlineData("", "filter:v=select=eq(n\\,0)")]
    [InlineData("", "af=atempo=2")]
    [InlineData("", "vf=scale=9:9,palettegen")]
    [InlineData("", "filter_complex=[0:v]scale=9:9[x];[x]loop=3")]
    [InlineData("", "vf=some_filter_of_tomorrow")]
    [InlineData("", "shortest")]
    [InlineData("", "fs=1000")]
    [InlineData("", "frames:a=5")]
    [InlineData("", "frames:v=5")]
    [InlineData("stream_loop=2", "")]
    [InlineData("r=50", "")]
    [InlineData("f=rawvideo", "")]
    [InlineData("", "t=soon")]
    [InlineData("ss=-5", "")]
    [InlineData("", "bsf:v=setts=pts=PTS*2")]
    public void What_may_change_the_length_makes_it_unknown(string infile, string outfile) =>
        ExpectedLength.Of(Pass(infile, outfile), 100).Seconds.ShouldBeNull();

    [Fact]
    public void A_source_without_a_length_says_nothing() => ExpectedLength.Of(Pass("", "t=5"), null).Seconds.ShouldBeNull();

    [Fact]
    public void A_limit_of_frames_is_known() => ExpectedLength.Of(Pass("", "frames:v=5"), 100).Frames.ShouldBe(5);

    [Theory]
    [InlineData("90", 90.0)]
    [InlineData("1.5", 1.5)]
    [InlineData(".5", 0.5)]
    [InlineData("00:01:30.25", 90.25)]
    [InlineData("1:30", 90.0)]
    [InlineData("-3", -3.0)]
    [InlineData("200ms", 0.2)]
    [InlineData("500000us", 0.5)]
    [InlineData("7s", 7.0)]
    [InlineData("soon", null)]
    [InlineData("1:2:3:4", null)]
    [InlineData("", null)]
    [InlineData("99999999999999999999999999", null)]
    public void Times_are_read_as_ffmpeg_reads_them(string text, double? seconds) => TimeText.Seconds(text).ShouldBe(seconds);

    [Theory]
    [InlineData(4, "4.0 s")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(725, "12:05.0")]
    [InlineData(3723, "1:02:03")]
    public void Times_are_shown_so_that_people_can_read_them(double seconds, string text) => TimeText.Show(seconds).ShouldBe(text);

    private static EncodePass Pass(string infile, string outfile) =>
        new() { InfileOptions = Pairs(infile), OutfileOptions = Pairs(outfile) };

    private static List<OptionPair> Pairs(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word =>
            word.Split('=', 2) is [var key, var value] ? new OptionPair(key, value) : new OptionPair(word, null))];
}
