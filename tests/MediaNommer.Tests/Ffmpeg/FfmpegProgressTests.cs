using System.Text;
using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class FfmpegProgressTests
{
    private const string Block =
        "frame=250\nfps=125.5\nstream_0_0_q=28.0\nbitrate= 688.7kbits/s\ntotal_size=861601\nout_time_us=10007800\n"
        + "out_time_ms=10007800\nout_time=00:00:10.007800\ndup_frames=0\ndrop_frames=0\nspeed=4.5x\nprogress=continue\n";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Reports_are_read_however_the_pipe_cuts_them(int size)
    {
        var reader = new ProgressReader();
        var reports = new List<ProgressReport>();

        foreach (var piece in Encoding.ASCII.GetBytes(Block + Block).Chunk(size))
            reader.Take(piece, reports.Add);

        reports.Count.ShouldBe(2);
        reports[0].ShouldBe(new ProgressReport { Frame = 250, Fps = 125.5, Seconds = 10.0078, Size = 861601, Speed = 4.5 });
    }

    [Fact]
    public void A_report_that_shows_nothing_new_is_no_progress()
    {
        var reader = new ProgressReader();

        Take(reader, Block).ShouldBeTrue();
        Take(reader, Block).ShouldBeFalse();
        Take(reader, Block.Replace("frame=250", "frame=251")).ShouldBeTrue();
    }

    [Fact]
    public void What_is_not_known_yet_stays_unknown()
    {
        var reader = new ProgressReader();

        Take(reader, "frame=0\nfps=0.00\ntotal_size=N/A\nout_time_us=-9223372036854775808\nspeed=N/A\nnonsense\n=\nprogress=continue\n");

        reader.Last.ShouldBe(new ProgressReport());
    }

    [Fact]
    public void Two_passes_make_one_fraction()
    {
        var progress = new FfmpegProgress(2);

        At(progress, 0, 5).Fraction.ShouldBe(0.2, 0.001);
        At(progress, 0, 10).Fraction.ShouldBe(0.4, 0.001);
        At(progress, 1, 0).Fraction.ShouldBe(0.4, 0.001);
        At(progress, 1, 5).Fraction.ShouldBe(0.7, 0.001);
        At(progress, 1, 12).Fraction.ShouldBe(1, 0.001);
    }

    [Fact]
    public void It_never_goes_back()
    {
        var progress = new FfmpegProgress(1);

        At(progress, 0, 5).Fraction.ShouldBe(0.5, 0.001);
        At(progress, 0, 3).Fraction.ShouldBe(0.5, 0.001);
    }

    [Fact]
    public void The_time_left_counts_the_pass_that_is_still_to_come()
    {
        var last = new FfmpegProgress(1).At(0, new() { Seconds = 4, Speed = 2 }, 10, null);
        var first = new FfmpegProgress(2).At(0, new() { Seconds = 4, Speed = 2 }, 10, null);

        last.SecondsLeft.ShouldBe(3);
        first.SecondsLeft!.Value.ShouldBe(3 + 7.5, 0.001);
    }

    [Fact]
    public void Frames_count_where_they_are_limited_and_nothing_where_the_length_is_unknown()
    {
        new FfmpegProgress(1).At(0, new() { Frame = 5 }, null, 20).Fraction.ShouldBe(0.25);
        new FfmpegProgress(1).At(0, new() { Frame = 5, Seconds = 5 }, null, null).Fraction.ShouldBe(0);
    }

    private static Core.Jobs.StepProgress At(FfmpegProgress progress, int pass, double seconds) =>
        progress.At(pass, new ProgressReport { Seconds = seconds }, 10, null);

    private static bool Take(ProgressReader reader, string text) => reader.Take(Encoding.ASCII.GetBytes(text), _ => { });
}
