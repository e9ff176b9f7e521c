using System.Globalization;
using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Presets;

/// <summary>Writes the filters that turn a source's pictures into the output's.</summary>
internal static class PictureFilters
{
    /// <summary>The white of an HDR picture in nits (BT.2408); it becomes the white of SDR.</summary>
    private const double WhiteNits = 203;

    /// <summary>What HDR is taken to reach where it does not say.</summary>
    private const double UsualPeakNits = 1000;

    private const int LeastOfYadif = 3;

    private const string Bt709 = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709";

    /// <summary>All filters, one after the other.</summary>
    public static string For(ProbedStream stream, PresetIntent intent, PictureSize size, PictureColour colour)
    {
        List<string> filters = [];
        // yadif takes no RGB without a conversion that guesses its matrix, and nothing of less than three rows.
        if (!colour.IsRgb && Math.Min(size.SourceWidth, size.SourceHeight) >= LeastOfYadif)
            filters.Add(intent.DeinterlaceAll ? "yadif" : "yadif=deint=interlaced");
        if (intent.MaxFps is { } fps)
            filters.Add($"fps=fps={Show(Math.Min(fps, stream.Fps ?? fps))}:eof_action=pass");
        filters.AddRange(Declare(stream.Picture!, colour));
        filters.AddRange(Resize(size, colour, intent.Picture));
        filters.AddRange(Convert(stream.Picture!, intent.Picture, colour));
        if (intent.Filters is { } own)
            filters.Add(own);
        return string.Join(',', filters);
    }

    /// <summary>Says what the source left unsaid, so that no later filter guesses otherwise.</summary>
    private static IEnumerable<string> Declare(PictureFacts picture, PictureColour colour)
    {
        var isPlain = colour.Way == ColourWay.Plain;
        var isGrey = picture.PixelFormat.StartsWith("gray", StringComparison.Ordinal) || picture.PixelFormat.StartsWith("mono", StringComparison.Ordinal);
        List<string> said = [];
        if (picture.Range.Length == 0 && !colour.IsRgb && !isGrey)
            said.Add($"range={colour.Range}");
        if (picture.Primaries.Length == 0 && !isPlain)
            said.Add($"color_primaries={colour.Primaries}");
        if (picture.Transfer.Length == 0 && !isPlain)
            said.Add($"color_trc={colour.Transfer}");
        if (picture.Matrix is "" or "gbr" && !colour.IsRgb && !isGrey)
            said.Add($"colorspace={colour.Matrix}");
        return said.Count == 0 ? [] : [$"setparams={string.Join(':', said)}"];
    }

    /// <summary>
    /// Scales to numbers, not to a formula: ffmpeg sets the filters up again when the source changes its size, and then
    /// each part must fit into the first one's size, with its own aspect.
    /// </summary>
    private static IEnumerable<string> Resize(PictureSize size, PictureColour colour, PictureIntent intent)
    {
        var (width, height) = (size.Width, size.Height);
        var isFirst = $"eq(iw,{size.SourceWidth})*eq(ih,{size.SourceHeight})";
        var shape = size.PixelAspect.Across == size.PixelAspect.Down ? "dar" : $"dar*{size.PixelAspect.Down}/{size.PixelAspect.Across}";
        // Through RGB, where the matrix changes; without these flags white comes out as 252.
        var matrix = colour.Way == ColourWay.Plain && intent != PictureIntent.Rgb
            ? ":out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int"
            : intent == PictureIntent.Rgb ? ":flags=lanczos+accurate_rnd+full_chroma_int" : "";
        return
        [
            $"scale=w='if({isFirst},{width},max(2,2*round(min({width},{height}*{shape})/2)))'"
            + $":h='if({isFirst},{height},max(2,2*round(min({height},{width}/({shape}))/2)))'{matrix}",
            $"pad={width}:{height}:-1:-1",
            $"setsar={size.PixelAspect.Across}/{size.PixelAspect.Down}",
        ];
    }

    private static IEnumerable<string> Convert(PictureFacts picture, PictureIntent intent, PictureColour colour)
    {
        if (colour.Way == ColourWay.Keep)
            return ["format=yuv420p10le", $"setparams=range={(colour.IsRgb ? "tv" : colour.Range)}:color_primaries={colour.Primaries}"
                + $":color_trc={colour.Transfer}:colorspace={colour.Matrix}"];
        var format = intent switch
        {
            PictureIntent.Keep => "format=yuv420p|yuv420p10le",
            PictureIntent.Rgb => "format=yuv444p",
            _ => "format=yuv420p",
        };
        var conversion = colour.Way switch
        {
            ColourWay.ToneMap =>
            [
                $"zscale=t=linear:npl={Show(WhiteNits)}", "format=gbrpf32le", "zscale=p=bt709", ToneMap(picture),
                "zscale=t=bt709:m=bt709:r=tv", format, Bt709,
            ],
            ColourWay.Wide => ["zscale=p=bt709:t=bt709:m=bt709:r=tv", format, Bt709],
            _ when intent == PictureIntent.Rgb => Array.Empty<string>(),
            _ => [format, Bt709],
        };
        return intent == PictureIntent.Rgb ? [.. conversion, "format=rgb24"] : conversion;
    }

    /// <summary>Leaves all light up to white nearly as it is, and fits what is brighter into the little that is left.</summary>
    private static string ToneMap(PictureFacts picture)
    {
        var nits = picture.Transfer != "smpte2084" ? UsualPeakNits
            : picture.Light is { MaxPixel: > 0 } light ? light.MaxPixel
            : picture.Mastering is { MaxNits: > 0 } display ? display.MaxNits
            : UsualPeakNits;
        var peak = Math.Min(nits, 10_000) / WhiteNits;
        return peak < 1.05 ? "tonemap=tonemap=clip:desat=0" : $"tonemap=tonemap=mobius:param=0.95:desat=0:peak={Show(peak)}";
    }

    private static string Show(double number) => number.ToString("0.####", CultureInfo.InvariantCulture);
}
