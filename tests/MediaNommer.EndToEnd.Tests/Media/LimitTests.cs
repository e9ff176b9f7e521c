using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Small sources and short options that want to eat a machine, with real ffmpeg.</summary>
public class LimitTests
{
    private const string Endless = "while(lt(ld(0),1e12),st(0,ld(0)+1))";

    private readonly FfmpegOptions settings = new();

    [Fact]
    public async Task A_tiny_picture_with_a_huge_canvas_is_refused_before_memory_is_taken()
    {
        var source = Clips.Bytes("canvas.gif", Canvas(20_000, 13_000));

        await ShouldFailAsync(
            source, "png", "The source's picture of 20000x13000 has more pixels than a source may have "
            + "(134217728, setting Ffmpeg:Limits:Pixels).", "frames:v=1", "vf=scale=160:-2");
    }

    [Fact]
    public async Task Memory_is_limited()
    {
        settings.Limits.MemoryBytes = 200 << 20;

        await ShouldFailAsync(
            Clips.Plain, "mp4", "of memory; a run may have 200.0 MiB (setting Ffmpeg:Limits:MemoryBytes) and was ended.",
            "vf=scale=4000:4000,reverse", "c:v=libx264");
    }

    [Fact]
    public async Task A_gap_that_is_filled_for_hours_is_ended()
    {
        settings.Limits.BusySeconds = 2;
        var source = Clips.Make(
            "gap.mp4", "-f lavfi -i testsrc2=s=64x64:r=25:d=0.08 -c:v libx264 -vf setpts='if(eq(N\\,1)\\,1e5/TB\\,PTS)' -vsync vfr "
            + "-enc_time_base 1:1000");

        await ShouldFailAsync(
            source, "mp4", "neither read any input nor finished a frame for 2 s (setting Ffmpeg:Limits:BusySeconds) and was ended.",
            "r=25", "c:v=libx264", "preset=medium");
    }

    [Fact]
    public async Task Repeated_frames_are_limited()
    {
        settings.Limits.DuplicatedFrames = 50;

        await ShouldFailAsync(
            Clips.Plain, "mp4", "a pass may repeat 50 (setting Ffmpeg:Limits:DuplicatedFrames) and was ended.",
            "readrate=2", "|", "r=100", "c:v=libx264");
    }

    [Fact]
    public async Task An_output_without_end_is_ended()
    {
        settings.Limits.OutputSeconds = 60;

        await ShouldFailAsync(
            Clips.Plain, "mp4", "made more than 1:00.0 of output from a source of 4.0 s (settings "
            + "Ffmpeg:Limits:OutputSeconds and OutputFactor) and was ended.", "vf=tpad=stop_duration=90000", "c:v=libx264");
    }

    [Fact]
    public async Task An_encode_that_gets_nowhere_is_ended()
    {
        (settings.Limits.RunSeconds, settings.Limits.RunFactor) = (3, 1);

        await ShouldFailAsync(
            Clips.Plain, "mp4", "(settings Ffmpeg:Limits:RunSeconds and RunFactor) and was ended.",
            "readrate=0.001", "|", "c:v=libx264");
    }

    [Fact]
    public async Task A_filter_that_computes_for_ever_is_ended()
    {
        settings.Limits.BusySeconds = 2;

        await ShouldFailAsync(
            Clips.Plain, "mp4", "(setting Ffmpeg:Limits:BusySeconds) and was ended.", $"vf=geq=lum='{Endless}'", "c:v=libx264");
    }

    [Fact]
    public async Task A_pass_that_writes_nothing_before_it_has_read_everything_is_left_alone()
    {
        (settings.StallTimeout, settings.Limits.BusySeconds) = (1, 2);
        using var run = new NommerRun { Settings = settings };
        var source = Clips.Make("long.mp4", "-f lavfi -i testsrc2=s=320x180:r=10:d=40 -c:v libx264 -preset ultrafast -b:v 1M");

        // About eight seconds of reading, then a palette of a single frame.
        var result = await run.EncodeAsync(source, "png", "readrate=5", "|", "vf=palettegen");

        result.Succeeded.ShouldBeTrue(result.Message);
    }

    [Theory]
    [InlineData("mp4", "c:v=libx264")]
    [InlineData("mp4", "c:v=libx265", "x265-params=crf=30")]
    [InlineData("mkv", "c:v=libsvtav1", "preset=12")]
    [InlineData("webm", "c:v=libvpx-vp9", "deadline=realtime")]
    [InlineData("mp4", "c:v=libx264", "threads=0")]
    [InlineData("mp4", "c=copy")]
    [InlineData("mp3", "vn", "c:a=libmp3lame")]
    [InlineData("mp4", "filter_complex=[0:v]scale=80:-2[v]", "map=[v]", "c:v=libx264")]
    public async Task A_share_of_the_processors_suits_every_encoder(string ending, params string[] options)
    {
        settings.Threads = 1;
        using var run = new NommerRun { Settings = settings };

        var result = await run.EncodeAsync(Clips.Plain, ending, options);

        result.Succeeded.ShouldBeTrue(result.Log);
    }

    private async Task ShouldFailAsync(string source, string ending, string message, params string[] options)
    {
        using var run = new NommerRun { Settings = settings };

        var result = await run.EncodeAsync(source, ending, options).WaitAsync(TimeSpan.FromMinutes(2));

        result.Succeeded.ShouldBeFalse();
        result.Message.ShouldEndWith(message);
        result.IsTransient.ShouldBeFalse();
    }

    private static byte[] Canvas(ushort width, ushort height) =>
    [
        .. "GIF89a"u8, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0x80, 0, 0, 0, 0, 0, 255, 255, 255,
        0x21, 0xF9, 4, 4, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B,
    ];
}
