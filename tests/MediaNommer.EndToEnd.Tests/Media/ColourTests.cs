using MediaNommer.Core.Presets;
using MediaNommer.Nommerd.Nommers;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Colours, measured in what presets make of sources whose colours are known.</summary>
public class ColourTests
{
    private const string LightOfHdr =
        "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400:hdr10=1:repeat-headers=1";

    [Theory]
    [InlineData("web_480p", "pq")]
    [InlineData("web_480p", "hlg")]
    [InlineData("web_medium", "hlg")]
    [InlineData("webm_vp9_720p", "pq")]
    [InlineData("thumbnail", "hlg")]
    [InlineData("gif_preview", "pq")]
    public async Task Hdr_becomes_sdr_whose_white_is_white(string preset, string source)
    {
        using var run = new NommerRun();

        var result = await RunAsync(run, preset, source == "pq" ? Pq() : Hlg());

        var (white, green, grey) = (Patches.Of(run.Output)[0], Patches.Of(run.Output)[1], Patches.Of(run.Output)[2]);
        white.Red.ShouldBeInRange(250, 255);
        white.Green.ShouldBeInRange(250, 255);
        white.Blue.ShouldBeInRange(250, 255);
        (green.Red < 30 && green.Blue < 30 && green.Green > 120).ShouldBeTrue($"{green}");
        grey.Red.ShouldBeInRange(40, 90);
        result.Notes.ShouldContain(note => note.Contains("was tone-mapped to SDR"));
        if (preset.StartsWith("web", StringComparison.Ordinal))
            Patches.Tags(run.Output).ShouldBe("yuv420p,tv,bt709,bt709,bt709");
    }

    [Theory]
    [InlineData("h265_1080p", "pq", "smpte2084")]
    [InlineData("h265_1080p", "hlg", "arib-std-b67")]
    [InlineData("h265_library", "pq", "smpte2084")]
    [InlineData("av1_1080p", "pq", "smpte2084")]
    public async Task Hdr_stays_hdr_where_the_preset_can_hold_it(string preset, string source, string transfer)
    {
        using var run = new NommerRun();

        var result = await RunAsync(run, preset, source == "pq" ? Pq() : Hlg());

        Patches.Tags(run.Output).ShouldBe($"yuv420p10le,tv,bt2020nc,{transfer},bt2020");
        result.Notes.ShouldContain(note => note.Contains("was kept"));
        if (source == "pq")
        {
            var light = Clips.Run("ffprobe", "/", ["-v", "error", "-select_streams", "v:0", "-read_intervals", "%+#1", "-show_frames", run.Output]);
            light.ShouldContain("max_content=1000");
            light.ShouldContain("Mastering display metadata");
        }
    }

    [Theory]
    [InlineData("hd.mkv", "scale=1280:720:flags=neighbor:out_color_matrix=bt709:out_range=tv,format=yuv420p", "-c:v libx264 -preset ultrafast")]
    [InlineData("sd.mkv", "scale=720:576:flags=neighbor:out_color_matrix=bt601:out_range=tv,format=yuv420p", "-c:v libx264 -preset ultrafast")]
    [InlineData("tagged.mkv", "scale=720:480:flags=neighbor:out_color_matrix=bt601:out_range=tv,format=yuv420p", "-c:v libx264 -preset ultrafast -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m")]
    [InlineData("full.avi", "scale=out_color_matrix=bt601,format=yuvj420p", "-c:v mjpeg -q:v 2")]
    [InlineData("fullhd.mkv", "scale=1280:720:flags=neighbor:out_color_matrix=bt709:out_range=pc,format=yuvj420p", "-c:v libx264 -preset ultrafast")]
    [InlineData("gbr.mkv", "format=gbrp", "-c:v ffv1")]
    [InlineData("screen.mkv", "format=bgr0", "-c:v libx264rgb -preset ultrafast -qp 0")]
    [InlineData("png.mkv", "format=rgba", "-c:v png")]
    public async Task Colours_stay_what_they_are_and_are_tagged(string name, string filters, string codec)
    {
        var source = Clips.Make($"colour_{name}", $"-f lavfi -i {Patches.Sdr},{filters},setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown {codec}");
        foreach (var preset in (string[])["web_480p", "h265_1080p", "thumbnail"])
        {
            using var run = new NommerRun();

            await RunAsync(run, preset, source);

            var patches = Patches.Of(run.Output);
            Near(patches[0], (255, 255, 255), preset);
            Near(patches[1], (0, 192, 0), preset);
            Near(patches[2], (128, 128, 128), preset);
            if (preset != "thumbnail")
                Patches.Tags(run.Output).ShouldBe("yuv420p,tv,bt709,bt709,bt709");
        }
    }

    [Fact]
    public async Task Wide_gamut_becomes_bt709_and_keeps_its_white()
    {
        var source = Clips.Make(
            "wide.mkv",
            $"-f lavfi -i {Patches.Sdr},scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=bt2020-10:colorspace=bt2020nc:range=tv -c:v ffv1");
        using var run = new NommerRun();

        await RunAsync(run, "web_480p", source);

        Near(Patches.Of(run.Output)[0], (255, 255, 255), "white");
        Near(Patches.Of(run.Output)[2], (128, 128, 128), "grey");
        Patches.Tags(run.Output).ShouldBe("yuv420p,tv,bt709,bt709,bt709");
    }

    private static string Pq() => Hdr("pq.mp4", Patches.Pq, "smpte2084", $"log-level=error:{LightOfHdr}");

    private static string Hlg() => Hdr("hlg.mp4", Patches.Hlg, "arib-std-b67", "log-level=error");

    private static string Hdr(string name, string patches, string transfer, string parameters) => Clips.Make(
        name,
        $"-f lavfi -i {patches},format=gbrp,scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le,setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv "
        + $"-c:v libx265 -preset ultrafast -x265-params {parameters} -color_primaries bt2020 -color_trc {transfer} -colorspace bt2020nc");

    private static async Task<NommerResult> RunAsync(NommerRun run, string name, string source)
    {
        var preset = PresetCatalog.BuiltIn.Single(each => each.Name == name);
        var result = await run.EncodeAsync(source, preset.Extension, preset.Options);
        result.Succeeded.ShouldBeTrue($"{name}: {result.Message}\n{result.Log}");
        return result;
    }

    private static void Near((int Red, int Green, int Blue) found, (int Red, int Green, int Blue) wanted, string what)
    {
        var off = Math.Max(Math.Abs(found.Red - wanted.Red), Math.Max(Math.Abs(found.Green - wanted.Green), Math.Abs(found.Blue - wanted.Blue)));
        off.ShouldBeLessThanOrEqualTo(5, $"{what}: {found} instead of {wanted}");
    }
}
