using MediaNommer.Nommerd.Nommers;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Sources that are unusual but good: each must give a good output, or an error that says why it cannot.</summary>
public class OddSourceTests
{
    private static readonly string[] Even = ["vf=scale='trunc(iw/2)*2':'trunc(ih/2)*2'", "pix_fmt=yuv420p", "preset=ultrafast"];

    [Fact]
    public async Task No_sound() =>
        Streams(await EncodeAsync(Clips.Make("silent.mp4", $"{Clips.Picture} {Clips.Codecs}"))).ShouldBe(["video:h264"]);

    [Fact]
    public async Task No_picture() =>
        Streams(await EncodeAsync(Clips.Make("sound.m4a", $"{Clips.Sound} -c:a aac"), "m4a", "vn")).ShouldBe(["audio:aac"]);

    [Fact]
    public async Task Several_audio_tracks()
    {
        var source = Clips.Make("tracks.mkv", $"{Clips.Picture} {Clips.Sound} {Clips.Sound} -map 0 -map 1 -map 2 {Clips.Codecs}");

        Streams(await EncodeAsync(source, "mp4", [.. Even, "map=0"])).ShouldBe(["video:h264", "audio:aac", "audio:aac"]);
    }

    [Fact]
    public async Task Variable_frame_rate()
    {
        var source = Clips.Make("vfr.mkv", "-f lavfi -i testsrc2=s=160x90:r=20:d=4 -vf select='lt(t,1)+not(mod(n,10))' -fps_mode vfr -c:v libx264 -preset ultrafast");

        Good(await EncodeAsync(source, "mp4", Even));
    }

    [Fact]
    public async Task A_last_picture_that_stands_for_long()
    {
        // Three pictures, 2 s each, then nothing: players show the last one for as long as its packet says.
        var source = Clips.Make("slides.mp4", "-f lavfi -i testsrc2=s=160x90:r=0.5:d=6 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");

        Good(await EncodeAsync(source, "mp4", [.. Even, "r=25"]));
    }

    [Fact]
    public async Task Rotated()
    {
        var straight = Clips.Plain;
        var source = Clips.Make("rotated.mp4", $"-i {straight} -c copy -metadata:s:v rotate=90");

        var result = await EncodeAsync(source, "mp4", Even);

        Good(result);
        (result.Output!.Width, result.Output.Height).ShouldBe((90, 160));
    }

    [Fact]
    public async Task Odd_width_and_height()
    {
        var source = Clips.Make("odd.mkv", "-f lavfi -i testsrc2=s=160x90:r=10:d=2 -vf scale=161:91 -c:v ffv1");

        var asIs = await EncodeAsync(source, "mp4", "pix_fmt=yuv420p");
        var scaled = await EncodeAsync(source, "mp4", Even);

        asIs.Message.ShouldStartWith("The width of the output must be even, not 161x91");
        (scaled.Output!.Width, scaled.Output.Height).ShouldBe((160, 90));
    }

    [Fact]
    public async Task Ten_bit() =>
        Good(await EncodeAsync(Clips.Make("ten.mkv", "-f lavfi -i testsrc2=s=160x90:r=10:d=2 -c:v ffv1 -pix_fmt yuv420p10le"), "mp4", Even));

    [Fact]
    public async Task Interlaced() =>
        Good(await EncodeAsync(
            Clips.Make("interlaced.mpg", "-f lavfi -i testsrc2=s=160x96:r=50:d=3 -vf interlace -c:v mpeg2video -flags +ildct+ilme"),
            "mp4", "vf=yadif", "preset=ultrafast"));

    [Fact]
    public async Task Cover_art()
    {
        var cover = Clips.Make("cover.png", "-f lavfi -i testsrc2=s=64x64:d=1 -frames:v 1");
        var source = Clips.Make("cover.mp3", $"{Clips.Sound} -i {cover} -map 0 -map 1 -c:a mp3 -c:v copy -disposition:v attached_pic");

        Streams(await EncodeAsync(source, "m4a", "c:a=aac", "c:v=copy", "disposition:v=attached_pic")).ShouldBe(["audio:aac"]);
        Streams(await EncodeAsync(source, "mp3", "c:a=mp3", "c:v=copy")).ShouldBe(["audio:mp3", "video:png"], ignoreOrder: true);
        Good(await EncodeAsync(source, "mp4", "vn"));
        (await EncodeAsync(source, "mp4", Even)).Message.ShouldStartWith("The source's cover art became a video stream");
    }

    [Fact]
    public async Task Subtitles()
    {
        var text = Clips.Text("words.srt", "1\n00:00:00,500 --> 00:00:01,500\nHello\n\n2\n00:00:02,000 --> 00:00:03,000\nWorld\n");
        var film = Clips.Make("subtitled.mkv", $"{Clips.Picture} {Clips.Sound} -i {text} -map 0 -map 1 -map 2 {Clips.Codecs} -c:s srt");

        Streams(await EncodeAsync(film, "mp4", [.. Even, "c:s=mov_text"])).ShouldBe(["video:h264", "audio:aac", "subtitle:mov_text"]);
        Streams(await EncodeAsync(text, "vtt")).ShouldBe(["subtitle:webvtt"]);
    }

    [Fact]
    public async Task Edit_lists()
    {
        // Cutting without encoding leaves the frames before the cut in the file and an edit list that skips them.
        var source = Clips.Make("edited.mp4", $"-ss 1.3 -i {Clips.Plain} -c copy");

        Good(await EncodeAsync(source, "mp4", Even));
    }

    [Fact]
    public async Task Sound_that_is_longer_than_the_picture()
    {
        var source = Clips.Make("long_sound.mp4", $"-f lavfi -i testsrc2=s=160x90:r=10:d=1.5 {Clips.Sound} {Clips.Codecs}");

        (await EncodeAsync(source, "mp4", Even)).Output!.Duration!.Value.ShouldBe(4, 0.2);
        (await EncodeAsync(source, "mp4", [.. Even, "an"])).Output!.Duration!.Value.ShouldBe(1.5, 0.2);
    }

    [Fact]
    public async Task A_picture_that_is_longer_than_the_sound()
    {
        var source = Clips.Make("long_picture.mkv", $"{Clips.Picture} -f lavfi -i sine=d=1.5 {Clips.Codecs}");

        Good(await EncodeAsync(source, "mp4", Even));
        (await EncodeAsync(source, "m4a", "vn")).Output!.Duration!.Value.ShouldBe(1.5, 0.2);
    }

    [Fact]
    public async Task A_picture_that_begins_late()
    {
        var source = Clips.Make("late.mkv", $"-itsoffset 2 -f lavfi -i testsrc2=s=160x90:r=10:d=2 {Clips.Sound} {Clips.Codecs}");

        Good(await EncodeAsync(source, "mp4", Even));
    }

    [Fact]
    public async Task Time_that_does_not_begin_at_zero()
    {
        var source = Clips.Make("offset.ts", $"{Clips.Picture} {Clips.Sound} {Clips.Codecs} -output_ts_offset 3600");

        (await EncodeAsync(source, "mp4", Even)).Output!.Duration!.Value.ShouldBe(4, 0.3);
    }

    [Fact]
    public async Task Two_hours_of_stills()
    {
        var source = Clips.Make("stills.mkv", "-f lavfi -i color=gray:s=32x32:r=1/10:d=7200 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");

        (await EncodeAsync(source, "mp4", Even)).Output!.Duration!.Value.ShouldBe(7200, 15);
    }

    [Fact]
    public async Task A_single_picture()
    {
        var source = Clips.Make("one.jpg", "-f lavfi -i testsrc2=s=160x90:d=1 -frames:v 1");

        Good(await EncodeAsync(source, "png", "frames:v=1"));
    }

    [Fact]
    public async Task A_name_that_needs_care()
    {
        var source = Clips.Make("Über uns: 100 % 'echt' [é].mp4", $"{Clips.Picture} {Clips.Codecs}");

        Good(await EncodeAsync(source, "mp4", Even));
    }

    private static async Task<NommerResult> EncodeAsync(string source, string ending = "mp4", params string[] options)
    {
        using var run = new NommerRun();
        return await run.EncodeAsync(source, ending, options);
    }

    private static void Good(NommerResult result) => result.Succeeded.ShouldBeTrue(result.Message + "\n" + result.Log);

    private static IReadOnlyList<string> Streams(NommerResult result)
    {
        Good(result);
        return result.Output!.Streams;
    }
}
