using System.Globalization;
using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Presets;

/// <summary>How large the output's pictures are.</summary>
/// <param name="SourceWidth">Of the source, after players' rotation.</param>
/// <param name="SourceHeight">Of the source, after players' rotation.</param>
/// <param name="Width">Of the output; even.</param>
/// <param name="Height">Of the output; even.</param>
/// <param name="PixelAspect">The shape of the output's pixels.</param>
internal sealed record PictureSize(int SourceWidth, int SourceHeight, int Width, int Height, (int Across, int Down) PixelAspect)
{
    /// <summary>The shape of a pixel as a number.</summary>
    public double PixelShape => (double)PixelAspect.Across / PixelAspect.Down;

    /// <summary>Works it out.</summary>
    public static PictureSize Of(PictureFacts picture, PresetIntent intent)
    {
        var (across, down) = Aspect(picture.SampleAspect);
        var (width, height) = (picture.Width, picture.Height);
        if (Math.Abs((Math.Abs(picture.Rotation) % 180) - 90) < 2)
            (width, height, across, down) = (height, width, down, across);
        var (shownWidth, aspect) = intent.Picture == PictureIntent.Rgb
            ? (Math.Max(1, (double)width * across / down), (1, 1))
            : (width, (across, down));
        var (fitWidth, fitHeight) = Fit(shownWidth, height, intent.Fit);
        return new PictureSize(width, height, fitWidth, fitHeight, aspect);
    }

    private static (int Width, int Height) Fit(double width, double height, string? fit)
    {
        if (fit is null)
            return (Even(width), Even(height));
        var numbers = fit.Split('x').Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        if (numbers is [var exact])
            return (exact, Even(exact * height / width));
        var (across, down) = width > height ? (numbers[0], numbers[1]) : (numbers[1], numbers[0]);
        var factor = Math.Min(1, Math.Min(across / width, down / height));
        return (Nearest(width * factor, Math.Min(width, across)), Nearest(height * factor, Math.Min(height, down)));
    }

    private static int Even(double length) => Math.Max(2, (int)length / 2 * 2);

    private static int Nearest(double length, double most) =>
        Math.Max(2, Math.Min((int)Math.Round(length / 2, MidpointRounding.AwayFromZero) * 2, Even(most)));

    private static (int Across, int Down) Aspect(string text)
    {
        var parts = text.Split(':');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var across)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var down)
            && across > 0 && down > 0
            ? (across, down)
            : (1, 1);
    }
}
