using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class OptionTranslatorTests
{
    [Theory]
    [InlineData("acodec=libfaac", "c:a=aac", "Option acodec=libfaac of 2011 became c:a=aac.")]
    [InlineData("c:a=libvo_aacenc", "c:a=aac", "Option c:a=libvo_aacenc of 2011 became c:a=aac.")]
    [InlineData("vcodec=xvid", "c:v=libxvid", "Option vcodec=xvid of 2011 became c:v=libxvid.")]
    [InlineData("b=400k", "b:v=400k", "Option b=400k of 2011 became b:v=400k.")]
    [InlineData("ab=128k", "b:a=128k", "Option ab=128k of 2011 became b:a=128k.")]
    [InlineData("qscale=3", "q:v=3", "Option qscale=3 of 2011 became q:v=3.")]
    [InlineData("async=480", "af=aresample=async=480", "Option async=480 of 2011 became af=aresample=async=480.")]
    [InlineData(
        "af=volume=2|async=1", "af=volume=2,aresample=async=1",
        "Option async=1 of 2011 became the filter aresample=async=1 in af.")]
    [InlineData(
        "async=1|filter:a=volume=2", "filter:a=volume=2,aresample=async=1",
        "Option async=1 of 2011 became the filter aresample=async=1 in filter:a.")]
    [InlineData("async=0", "", "Option async=0 of 2011 does nothing; it was left out.")]
    [InlineData("an|async=1", "an", "Option async=1 of 2011 does nothing without audio to encode; it was left out.")]
    [InlineData(
        "vprofile=baseline", "profile:v=baseline|pix_fmt=yuv420p",
        "Option vprofile=baseline of 2011 became profile:v=baseline.|Added pix_fmt=yuv420p, which profile:v=baseline needs.")]
    [InlineData(
        "profile=main|pix_fmt=yuvj420p", "profile:v=main|pix_fmt=yuvj420p",
        "Option profile=main of 2011 became profile:v=main.")]
    [InlineData("profile=aac_he", "profile:a=aac_he", "Option profile=aac_he of 2011 became profile:a=aac_he.")]
    [InlineData("vpre=slow_firstpass", "preset=slow", "Option vpre=slow_firstpass of 2011 became preset=slow.")]
    [InlineData("vpre=hq", "preset=slow", "Option vpre=hq of 2011 became preset=slow.")]
    [InlineData(
        "vpre=mine", "", "Option vpre=mine of 2011 named a file that ffmpeg no longer brings along; it was left out.")]
    [InlineData("sameq", "crf=18", "Option sameq of 2011 became crf=18.")]
    [InlineData("vcodec=mpeg4|same_quant", "vcodec=mpeg4|q:v=2", "Option same_quant of 2011 became q:v=2.")]
    [InlineData(
        "crf=20|sameq", "crf=20", "Option sameq of 2011 never kept the quality; the other options decide it; it was left out.")]
    [InlineData("newaudio", "", "Option newaudio of 2011 is gone: use map to choose streams; it was left out.")]
    [InlineData("deinterlace", "vf=yadif", "Option deinterlace of 2011 became vf=yadif.")]
    [InlineData(
        "deinterlace|vf=scale=2:2", "vf=yadif,scale=2:2", "Option deinterlace of 2011 became the filter yadif in vf.")]
    [InlineData("intra", "g=1", "Option intra of 2011 became g=1.")]
    [InlineData("vsync=2", "fps_mode=vfr", "Option vsync=2 of 2011 became fps_mode=vfr.")]
    [InlineData("alang=eng", "metadata:s:a:0=language=eng", "Option alang=eng of 2011 became metadata:s:a:0=language=eng.")]
    [InlineData("vol=128", "af=volume=0.5", "Option vol=128 of 2011 became af=volume=0.5.")]
    [InlineData(
        "vcodec=libx264|rc_lookahead=40", "vcodec=libx264|rc-lookahead=40",
        "Option rc_lookahead=40 of 2011 became rc-lookahead=40.")]
    [InlineData("c:v=libvpx|rc_lookahead=16", "c:v=libvpx|rc_lookahead=16", "")]
    [InlineData("c:v=libx264|b:v=1M|threads=0|an", "c:v=libx264|b:v=1M|threads=0|an", "")]
    [InlineData("c:v=copy|profile:v=high", "c:v=copy|profile:v=high", "")]
    [InlineData("vf=format=yuv420p|profile:v=high", "vf=format=yuv420p|profile:v=high", "")]
    public void Options_of_2011_become_todays(string before, string after, string remarks)
    {
        var seen = new List<string>();

        var translated = OptionTranslator.Translate(Out(before), "mp4", seen);

        translated.Passes[0].OutfileOptions.ShouldBe(Parse(after));
        seen.ShouldBe(remarks.Split('|', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("", "mp4", "movflags=+faststart")]
    [InlineData("", "MOV", "movflags=+faststart")]
    [InlineData("f=mp4", "bin", "f=mp4|movflags=+faststart")]
    [InlineData("movflags=+frag_keyframe", "mp4", "movflags=+frag_keyframe+faststart")]
    [InlineData("movflags=faststart", "mp4", "movflags=faststart")]
    [InlineData("", "mkv", "")]
    [InlineData("f=matroska", "mp4", "f=matroska")]
    public void The_index_moves_to_the_front_where_the_format_has_one(string before, string ending, string after)
    {
        var options = new EncodeOptions { Passes = [new EncodePass { OutfileOptions = Parse(before), MoveAtomToFront = true }] };
        var seen = new List<string>();

        var pass = OptionTranslator.Translate(options, ending, seen).Passes[0];

        pass.OutfileOptions.ShouldBe(Parse(after));
        pass.MoveAtomToFront.ShouldBeFalse("it is an option now, and must not be applied twice");
        seen.ShouldHaveSingleItem().ShouldStartWith("move_atom_to_front");
    }

    [Fact]
    public void A_remark_is_made_once_for_both_passes()
    {
        var options = new EncodeOptions { Passes = [Out("b=1M").Passes[0], Out("b=1M").Passes[0]] };
        var seen = new List<string>();

        OptionTranslator.Translate(options, "mp4", seen);

        seen.ShouldBe(["Option b=1M of 2011 became b:v=1M."]);
    }

    [Fact]
    public void Global_options_before_the_input_are_moved_to_the_output()
    {
        var options = new EncodeOptions
        {
            Passes = [new EncodePass { InfileOptions = Parse("loop_input|async=1|ss=3") }],
        };

        var pass = OptionTranslator.Translate(options, "mp4", []).Passes[0];

        pass.InfileOptions.ShouldBe(Parse("loop=1|ss=3"));
        pass.OutfileOptions.ShouldBe(Parse("af=aresample=async=1"));
    }

    [Fact]
    public void A_number_of_samples_that_is_none_is_refused() =>
        Should.Throw<JobRequestException>(() => OptionTranslator.Translate(Out("async=lots"), "mp4", []))
            .Message.ShouldContain("'async' has the value 'lots'");

    private static EncodeOptions Out(string options) =>
        new() { Passes = [new EncodePass { OutfileOptions = Parse(options) }] };

    private static List<OptionPair> Parse(string options) =>
        [.. options.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(option => option.Split('=', 2))
            .Select(parts => new OptionPair(parts[0], parts.Length == 2 ? parts[1] : null))];
}
