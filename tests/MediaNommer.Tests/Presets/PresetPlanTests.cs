using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Presets;
using MediaNommer.Nommerd.Presets;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Presets;

/// <summary>What presets come to for given sources, to the letter.</summary>
public class PresetPlanTests
{
    private const string Bt709 = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709";
    private const string ToBt709 = ":out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int";

    private static readonly PictureFacts Hd = new()
    {
        Width = 1920, Height = 1080, PixelFormat = "yuv420p", Range = "tv", Matrix = "bt709", Transfer = "bt709", Primaries = "bt709",
    };

    private static readonly PictureFacts Pq = Hd with
    {
        PixelFormat = "yuv420p10le", Matrix = "bt2020nc", Transfer = "smpte2084", Primaries = "bt2020",
        Light = new ContentLight(812, 400),
        Mastering = new MasteringDisplay(0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329, 0.0001, 1000),
    };

    [Fact]
    public void A_plain_film_is_scaled_to_numbers_and_tagged()
    {
        var plan = Plan("web_720p", Film(Hd, Sound(2, "stereo")));

        plan.Options.Passes[0].OutfileOptions.Select(Show).ShouldBe(
        [
            "map=0:0", "map=0:1", "c:v=libx264", "preset=medium", "profile:v=high", "crf=21", "maxrate=5M", "bufsize=10M",
            "c:a=aac", "b:a=128k", "movflags=+faststart",
            "vf=yadif=deint=interlaced," + Resized(1920, 1080, 1280, 720) + ToBt709 + ",pad=1280:720:-1:-1,setsar=1/1,format=yuv420p," + Bt709,
            "map_metadata:g=-1", "map_metadata:s=-1",
        ]);
        plan.Notes.ShouldBeEmpty();
        plan.Refusal.ShouldBeNull();
    }

    [Theory]
    [InlineData(160, 90, "1:1", 0, "web_720p", 160, 90)]
    [InlineData(1920, 1080, "1:1", 0, "web_480p", 854, 480)]
    [InlineData(1920, 1080, "1:1", -90, "web_480p", 480, 854)]
    [InlineData(1920, 1080, "1:1", 180, "web_480p", 854, 480)]
    [InlineData(720, 576, "64:45", 0, "web_720p", 720, 576)]
    [InlineData(161, 91, "1:1", 0, "web_720p", 160, 90)]
    [InlineData(1, 1, "1:1", 0, "web_720p", 2, 2)]
    [InlineData(4000, 10, "1:1", 0, "web_720p", 1280, 4)]
    [InlineData(160, 90, "1:1", 0, "web_medium", 640, 360)]
    [InlineData(720, 576, "64:45", 0, "web_medium", 640, 512)]
    [InlineData(720, 576, "64:45", 0, "thumbnail", 1024, 576)]
    [InlineData(3840, 2160, "1:1", 0, "h265_library", 3840, 2160)]
    public void No_preset_of_today_enlarges(int width, int height, string aspect, double rotation, string preset, int newWidth, int newHeight)
    {
        var picture = Hd with { Width = width, Height = height, SampleAspect = aspect, Rotation = rotation };

        Filters(Plan(preset, Film(picture))).ShouldContain($",pad={newWidth}:{newHeight}:-1:-1,setsar=");
    }

    [Theory]
    [InlineData("", 1920, 1080, "bt709", "BT.709")]
    [InlineData("", 1280, 544, "bt709", "BT.709")]
    [InlineData("", 720, 576, "smpte170m", "BT.601")]
    [InlineData("bt470bg", 1920, 1080, null, null)]
    public void A_matrix_that_the_source_does_not_name_is_guessed_by_its_size(
        string named, int width, int height, string? declared, string? said)
    {
        var plan = Plan("web_480p", Film(Hd with { Width = width, Height = height, Matrix = named }));

        var setparams = $"setparams=colorspace={declared},scale=";
        Filters(plan).Contains(setparams).ShouldBe(declared is not null);
        Filters(plan).ShouldContain("out_color_matrix=bt709:out_range=tv");
        plan.Notes.Any(note => said is not null && note.Contains(said)).ShouldBe(said is not null);
    }

    [Theory]
    [InlineData("web_720p", "peak=4,zscale=t=bt709:m=bt709:r=tv,format=yuv420p,")]
    [InlineData("webm_vp9_720p", "peak=4,zscale=t=bt709:m=bt709:r=tv,format=yuv420p,")]
    [InlineData("web_medium", "peak=4,zscale=t=bt709:m=bt709:r=tv,format=yuv420p,")]
    [InlineData("gif_preview", "peak=4,zscale=t=bt709:m=bt709:r=tv,format=yuv444p,")]
    [InlineData("thumbnail", "peak=4,zscale=t=bt709:m=bt709:r=tv,format=yuv444p,")]
    public void Hdr_becomes_sdr_in_every_preset_of_8_bits(string preset, string end)
    {
        var plan = Plan(preset, Film(Pq));

        Filters(plan).ShouldContain(
            "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=mobius:param=0.95:desat=0:" + end + Bt709);
        plan.Notes.ShouldContain("HDR (PQ) was tone-mapped to SDR in BT.709.");
    }

    [Fact]
    public void Hdr_stays_where_the_preset_can_hold_it_with_its_metadata()
    {
        var plan = Plan("h265_1080p", Film(Pq));
        var av1 = Plan("av1_1080p", Film(Pq));

        Filters(plan).ShouldEndWith("format=yuv420p10le,setparams=range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc");
        Value(plan, "x265-params").ShouldBe(
            "log-level=error:hdr10=1:repeat-headers=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
            + ":max-cll=812,400");
        Value(av1, "svtav1-params").ShouldBe(
            "mastering-display=G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001):content-light=812,400");
        plan.Notes.ShouldContain("HDR (PQ) was kept.");
    }

    [Fact]
    public void The_first_track_of_a_kind_that_can_be_decoded_is_taken_and_the_history_says_so()
    {
        var plan = Plan("web_480p", new SourceProbe
        {
            Streams =
            [
                new() { Index = 0, Kind = "video", Codec = "mjpeg", IsCover = true, Picture = Hd },
                new() { Index = 1, Kind = "video", Codec = "h264", Picture = Hd },
                new() { Index = 2, Kind = "audio", Codec = "ac4", Undecodable = "nothing here decodes ac4" },
                Sound(2, "stereo") with { Index = 3, Tags = new Dictionary<string, string> { ["language"] = "fra" } },
                Sound(6, "5.1") with { Index = 4 },
                new() { Index = 5, Kind = "subtitle", Codec = "mov_text" },
                new() { Index = 6, Codec = "bin_data" },
            ],
        });

        plan.Options.Passes[0].OutfileOptions.Where(option => option.Key == "map").Select(option => option.Value).ShouldBe(["0:1", "0:3"]);
        plan.Notes.ShouldBe(
        [
            "The first audio that can be decoded was taken: audio track 3 (aac, fra); passed over: track 2: nothing here decodes ac4.",
            "Left out: cover 0 (mjpeg), audio track 2 (ac4), audio track 4 (aac), subtitle track 5 (mov_text), data track 6 (bin_data).",
        ]);
        Value(plan, "metadata:s:a:0").ShouldBe("language=fra");
    }

    [Fact]
    public void A_source_without_a_track_that_can_be_decoded_is_refused_before_encoding()
    {
        var encrypted = new ProbedStream { Index = 1, Kind = "audio", Codec = "aac", Undecodable = "it is encrypted" };

        Plan("web_480p", Film(Hd, encrypted)).Refusal.ShouldBe("The source's audio cannot be decoded (track 1: it is encrypted).");
        Plan("thumbnail", new SourceProbe { Streams = [Sound(2, "stereo")] }).Refusal.ShouldBe("The source has no video stream, which the preset needs.");
        Plan("audio_mp3", Film(Hd)).Refusal.ShouldBe("The source has no audio stream, which the preset needs.");
        Plan("web_720p", new SourceProbe()).Refusal.ShouldBe("The source has no video stream and no audio stream.");
        Plan("h265_1080p", Film(Hd with { Width = 4, Height = 4 })).Refusal.ShouldNotBeNull().ShouldContain("4×4 pixels, but the encoder libx265");
        Plan("web_720p", Film(Hd with { DolbyVision = 5, HasPlainBase = false })).Refusal.ShouldNotBeNull().ShouldContain("Dolby Vision profile 5");
    }

    [Fact]
    public void Pictures_too_small_for_one_encoder_of_av1_go_to_another()
    {
        var plan = Plan("av1_1080p", Film(Hd with { Width = 48, Height = 48 }));

        Value(plan, "c:v").ShouldBe("libaom-av1");
        Value(plan, "preset").ShouldBeNull();
        plan.Notes.ShouldHaveSingleItem().ShouldContain("libaom-av1");
    }

    [Theory]
    [InlineData("web_720p", 1, "mono", null, null)]
    [InlineData("web_720p", 6, "5.1", "2", null)]
    [InlineData("web_720p", 4, "", "2", null)]
    [InlineData("audio_aac", 6, "5.1(side)", null, null)]
    [InlineData("audio_aac", 12, "", null, "pan=stereo|c0<c0+c2+c4+c6+c8+c10|c1<c1+c3+c5+c7+c9+c11")]
    [InlineData("android_low", 12, "", "2", "pan=stereo|c0<c0+c2+c4+c6+c8+c10|c1<c1+c3+c5+c7+c9+c11,aresample=async=480")]
    [InlineData("audio_mp3", 6, "5.1", "2", null)]
    [InlineData("audio_opus", 16, "hexadecagonal", "2", null)]
    public void Channels_are_mixed_only_where_the_encoder_or_the_preset_takes_fewer(
        string preset, int channels, string layout, string? ac, string? af)
    {
        var plan = Plan(preset, Film(Hd, Sound(channels, layout)));

        (Value(plan, "ac"), Value(plan, "af")).ShouldBe((ac, af));
    }

    [Fact]
    public void A_preview_never_has_more_pictures_in_a_second_than_its_source()
    {
        Filters(Plan("gif_preview", Film(Hd, fps: 4))).ShouldContain("fps=fps=4:eof_action=pass");
        Filters(Plan("gif_preview", Film(Hd, fps: 60))).ShouldContain("fps=fps=10:eof_action=pass");
    }

    [Fact]
    public void Position_and_device_stay_out_unless_asked_for()
    {
        var source = Film(Hd, Sound(2, "stereo")) with
        {
            Tags = new Dictionary<string, string>
            {
                ["title"] = "A=B", ["location"] = "+52.5+013.4/", ["com.apple.quicktime.model"] = "iPhone", ["encoder"] = "x",
            },
        };

        var plan = Plan("web_720p", source);
        var kept = Plan("web_720p", source, keepMetadata: true);

        Value(plan, "metadata").ShouldBe("title=A=B");
        plan.Notes.ShouldHaveSingleItem().ShouldBe("Position and device were left out (location, com.apple.quicktime.model); keep_metadata keeps them.");
        kept.Options.Passes[0].OutfileOptions.Select(Show).Last().ShouldBe("movflags=+use_metadata_tags");
        kept.Notes.ShouldBeEmpty();
    }

    [Fact]
    public void A_library_keeps_every_track_and_converts_what_mkv_cannot_hold()
    {
        var plan = Plan("h265_library", new SourceProbe
        {
            Streams =
            [
                new() { Index = 0, Kind = "video", Codec = "h264", Picture = Hd, Tags = new Dictionary<string, string> { ["BPS-eng"] = "4000" } },
                Sound(2, "stereo"),
                Sound(1, "mono") with { Index = 2, Codec = "amr_nb" },
                new() { Index = 3, Kind = "subtitle", Codec = "mov_text" },
                new() { Index = 4, Kind = "subtitle", Codec = "hdmv_pgs_subtitle" },
                new() { Index = 5, Kind = "attachment", Codec = "ttf" },
                new() { Index = 6, Codec = "bin_data" },
            ],
        });

        plan.Options.Passes[0].OutfileOptions.Select(Show).Where(option => !option.StartsWith("filter:v:0", StringComparison.Ordinal)).ShouldBe(
        [
            "map=0:0", "map=0:1", "map=0:2", "map=0:3", "map=0:4", "map=0:5", "c:v=libx265", "preset=medium", "crf=22",
            "x265-params=log-level=error", "metadata:s:v:0=BPS-eng=", "c:a:0=copy", "c:a:1=flac", "c:s:0=subrip", "c:s:1=copy", "c:t:0=copy",
        ]);
        plan.Notes.ShouldBe(
        [
            "Audio track 2 (amr_nb) became flac, because MKV cannot hold it.",
            "Subtitle track 3 (mov_text) became subrip, because MKV cannot hold it.",
            "Left out, because MKV cannot hold it: data track 6 (bin_data).",
        ]);
    }

    private static string Resized(int width, int height, int newWidth, int newHeight) =>
        $"scale=w='if(eq(iw,{width})*eq(ih,{height}),{newWidth},max(2,2*round(min({newWidth},{newHeight}*dar)/2)))'"
        + $":h='if(eq(iw,{width})*eq(ih,{height}),{newHeight},max(2,2*round(min({newHeight},{newWidth}/(dar))/2)))'";

    private static PresetPlan Plan(string preset, SourceProbe source, bool keepMetadata = false)
    {
        var found = PresetCatalog.BuiltIn.Single(each => each.Name == preset);
        return PresetPlan.For(found.Options, source, $"output.{found.Extension}", keepMetadata);
    }

    private static SourceProbe Film(PictureFacts picture, ProbedStream? sound = null, double fps = 25) => new()
    {
        Streams = [new() { Index = 0, Kind = "video", Codec = "h264", Fps = fps, Picture = picture }, .. sound is null ? Array.Empty<ProbedStream>() : [sound]],
    };

    private static ProbedStream Sound(int channels, string layout) => new()
    {
        Index = 1, Kind = "audio", Codec = "aac", Channels = channels, ChannelLayout = layout, SampleRate = 48000,
    };

    private static string Filters(PresetPlan plan) => Value(plan, "vf") ?? Value(plan, "filter:v:0") ?? "";

    private static string? Value(PresetPlan plan, string key) =>
        plan.Options.Passes[^1].OutfileOptions.LastOrDefault(option => option.Key == key)?.Value;

    private static string Show(OptionPair option) => option.Value is null ? option.Key : $"{option.Key}={option.Value}";
}
