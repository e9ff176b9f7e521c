using MediaNommer.Core.Jobs;
using MediaNommer.Core.Presets;
using MediaNommer.Nommerd.Nommers;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Clips that nobody of this project made; <c>tests/media.sh</c> gets them from Debian packages.</summary>
public class RealMediaTests
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("NOMMER_TEST_MEDIA") is { Length: > 0 } given
        ? given
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "media-nommer", "clips");

    public static TheoryData<string> Presets => [.. PresetCatalog.BuiltIn.Select(preset => preset.Name)];

    /// <summary>Matroska with msvideo1 or cinepak pictures of 320×240 and Vorbis sound, from 2000.</summary>
    [Theory]
    [MemberData(nameof(Presets))]
    public async Task A_clip_of_an_old_game_through_every_preset(string preset) =>
        Good(await RunAsync("play113.mkv", preset));

    [Theory]
    [InlineData("lebiniou-2021-06-10_12-32-58.mp4", "web_480p")]
    [InlineData("lebiniou-2021-06-10_12-32-58.mp4", "thumbnail")]
    [InlineData("lebiniou-2021-06-10_12-19-19.mp4", "cb_low")]
    [InlineData("play101.mkv", "web_720p")]
    [InlineData("history2.mkv", "web_medium")]
    public async Task Other_clips_through_other_presets(string clip, string preset) =>
        Good(await RunAsync(clip, preset));

    /// <summary>An MPEG-1 film of 2003: the first seconds of it, in two plain passes.</summary>
    [Fact]
    public async Task A_film_in_two_passes()
    {
        string[] common = ["t=4", "|", "c:v=libx264", "preset=ultrafast", "b:v=500k", "pix_fmt=yuv420p"];
        using var run = new NommerRun();
        var result = await run.EncodeAsync(Clip("intro.mpg"), "mp4", new EncodeOptions
        {
            Passes = [NommerRun.Pass([.. common, "pass=1", "an"]), NommerRun.Pass([.. common, "pass=2", "c:a=aac"])],
        });

        Good(result);
        result.Output!.Duration!.Value.ShouldBe(4, 0.2);
        Decode(run.Output);
    }

    private static async Task<NommerResult> RunAsync(string clip, string name)
    {
        var preset = PresetCatalog.BuiltIn.Single(each => each.Name == name);
        using var run = new NommerRun();
        var result = await run.EncodeAsync(Clip(clip), preset.Extension, preset.Options);
        if (result.Succeeded)
            Decode(run.Output);
        return result;
    }

    private static void Good(NommerResult result) => result.Succeeded.ShouldBeTrue(result.Message);

    /// <summary>“Plays” means that every frame of it decodes without a complaint.</summary>
    private static void Decode(string path) =>
        Clips.Run("ffmpeg", "/", ["-v", "error", "-xerror", "-i", path, "-f", "null", "-"]).ShouldBeEmpty();

    private static string Clip(string name)
    {
        var path = Path.Combine(Folder, name);
        File.Exists(path).ShouldBeTrue($"{path} is missing; run tests/media.sh, as test.sh does");
        return path;
    }
}
