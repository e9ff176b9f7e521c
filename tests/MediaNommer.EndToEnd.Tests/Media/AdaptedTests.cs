using MediaNommer.Core.Presets;
using MediaNommer.Nommerd.Nommers;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Presets on sources that need something done: tracks, sizes, layouts, metadata.</summary>
public class AdaptedTests
{
    private const string Film = "-f lavfi -i testsrc2=s=160x90:r=10:d=1";
    private const string Fast = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac";

    [Theory]
    [InlineData("web_720p")]
    [InlineData("audio_mp3")]
    public async Task A_first_sound_track_that_nobody_can_decode_is_passed_over(string preset)
    {
        var whole = Clips.Make("two_sounds.mkv", $"{Film} -f lavfi -i sine=d=1 -f lavfi -i sine=d=1 -map 0 -map 1 -map 2 {Fast} -c:a:0 ac3");
        var source = Clips.Patch("unknown_sound.mkv", whole, "A_AC3", "A_ZZ3");
        using var run = new NommerRun();

        var result = await RunAsync(run, preset, source);

        result.Output!.Streams.ShouldContain(preset == "web_720p" ? "audio:aac" : "audio:mp3");
        result.Notes[0].ShouldStartWith("The first audio that can be decoded was taken: audio track 2 (aac); passed over: track 1");
    }

    [Fact]
    public async Task A_library_keeps_all_that_mkv_can_hold()
    {
        var text = Clips.Text("library.srt", "1\n00:00:00,100 --> 00:00:00,900\nHello\n");
        var chapters = Clips.Text("library.txt", ";FFMETADATA1\ntitle=Our film\ndirector=Me\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=One\n");
        var source = Clips.Make(
            "library.mp4",
            $"{Film} -f lavfi -i sine=d=1 -f lavfi -i sine=d=1 -i {text} -i {chapters} -map 0 -map 1 -map 2 -map 3 -map_metadata 4 -map_chapters 4 {Fast} "
            + "-c:a:1 ac3 -c:s mov_text -metadata:s:a:0 language=deu -metadata:s:a:1 language=fra");
        using var run = new NommerRun();

        var result = await RunAsync(run, "h265_library", source);

        result.Output!.Streams.ShouldBe(["video:hevc", "audio:aac", "audio:ac3", "subtitle:subrip"]);
        result.Notes.ShouldContain(note => note.StartsWith("Subtitle track 3 (mov_text"));
        var all = Clips.Run("ffprobe", "/", ["-v", "error", "-show_chapters", "-show_entries", "format_tags:stream_tags", run.Output]);
        foreach (var kept in (string[])["Our film", "language=deu", "language=fra", "title=One"])
            all.ShouldContain(kept);
    }

    [Fact]
    public async Task Position_and_device_of_a_phone_are_not_published()
    {
        var tags = Clips.Text("phone.txt", ";FFMETADATA1\ntitle=My film\ncom.apple.quicktime.model=iPhone 15\nlocation=+52.5200+013.4050/\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=One\n");
        var source = Clips.Make(
            "phone.mov",
            $"{Film} -f lavfi -i sine=d=1 -i {tags} -map 0 -map 1 -map_metadata 2 -map_chapters 2 {Fast} -metadata:s:a language=eng -movflags use_metadata_tags");
        foreach (var (preset, keep) in ((string, bool)[])[("web_720p", false), ("audio_aac", false), ("web_720p", true)])
        {
            using var run = new NommerRun { KeepMetadata = keep };

            var result = await RunAsync(run, preset, source);

            var bytes = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(run.Output));
            bytes.Contains("+52.5200").ShouldBe(keep);
            bytes.Contains("iPhone").ShouldBe(keep);
            var all = Clips.Run("ffprobe", "/", ["-v", "error", "-show_chapters", "-show_entries", "format_tags:stream_tags", run.Output]);
            foreach (var kept in (string[])["My film", "title=One", "language=eng"])
                all.ShouldContain(kept);
            result.Notes.Any(note => note.StartsWith("Position and device")).ShouldBe(!keep);
        }
    }

    [Fact]
    public async Task A_part_of_another_aspect_is_fitted_and_padded()
    {
        var wide = Clips.Make("wide.ivf", "-f lavfi -i color=white:s=320x180:r=10:d=1 -c:v libvpx -g 1");
        var tall = Clips.Make("tall.ivf", "-f lavfi -i color=white:s=180x320:r=10:d=1 -c:v libvpx -g 1");
        var source = Clips.JoinIvf("turned.ivf", wide, tall);
        using var run = new NommerRun();

        var result = await RunAsync(run, "web_720p", source);

        (result.Output!.Width, result.Output.Height).ShouldBe((320, 180));
        Patches.Of(run.Output)[0].Red.ShouldBeGreaterThan(250);
        var turned = Patches.Of(run.Output, at: 1.5);
        turned[0].Red.ShouldBeLessThan(5);
        turned[1].Red.ShouldBeGreaterThan(250);
        turned[2].Red.ShouldBeLessThan(5);
    }

    [Theory]
    [InlineData("audio_aac")]
    [InlineData("audio_opus")]
    [InlineData("audio_mp3")]
    public async Task Twelve_channels_without_a_layout_are_mixed(string preset)
    {
        var source = Clips.Make("twelve.wav", "-f s16le -ac 12 -ar 48000 -t 1 -i /dev/zero -c:a pcm_s16le");
        using var run = new NommerRun();

        (await RunAsync(run, preset, source)).Notes.ShouldHaveSingleItem().ShouldStartWith("12 channels of sound were mixed to stereo");
    }

    [Theory]
    [InlineData("48x48", "av1_1080p", 48, 48)]
    [InlineData("2x2", "web_720p", 2, 2)]
    [InlineData("35x21", "webm_vp9_720p", 34, 20)]
    [InlineData("160x90", "web_720p", 160, 90)]
    public async Task Small_pictures_keep_their_size(string size, string preset, int width, int height)
    {
        var source = Clips.Make($"small_{size}.mkv", $"-f lavfi -i testsrc2=s={size}:r=10:d=0.5 -c:v ffv1 -pix_fmt yuv444p");
        using var run = new NommerRun();

        var output = (await RunAsync(run, preset, source)).Output!;

        (output.Width, output.Height).ShouldBe((width, height));
    }

    [Theory]
    [InlineData("one.png")]
    [InlineData("one.mkv")]
    public async Task One_picture_makes_a_preview(string name)
    {
        var source = Clips.Make(name, "-f lavfi -i testsrc2=s=160x90:r=25:d=0.04 -frames:v 1");
        using var run = new NommerRun();

        (await RunAsync(run, "gif_preview", source)).Output!.Streams.ShouldBe(["video:gif"]);
    }

    private static async Task<NommerResult> RunAsync(NommerRun run, string name, string source)
    {
        var preset = PresetCatalog.BuiltIn.Single(each => each.Name == name);
        var result = await run.EncodeAsync(source, preset.Extension, preset.Options);
        result.Succeeded.ShouldBeTrue($"{name}: {result.Message}\n{result.Log}");
        return result;
    }
}
