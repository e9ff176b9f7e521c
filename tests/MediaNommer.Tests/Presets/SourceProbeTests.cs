using System.Text;
using MediaNommer.Core.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Presets;

/// <summary>What ffprobe prints, read into facts.</summary>
public class SourceProbeTests
{
    private const string Answer = """
        {"frames": [{"stream_index": 0, "width": 320, "height": 240, "color_transfer": "smpte2084", "side_data_list": [
           {"side_data_type": "Mastering display metadata", "red_x": "34000/50000", "red_y": "16000/50000", "green_x": "13250/50000",
            "green_y": "34500/50000", "blue_x": "7500/50000", "blue_y": "3000/50000", "white_point_x": "15635/50000",
            "white_point_y": "16450/50000", "min_luminance": "1/10000", "max_luminance": "10000000/10000"},
           {"side_data_type": "Content light level metadata", "max_content": 1000, "max_average": 400}]}],
         "chapters": [{"id": 0}],
         "streams": [
           {"index": 0, "codec_name": "hevc", "codec_type": "video", "width": 640, "height": 480, "avg_frame_rate": "30000/1001",
            "color_space": "unknown", "sample_aspect_ratio": "0:1", "disposition": {"attached_pic": 0},
            "side_data_list": [{"side_data_type": "Display Matrix", "rotation": -90}]},
           {"index": 1, "codec_name": "aac", "codec_type": "audio", "codec_tag_string": "drms", "channels": 2, "sample_rate": "44100"},
           {"index": 2, "codec_name": "ac4", "codec_type": "audio", "channels": 2, "sample_rate": "48000"},
           {"index": 3, "codec_type": "audio", "channels": 2, "sample_rate": "48000"},
           {"index": 4, "codec_name": "aac", "codec_type": "audio", "channels": 0, "sample_rate": "0"}],
         "format": {"format_name": "mov", "duration": "4.5", "size": "1000", "tags": {"title": "A film"}}}
        """;

    [Fact]
    public void The_first_picture_says_more_than_the_container()
    {
        var probe = SourceProbe.Parse(Encoding.UTF8.GetBytes(Answer), "");

        (probe.Format, probe.Seconds, probe.Size, probe.Chapters, probe.Tags["TITLE"]).ShouldBe(("mov", 4.5, 1000, 1, "A film"));
        var picture = probe.Streams[0].Picture.ShouldNotBeNull();
        (picture.Width, picture.Height, picture.SampleAspect, picture.Rotation, picture.Matrix).ShouldBe((320, 240, "1:1", -90, ""));
        picture.IsHdr.ShouldBeTrue();
        picture.Mastering.ShouldBe(new MasteringDisplay(0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329, 0.0001, 1000));
        picture.Light.ShouldBe(new ContentLight(1000, 400));
        probe.Streams[0].Fps!.Value.ShouldBe(29.97, 0.001);
    }

    [Fact]
    public void Streams_that_nothing_decodes_say_why()
    {
        var probe = SourceProbe.Parse(
            Encoding.UTF8.GetBytes(Answer), "[warning] Unsupported codec with id 86119 for input stream 2\n");

        probe.Streams.Select(stream => stream.Undecodable).ShouldBe(
            [null, "it is encrypted", "nothing here decodes ac4", "its codec is unknown", "its aac sound cannot be understood"]);
    }

    [Fact]
    public void An_answer_with_nothing_in_it_is_a_source_without_streams() =>
        SourceProbe.Parse("{}"u8.ToArray(), "").Streams.ShouldBeEmpty();
}
