using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Keeps the sound of presets in time with their picture. Encoders and formats of sound know only how much there is of
/// it, so where the source's sound begins late or has holes, all that follows would be heard too early. A job's own
/// options are run as given.
/// </summary>
internal static class SoundSync
{
    /// <summary>Wherever sound is off by more than 20 ms, fill or cut it, from the film's first moment on.</summary>
    private const string Exactly = ":min_hard_comp=0.02:first_pts=0";

    private const string Filter = "aresample=async=1" + Exactly;

    /// <summary>The options to run for those of the pass that writes the output.</summary>
    public static IEnumerable<OptionPair> Apply(EncodeOptions options, IReadOnlyList<OptionPair> own)
    {
        var encodesSound = own.Any(option => option.Key.StartsWith("c:a", StringComparison.Ordinal) && option.Value != "copy")
            && !own.Any(option => option.Key == "an");
        if (options.Preset is null || !encodesSound)
            return own;
        // The presets of 2011 follow drift, but let sound be late by up to 0.1 s.
        return own.Any(option => Name(option) is "af" or "filter" or "filter_complex" or "lavfi")
            ? own.Select(option => option.Value == "aresample=async=480" ? option with { Value = option.Value + Exactly } : option)
            : [.. own, new OptionPair("af", Filter)];
    }

    private static string Name(OptionPair option) => option.Key.Split(':')[0];
}
