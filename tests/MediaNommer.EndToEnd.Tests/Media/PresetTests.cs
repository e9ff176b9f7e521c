using MediaNommer.Core.Presets;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Every built-in preset on a clip with picture and sound; ffprobe says what came out.</summary>
public class PresetTests
{
    public static TheoryData<string> Names => [.. PresetCatalog.BuiltIn.Select(preset => preset.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_preset_makes_what_it_promises(string name)
    {
        var preset = PresetCatalog.BuiltIn.Single(each => each.Name == name);
        var (picture, sound) = Promise(name);
        using var run = new NommerRun();

        var result = await run.EncodeAsync(Source(), preset.Extension, preset.Options);

        result.Message.ShouldBeEmpty(result.Log);
        var probed = Clips.Run("ffprobe", "/", ["-v", "error", "-show_entries", "stream=codec_type,codec_name", "-of", "csv=p=0", run.Output]);
        string[] expected = [.. new[] { picture is null ? "" : $"{picture},video", sound is null ? "" : $"{sound},audio" }.Where(text => text.Length > 0)];
        probed.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(expected);
        result.Output!.Streams.Count.ShouldBe(expected.Length);
    }

    [Theory]
    [InlineData("web_medium")]
    [InlineData("web_720p")]
    public async Task Presets_for_films_take_films_without_sound(string name)
    {
        var preset = PresetCatalog.BuiltIn.Single(each => each.Name == name);
        using var run = new NommerRun();

        var result = await run.EncodeAsync(
            Clips.Make("tiny_silent.mp4", "-f lavfi -i testsrc2=s=160x90:r=10:d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p"),
            preset.Extension, preset.Options);

        result.Output!.Streams.ShouldBe(["video:h264"], result.Message);
    }

    [Fact]
    public async Task A_thumbnail_of_sound_is_its_cover_and_that_of_a_video_is_not()
    {
        var preset = PresetCatalog.BuiltIn.Single(each => each.Name == "thumbnail");
        var cover = Clips.Make("square.png", "-f lavfi -i testsrc2=s=64x64:d=1 -frames:v 1");
        var song = Clips.Make("song.mp3", $"{Clips.Sound} -i {cover} -map 0 -map 1 -c:a mp3 -c:v copy -disposition:v attached_pic");
        var film = Clips.Make(
            "film.mp4", $"-i {cover} {Clips.Picture} -map 1 -map 0 -c:v:0 libx264 -pix_fmt:v:0 yuv420p -c:v:1 copy -disposition:v:1 attached_pic");
        using var run = new NommerRun();

        (await run.EncodeAsync(song, preset.Extension, preset.Options)).Output!.Width.ShouldBe(64);
        (await run.EncodeAsync(film, preset.Extension, preset.Options)).Output!.Width.ShouldNotBe(64);
    }

    [Theory]
    [InlineData("audio_mp3")]
    [InlineData("thumbnail")]
    public async Task A_source_that_lacks_what_a_preset_needs_is_refused_in_a_sentence(string name)
    {
        var preset = PresetCatalog.BuiltIn.Single(each => each.Name == name);
        using var run = new NommerRun();
        var source = name == "thumbnail"
            ? Clips.Make("only_sound.m4a", "-f lavfi -i sine=d=1 -c:a aac")
            : Clips.Make("only_picture.mp4", "-f lavfi -i testsrc2=s=160x90:r=10:d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");

        var result = await run.EncodeAsync(source, preset.Extension, preset.Options);

        result.Succeeded.ShouldBeFalse();
        result.Message.ShouldMatch("^(The source has no (video|audio) stream|Nothing is left to encode)");
    }

    private static string Source() => Clips.Make(
        "preset.mkv", "-f lavfi -i testsrc2=s=160x90:r=10:d=1.2 -f lavfi -i sine=d=1.2 -c:v ffv1 -c:a flac");

    private static (string? Picture, string? Sound) Promise(string name) => name switch
    {
        "h265_1080p" => ("hevc", "aac"),
        "h265_library" => ("hevc", "flac"),
        "av1_1080p" => ("av1", "aac"),
        "webm_vp9_720p" => ("vp9", "opus"),
        "audio_aac" => (null, "aac"),
        "audio_mp3" => (null, "mp3"),
        "audio_opus" => (null, "opus"),
        "thumbnail" => ("mjpeg", null),
        "gif_preview" => ("gif", null),
        _ => ("h264", "aac"),
    };
}
