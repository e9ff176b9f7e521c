using MediaNommer.Core.Presets;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Sources that end too early must not become jobs that look finished.</summary>
public class CutOffSourceTests
{
    private static readonly string[] Fast = ["preset=ultrafast"];

    public static TheoryData<string> Sources => ["mp4", "mkv", "flv", "mp3", "flac", "wav", "avi"];

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task A_source_that_is_cut_off_fails_and_says_where_it_ends(string kind)
    {
        using var run = new NommerRun();
        var isSound = kind is "mp3" or "flac" or "wav";

        var result = await run.EncodeAsync(Clips.Cut(Whole(kind), 0.5), isSound ? "m4a" : "mp4", isSound ? [] : Fast);

        result.Succeeded.ShouldBeFalse(result.Log);
        result.Message.ShouldMatch(@"^The source ends after [12]\.\d s of (3\.9|4\.\d) s; it is cut off\. Submit with allow_truncated to accept that\.$");
        result.IsTransient.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task A_source_that_is_cut_off_is_taken_when_the_job_allows_it(string kind)
    {
        using var run = new NommerRun { AllowTruncated = true };
        var isSound = kind is "mp3" or "flac" or "wav";

        var result = await run.EncodeAsync(Clips.Cut(Whole(kind), 0.5), isSound ? "m4a" : "mp4", isSound ? [] : Fast);

        result.Message.ShouldBeEmpty();
        result.Output!.Duration!.Value.ShouldBeInRange(1, 3);
    }

    [Theory]
    [InlineData("mp4")]
    [InlineData("mkv")]
    [InlineData("flv")]
    [InlineData("mp3")]
    [InlineData("flac")]
    [InlineData("wav")]
    [InlineData("avi")]
    [InlineData("ts")]
    [InlineData("mpg")]
    [InlineData("ogv")]
    public async Task A_whole_source_is_never_taken_for_a_cut_off_one(string kind)
    {
        using var run = new NommerRun();
        var isSound = kind is "mp3" or "flac" or "wav";

        var result = await run.EncodeAsync(Whole(kind), isSound ? "m4a" : "mp4", isSound ? [] : Fast);

        result.Message.ShouldBeEmpty();
        result.Output!.Duration!.Value.ShouldBe(4, 0.3);
    }

    [Fact]
    public async Task A_part_that_lies_before_the_cut_is_good()
    {
        using var run = new NommerRun();

        var result = await run.EncodeAsync(Clips.Cut(Whole("mp4"), 0.5), "mp4", "|", "t=1", "preset=ultrafast");

        result.Message.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_index_that_is_missing_is_named()
    {
        using var run = new NommerRun();
        var source = Clips.Make("indexlast.mp4", $"{Clips.Picture} {Clips.Sound} {Clips.Codecs}");

        var result = await run.EncodeAsync(Clips.Cut(source, 0.5), "mp4", Fast);

        result.Message.ShouldBe("The source is cut off: its index (the moov atom) is missing.");
    }

    [Fact]
    public async Task Damage_in_the_middle_of_the_sound_is_noticed()
    {
        var source = Clips.Damage("damaged.flac", Whole("flac"), from: 0.3, to: 1);
        using var run = new NommerRun();

        var result = await run.EncodeAsync(source, "m4a");

        result.Succeeded.ShouldBeFalse(result.Log);
        result.Message.ShouldMatch("cut off|damaged");
    }

    [Fact]
    public async Task A_growing_file_without_a_duration_is_taken_as_far_as_it_goes()
    {
        // What a recorder leaves while it still writes: a stream format without any index.
        var source = Clips.Cut(Clips.Make("live.mkv", $"{Clips.Picture} {Clips.Sound} {Clips.Codecs} -f matroska -live 1"), 0.6);
        using var run = new NommerRun();

        var result = await run.EncodeAsync(source, "mp4", Fast);

        result.Message.ShouldBeEmpty();
        result.Output!.Duration!.Value.ShouldBeInRange(1.5, 3.5);
    }

    [Theory]
    [InlineData("open")]
    [InlineData("closed")]
    public async Task A_recording_that_begins_in_the_middle_of_a_group_of_pictures_is_taken(string kind)
    {
        var whole = Clips.Make(
            $"groups_{kind}.ts",
            "-f lavfi -i testsrc2=s=160x90:r=25:d=12 -f lavfi -i sine=d=12:r=48000 -c:v libx264 -preset veryfast -pix_fmt yuv420p "
            + $"-x264-params keyint=50:min-keyint=50:scenecut=0:bframes=2:open-gop={(kind == "open" ? 1 : 0)} -c:a aac -b:a 32k");
        var positions = Clips.Run("ffprobe", "/", ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pos", "-of", "csv=p=0", whole]);
        // Behind the key frame and two more pictures: nearly all of the group is left, and cannot be decoded.
        var cut = long.Parse(positions.Split([',', '\n'], StringSplitOptions.RemoveEmptyEntries)[3]);
        var source = Clips.WithoutFront($"groups_{kind}_cut.ts", whole, cut);
        var preset = PresetCatalog.BuiltIn.Single(each => each.Name == "web_480p");
        using var filled = new NommerRun();
        using var plain = new NommerRun();

        // Where the frame rate is constant, ffmpeg repeats the first picture, and nothing of the length is lost.
        var byPreset = await filled.EncodeAsync(source, preset.Extension, preset.Options);
        var result = await plain.EncodeAsync(source, "mp4", [.. Fast, "vsync=vfr"]);

        byPreset.Message.ShouldBeEmpty(byPreset.Log);
        byPreset.Output!.Duration!.Value.ShouldBe(11.9, 0.3);
        result.Message.ShouldBeEmpty(result.Log);
        result.Notes.ShouldHaveSingleItem().ShouldMatch(@"the first 1\.[89] s of its video cannot be decoded");
    }

    private static string Whole(string kind) => kind switch
    {
        "mp4" => Clips.Plain,
        "mkv" => Clips.Make("whole.mkv", $"{Clips.Picture} {Clips.Sound} {Clips.Codecs}"),
        "flv" => Clips.Make("whole.flv", $"{Clips.Picture} {Clips.Sound} {Clips.Codecs}"),
        "ts" => Clips.Make("whole.ts", $"{Clips.Picture} {Clips.Sound} {Clips.Codecs}"),
        "avi" => Clips.Make("whole.avi", $"{Clips.Picture} {Clips.Sound} -c:v mpeg4 -c:a mp3"),
        "mpg" => Clips.Make("whole.mpg", "-f lavfi -i testsrc2=s=160x90:r=25:d=4 -f lavfi -i sine=d=4:r=44100 -c:v mpeg2video -c:a mp2"),
        "ogv" => Clips.Make("whole.ogv", $"{Clips.Picture} {Clips.Sound}"),
        _ => Clips.Make($"whole.{kind}", Clips.Sound),
    };
}
