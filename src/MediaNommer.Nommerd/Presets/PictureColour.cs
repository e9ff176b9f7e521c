using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Presets;

/// <summary>The way that colours go from source to output.</summary>
internal enum ColourWay
{
    /// <summary>Another matrix or range at most: the scaler does it on the side.</summary>
    Plain,

    /// <summary>Other primaries or another transfer function than SDR video: zscale does it.</summary>
    Wide,

    /// <summary>HDR to SDR.</summary>
    ToneMap,

    /// <summary>As they are.</summary>
    Keep,
}

/// <summary>What the colours of a picture mean, guesses included, and which way they go.</summary>
/// <param name="Way">The way.</param>
/// <param name="IsRgb">True for RGB, false for YUV and grey.</param>
/// <param name="Range">tv or pc.</param>
/// <param name="Matrix">Of YUV.</param>
/// <param name="Transfer">The transfer function.</param>
/// <param name="Primaries">The primaries.</param>
internal sealed record PictureColour(ColourWay Way, bool IsRgb, string Range, string Matrix, string Transfer, string Primaries)
{
    private static readonly string[] RgbFormats =
        ["rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "x2rgb", "x2bgr", "pal8", "bayer", "xyz"];

    /// <summary>Primaries that are so far from BT.709 that it shows.</summary>
    private static readonly string[] WidePrimaries = ["bt2020", "smpte431", "smpte432"];

    /// <summary>Decides. What the source does not say is guessed as players do: by the size of its pictures.</summary>
    public static PictureColour Of(PictureFacts picture, PictureIntent intent)
    {
        var isRgb = RgbFormats.Any(start => picture.PixelFormat.StartsWith(start, StringComparison.Ordinal));
        var isWide = WidePrimaries.Contains(picture.Primaries);
        var way = intent == PictureIntent.Keep && (picture.IsHdr || isWide) ? ColourWay.Keep
            : picture.IsHdr ? ColourWay.ToneMap
            // The scaler does not know YCgCo, nor light that is not bent by a curve.
            : isWide || picture.Matrix == "ycgco" || picture.Transfer == "linear" ? ColourWay.Wide
            : ColourWay.Plain;
        var isFull = picture.Range == "pc" || (picture.Range.Length == 0 && picture.PixelFormat.StartsWith("yuvj", StringComparison.Ordinal));
        return new PictureColour(
            way, isRgb, isFull ? "pc" : "tv",
            picture.Matrix is { Length: > 0 } matrix && matrix != "gbr" ? matrix : GuessMatrix(picture, isWide),
            picture.Transfer.Length > 0 ? picture.Transfer : "bt709",
            picture.Primaries.Length > 0 ? picture.Primaries : picture.IsHdr ? "bt2020" : "bt709");
    }

    private static string GuessMatrix(PictureFacts picture, bool isWide)
    {
        if (picture.IsHdr || isWide)
            return "bt2020nc";
        var (shorter, longer) = (Math.Min(picture.Width, picture.Height), Math.Max(picture.Width, picture.Height));
        return shorter >= 720 || longer >= 1280 ? "bt709" : "smpte170m";
    }
}
