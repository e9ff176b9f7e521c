using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class FfmpegReportTests
{
    private const string Log = """
        [mp3 @ 0x56] [warning] Estimating duration from bitrate, this may be inaccurate
        [info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'the source':
        [info]   Metadata:
        [info]     title           : Stream #0:7: Video: spoof
        [info]   Duration: 01:02:03.50, start: 0.000000, bitrate: 710 kb/s
        [info]   Stream #0:0[0x1](und): Video: h264 (Constrained Baseline) (avc1 / 0x31637661), yuv420p, 320x180 [SAR 1:1 DAR 16:9], 634 kb/s, 23.98 fps, 25 tbr, 12800 tbn (default)
        [info]   Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono, fltp, 69 kb/s (default)
        [info]   Stream #0:2: Video: png, rgb24(pc), 64x64, 90k tbr, 90k tbn (attached pic)
        [info]   Stream #0:3: Subtitle: subrip
        [info]   Stream #0:4: Data: none (tmcd / 0x64636D74)
        [info] Stream mapping:
        [info]   Stream #0:1 -> #0:0 (aac (native) -> aac (native))
        [info]   Stream #0:0 -> #0:1 (copy)
        [info]   Stream #0:0 (h264) -> scale:default (graph 0)
        [info] Output #0, mp4, to 'the output':
        [info]   Stream #0:0(und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono, fltp, 69 kb/s (default)
        [info]   Stream #0:1(und): Video: h264 (avc1 / 0x31637661), yuv420p, 320x180, q=2-31, 25 fps, 12800 tbn (default)
        """;

    [Fact]
    public void Source_and_output_are_read_from_what_ffmpeg_says()
    {
        var report = FfmpegReport.Parse(Log);

        report.SourceFormat.ShouldStartWith("mov,mp4");
        report.SourceDuration.ShouldBe(3723.5);
        report.IsDurationGuessed.ShouldBeTrue();
        report.SourceStreams.ShouldBe(
        [
            new(0, "video", "h264", 23.98, false),
            new(1, "audio", "aac", null, false),
            new(2, "video", "png", null, true),
            new(3, "subtitle", "subrip", null, false),
            new(4, "data", "none", null, false),
        ]);
        report.OutputStreams.Select(stream => stream.Kind).ShouldBe(["audio", "video"]);
        report.Mapping.ShouldBe(new Dictionary<int, int> { [0] = 1, [1] = 0 });
        report.IsComplete.ShouldBeTrue();
    }

    [Fact]
    public void The_wider_indentation_of_version_4_is_understood() =>
        FfmpegReport.Parse("[info] Input #0, avi, from 'x':\n[info]     Stream #0:0(und): Video: h264 (High), yuv420p, 1k fps\n")
            .SourceStreams.ShouldBe([new(0, "video", "h264", 1000, false)]);

    [Theory]
    [InlineData("")]
    [InlineData("[info] Input #0, mpegts, from 'x':\n[info]   Duration: N/A, start: 1.400000, bitrate: N/A\n")]
    public void What_is_not_said_stays_unknown(string log)
    {
        var report = FfmpegReport.Parse(log);

        report.SourceDuration.ShouldBeNull();
        report.IsComplete.ShouldBeFalse();
    }
}
