using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class PresetCatalogTests
{
    private static readonly PresetCatalog BuiltIn = new(new Dictionary<string, PresetOptions>());

    [Fact]
    public void The_originals_five_and_todays_are_built_in() =>
        BuiltIn.Names.ShouldBe(
        [
            "android_low", "audio_aac", "audio_mp3", "audio_opus", "av1_1080p", "cb_high", "cb_low", "cb_medium",
            "gif_preview", "h265_1080p", "h265_library", "thumbnail", "webm_vp9_720p", "web_1080p", "web_480p", "web_720p", "web_medium",
        ]);

    [Fact]
    public void Each_has_a_description_and_an_ending_that_ffmpeg_knows()
    {
        foreach (var preset in BuiltIn.All)
        {
            preset.Description.Length.ShouldBeGreaterThan(20, preset.Name);
            FfmpegFormats.MuxerFor(preset.Extension).ShouldNotBeNull(preset.Name);
            preset.IsBuiltIn.ShouldBeTrue();
            preset.Options.Preset.ShouldBe(preset.Name);
        }
    }

    [Theory]
    [InlineData("web_medium", "b=400k vf=yadif,scale='640:trunc(ow/a/2)*2'", "ab=128k ar=48000 ac=2")]
    [InlineData("android_low", "b=300k r=30 vf=yadif,scale='640:trunc(ow/a/2)*2'", "ab=128k ar=48000 async=480 ac=2")]
    [InlineData("cb_low", "b=230k bufsize=230k vf=yadif,scale='400:trunc(ow/a/2)*2' keyint_min=60 g=120", "ab=96k async=480")]
    [InlineData("cb_medium", "b=921k bufsize=921k vf=yadif,scale='640:trunc(ow/a/2)*2' keyint_min=60 g=120", "ab=96k async=480")]
    [InlineData("cb_high", "b=2000k bufsize=2000k vf=yadif,scale='1280:trunc(ow/a/2)*2' keyint_min=60 g=120", "ab=125k async=480")]
    public void The_originals_presets_are_what_2011_defined_translated(string name, string video, string audio)
    {
        var common = "vcodec=libx264 preset=medium vprofile=baseline f=mp4 " + video;
        var of2011 = new EncodeOptions
        {
            Passes =
            [
                new EncodePass { OutfileOptions = Parse($"{common} pass=1 an") },
                new EncodePass { OutfileOptions = Parse($"{common} pass=2 acodec=libfaac {audio}"), MoveAtomToFront = true },
            ],
        };
        var translated = OptionTranslator.Translate(of2011, "mp4", []);

        var preset = BuiltIn.Find(name)!.Options;

        Comparable(preset.Passes[0], leaveOut: "c:a").ShouldBe(Comparable(translated.Passes[0], leaveOut: "an"));
        Comparable(preset.Passes[1]).ShouldBe(Comparable(translated.Passes[1]));
    }

    [Fact]
    public void Two_passes_count_the_same_frames_because_both_say_how() =>
        BuiltIn.All.Where(preset => preset.Options.Passes.Count == 2)
            .SelectMany(preset => preset.Options.Passes)
            .ShouldAllBe(pass => pass.OutfileOptions.Any(option => option.Key == "fps_mode"));

    [Fact]
    public void A_preset_of_the_settings_takes_the_place_of_a_built_in_one()
    {
        var own = new PresetOptions
        {
            Description = "Ours.",
            Options = [new PresetPassOptions { OutfileOptions = ["c:v=libx264", "metadata=title=a=b", "an"], MoveAtomToFront = true }],
        };

        var catalog = new PresetCatalog(new Dictionary<string, PresetOptions> { ["web_720p"] = own });

        var preset = catalog.Find("WEB_720P").ShouldNotBeNull();
        preset.IsBuiltIn.ShouldBeFalse();
        preset.Options.Passes[0].OutfileOptions.ShouldBe(Parse("c:v=libx264 metadata=title=a=b an movflags=+faststart"));
        catalog.All.Count.ShouldBe(BuiltIn.All.Count);
    }

    [Fact]
    public void A_preset_of_the_settings_is_guarded()
    {
        var own = new PresetOptions { Options = [new PresetPassOptions { OutfileOptions = ["i=/etc/passwd"] }] };
        Should.Throw<JobRequestException>(() => new PresetCatalog(new Dictionary<string, PresetOptions> { ["x"] = own }))
            .Code.ShouldBe(JobRequestErrors.ForbiddenOption);
    }

    private static IEnumerable<string> Comparable(EncodePass pass, string leaveOut = "") =>
        pass.OutfileOptions
            .Where(option => option.Key is not ("map" or "fps_mode") && option.Key != leaveOut)
            .Select(option => option.Key.Replace("vcodec", "c:v") + "=" + option.Value)
            .Order(StringComparer.Ordinal);

    private static List<OptionPair> Parse(string options) =>
        [.. options.Split(' ').Select(option => option.Split('=', 2))
            .Select(parts => new OptionPair(parts[0], parts.Length == 2 ? parts[1] : null))];
}
