using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class LoggedSourceTests
{
    private const string Log =
        """
        [info] Input #0, matroska,webm, from 'the source':
        [info]   Metadata:
        [info]     title           : Stream #0:9: Video: h264
        [info]   Duration: 01:02:03.50, start: 0.000000, bitrate: 292 kb/s
        [info]   Stream #0:0: Video: hevc (Main 10), 1 reference frame, yuv420p10le(tv, bt2020nc/bt2020/smpte2084, progressive, topleft), 3840x2160 (3840x2176) [SAR 1:1 DAR 16:9], 29.97 fps, 29.97 tbr, 1k tbn
        [info]     Metadata:
        [info]       DURATION        : 00:00:01.004000000
        [info]   Stream #0:1(deu): Audio: ac3 (AC-3 / 0x332D4341), 48000 Hz, 5.1(side), fltp, 448 kb/s (default)
        [info]   Stream #0:2[0x1c0](und): Audio: mp3, 22050 Hz, stereo, fltp, 138 kb/s
        [info]   Stream #0:3: Audio: pcm_s16le ([1][0][0][0] / 0x0001), 44100 Hz, 3 channels, s16, 2116 kb/s
        [info]   Stream #0:4: Video: mjpeg, yuvj420p(pc, bt470bg/unknown/unknown), 500x500, 90k tbr, 90k tbn (attached pic)
        [info]   Stream #0:5(eng): Subtitle: subrip
        [info]   Stream #0:6: Audio: none, 0 channels
        [info] Stream mapping:
        [info]   Stream #0:0 -> #0:0 (hevc (native) -> h264 (libx264))
        [info] Output #0, mp4, to 'the output':
        [info]   Stream #0:0: Video: h264, yuv420p, 1280x720, 25 fps
        """;

    [Fact]
    public void All_that_ffmpeg_says_of_its_source_is_read()
    {
        var facts = LoggedSource.Read(Log).ShouldNotBeNull();

        facts.Container.ShouldBe("matroska,webm");
        (facts.Duration, facts.BitRate).ShouldBe((3723.5, 292_000));
        facts.Streams.ShouldBe(
        [
            new SourceStream
            {
                Kind = "video", Codec = "hevc", Width = 3840, Height = 2160, Fps = 29.97, PixelFormat = "yuv420p10le",
                Color = "tv, bt2020nc/bt2020/smpte2084",
            },
            new SourceStream { Kind = "audio", Codec = "ac3", SampleRate = 48000, Channels = 6, Language = "deu" },
            new SourceStream { Kind = "audio", Codec = "mp3", SampleRate = 22050, Channels = 2 },
            new SourceStream { Kind = "audio", Codec = "pcm_s16le", SampleRate = 44100, Channels = 3 },
            new SourceStream
            {
                Kind = "video", Codec = "mjpeg", Width = 500, Height = 500, PixelFormat = "yuvj420p",
                Color = "pc, bt470bg/unknown/unknown", IsCover = true,
            },
            new SourceStream { Kind = "subtitle", Codec = "subrip", Language = "eng" },
            new SourceStream { Kind = "audio", Codec = "unknown" },
        ]);
    }

    [Fact]
    public void Very_many_streams_are_counted_and_not_kept()
    {
        var many = string.Concat(Enumerable.Range(0, 100).Select(i => $"[info]   Stream #0:{i}: Audio: aac, 48000 Hz, mono, fltp\n"));

        var facts = LoggedSource.Read($"[info] Input #0, mpegts, from 'x':\n[info]   Duration: N/A, bitrate: N/A\n{many}").ShouldNotBeNull();

        (facts.Streams.Count, facts.FurtherStreams).ShouldBe((32, 68));
        (facts.Duration, facts.BitRate).ShouldBe((null, null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[info] Input #0, mp3, from 'x':\n")]
    [InlineData("[error] the source: Invalid data found when processing input\n")]
    public void Without_a_source_there_are_no_facts(string log) => LoggedSource.Read(log).ShouldBeNull();
}
