using System.Text;
using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class LogLinesTests
{
    private const string Said = """
        [h264 @ 0x55] [verbose] Reinit context to 160x96, pix_fmt: yuv420p
        [info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'x':
        [info]     title           : [verbose] spoof
        [verbose]   Input stream #0:0 (video): 40 packets read (74784 bytes); 40 frames decoded;
        [verbose]   Output stream #0:0 (video): 40 frames encoded; 40 packets muxed (73846 bytes);
        [out#0/mp4 @ 0x55] [verbose]   Output stream #0:1 (audio): 173 frames encoded (177152 samples); 174 packets muxed (35699 bytes);
        [verbose] *** 7 dup!
        x264 [error]: bad
        no end
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void Of_the_level_verbose_only_the_sums_of_streams_stay(int pieces)
    {
        var log = new BoundedLog();
        var lines = new LogLines(log);
        foreach (var piece in Encoding.UTF8.GetBytes(Said).Chunk(pieces))
            lines.Append(piece);
        lines.Flush();

        log.ToString().Split('\n').ShouldBe(Said.Split('\n').Where((_, index) => index is not (0 or 6)));
    }

    [Fact]
    public void A_line_without_an_end_does_not_grow()
    {
        var log = new BoundedLog();
        var lines = new LogLines(log);
        for (var round = 0; round < 1000; round++)
            lines.Append(new byte[1000]);

        log.ToString().Length.ShouldBeGreaterThan(60_000);
    }

    [Fact]
    public void What_was_written_of_each_stream_is_read() =>
        StreamTotal.Written(Said).ShouldBe([new(0, "video", 40, 73846), new(1, "audio", 174, 35699)]);
}
