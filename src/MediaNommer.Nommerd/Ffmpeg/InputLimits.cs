using System.Globalization;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// What ffmpeg and ffprobe are told about the size of what they read, so that a small file that claims a huge picture
/// or a huge table is refused before any memory is taken for it.
/// </summary>
internal static class InputLimits
{
    /// <summary>The largest single allocation of ffmpeg: a picture of 268 million pixels at 4 bytes.</summary>
    private const long LargestBlock = 1L << 30;

    /// <summary>ffprobe decodes no more than a few pictures; its own demand are tables of samples.</summary>
    private const long LargestBlockOfProbes = 1L << 29;

    private const string PixelOption = "max_pixels";

    /// <summary>The options of ffprobe.</summary>
    public static IReadOnlyList<string> ForProbes { get; } =
        ["-max_alloc", LargestBlockOfProbes.ToString(CultureInfo.InvariantCulture)];

    /// <summary>The same pass with its input limited. A job may ask for less than the limit, not for more.</summary>
    public static EncodePass Apply(EncodePass pass, long pixels)
    {
        List<OptionPair> options = [.. pass.InfileOptions, new("max_alloc", LargestBlock.ToString(CultureInfo.InvariantCulture))];
        var asked = pass.InfileOptions.LastOrDefault(option => option.Key.Split(':')[0] == PixelOption)?.Value;
        if (pixels > 0 && !(long.TryParse(asked, CultureInfo.InvariantCulture, out var own) && own <= pixels))
        {
            options.RemoveAll(option => option.Key.Split(':')[0] == PixelOption);
            options.Add(new(PixelOption, pixels.ToString(CultureInfo.InvariantCulture)));
        }

        return pass with { InfileOptions = options };
    }
}
