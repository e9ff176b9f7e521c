using System.Globalization;
using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Presets;

/// <summary>What becomes of the picture.</summary>
internal sealed record PicturePlan
{
    private const int LeastOfX265 = 16;
    private const int LeastOfSvt = 64;

    private IReadOnlyList<OptionPair> replaced = [];
    private string removed = "";

    /// <summary>No picture.</summary>
    public static PicturePlan None { get; } = new();

    /// <summary>Options to add.</summary>
    public IReadOnlyList<OptionPair> Options { get; private init; } = [];

    /// <summary>For the history.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>Why it cannot be encoded, or null.</summary>
    public string? Refusal { get; private init; }

    /// <summary>Works it out.</summary>
    /// <param name="stream">The source's stream.</param>
    /// <param name="intent">What the preset wants.</param>
    /// <param name="own">The preset's own options.</param>
    public static PicturePlan For(ProbedStream stream, PresetIntent intent, IReadOnlyList<OptionPair> own)
    {
        var picture = stream.Picture!;
        var size = PictureSize.Of(picture, intent);
        var encoder = own.LastOrDefault(option => option.Key == "c:v")?.Value;
        if (picture is { DolbyVision: not null, HasPlainBase: false })
            return new PicturePlan
            {
                Refusal = $"The source is Dolby Vision profile {picture.DolbyVision} without a base layer that can be shown by "
                    + "itself; ffmpeg cannot convert its colours. Take an HDR10, HLG or SDR version of it.",
            };
        if (encoder == "libx265" && Math.Min(size.Width, size.Height) < LeastOfX265)
            return new PicturePlan
            {
                Refusal = $"The picture would be {size.Width}×{size.Height} pixels, but the encoder libx265 takes no less than "
                    + $"{LeastOfX265}×{LeastOfX265}; choose another preset.",
            };
        var colour = PictureColour.Of(picture, intent.Picture);
        var plan = new PicturePlan
        {
            // Further pictures of a library are copied, which excludes filters.
            Options = [new(intent.Sound == SoundIntent.All ? "filter:v:0" : "vf", PictureFilters.For(stream, intent, size, colour))],
            Notes = [.. Remarks(picture, intent, colour)],
        };
        return plan.WithEncoderFor(encoder, size, colour.Way == ColourWay.Keep ? picture : null);
    }

    /// <summary>The preset's own options as this source needs them.</summary>
    public IEnumerable<OptionPair> Adapt(IEnumerable<OptionPair> own) => removed.Length == 0
        ? own
        : [.. own.Where(option => !removed.Split(' ').Contains(option.Key)), .. replaced];

    private PicturePlan WithEncoderFor(string? encoder, PictureSize size, PictureFacts? hdr)
    {
        if (encoder == "libsvtav1" && Math.Min(size.Width, size.Height) < LeastOfSvt)
            return this with
            {
                removed = "c:v preset",
                replaced = [new("c:v", "libaom-av1"), new("cpu-used", "8"), new("b:v", "0")],
                Notes = [.. Notes, $"Encoded with libaom-av1, because libsvtav1 takes no less than {LeastOfSvt}×{LeastOfSvt} pixels."],
            };
        if (hdr is not { Transfer: "smpte2084" })
            return this;
        return encoder switch
        {
            "libx265" => this with
            {
                removed = "x265-params",
                replaced = [new("x265-params", $"log-level=error:hdr10=1:repeat-headers=1{X265Light(hdr)}")],
            },
            "libsvtav1" when SvtLight(hdr) is { Length: > 0 } light => this with { Options = [.. Options, new("svtav1-params", light)] },
            _ => this,
        };
    }

    private static IEnumerable<string> Remarks(PictureFacts picture, PresetIntent intent, PictureColour colour)
    {
        var name = picture.Transfer == "smpte2084" ? "HDR (PQ)" : "HDR (HLG)";
        if (colour.Way == ColourWay.ToneMap)
            yield return $"{name} was tone-mapped to SDR in BT.709.";
        else if (colour.Way == ColourWay.Keep && picture.IsHdr)
            yield return $"{name} was kept.";
        else if (colour.Way == ColourWay.Wide)
            yield return $"Colours were converted from {colour.Primaries} to BT.709.";
        else if (picture.Matrix.Length == 0 && !colour.IsRgb)
            yield return $"The source does not say which colour matrix it uses; {(colour.Matrix == "bt709" ? "BT.709" : "BT.601")} was taken for its size.";
        if (intent.Picture == PictureIntent.Keep && picture.DolbyVision is not null)
            yield return "The metadata of Dolby Vision was left out.";
        if (intent.Picture == PictureIntent.Keep && picture.HasDynamicCurve)
            yield return "The dynamic metadata of HDR10+ was left out.";
    }

    private static string X265Light(PictureFacts hdr)
    {
        var display = hdr.Mastering is not { } m ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $":master-display=G({m.GreenX * 50000:0},{m.GreenY * 50000:0})B({m.BlueX * 50000:0},{m.BlueY * 50000:0})R({m.RedX * 50000:0},{m.RedY * 50000:0})WP({m.WhiteX * 50000:0},{m.WhiteY * 50000:0})L({m.MaxNits * 10000:0},{m.MinNits * 10000:0})");
        return display + (hdr.Light is { } light ? $":max-cll={light.MaxPixel},{light.MaxFrame}" : "");
    }

    private static string SvtLight(PictureFacts hdr)
    {
        var display = hdr.Mastering is not { } m ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"mastering-display=G({m.GreenX:0.#####},{m.GreenY:0.#####})B({m.BlueX:0.#####},{m.BlueY:0.#####})R({m.RedX:0.#####},{m.RedY:0.#####})WP({m.WhiteX:0.#####},{m.WhiteY:0.#####})L({m.MaxNits:0.####},{m.MinNits:0.####})");
        var light = hdr.Light is { } level ? $"content-light={level.MaxPixel},{level.MaxFrame}" : "";
        return string.Join(':', new[] { display, light }.Where(text => text.Length > 0));
    }
}
