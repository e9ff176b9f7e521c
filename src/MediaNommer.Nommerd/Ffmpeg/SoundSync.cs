using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Keeps the sound of presets in time with their picture. Encoders and formats of sound know only how much there is of
/// it, so where the source's sound begins late or has holes, all that follows would be heard too early. A job's own
/// options are run as given.
/// </summary>
internal static class SoundSync
{
    /// <summary>
    /// Fills what is missing by silence from the film's first moment on, wherever sound is off by more than 20 ms.
    /// </summary>
    public const string Filter = "aresample=async=1:min_hard_comp=0.02:first_pts=0";

    /// <summary>True for a preset that encodes sound and says nothing about its filters.</summary>
    public static bool IsNeeded(EncodeOptions options) =>
        options is { Preset: not null, Passes: [.., var last] }
        && last.OutfileOptions.Any(option => option.Key.StartsWith("c:a", StringComparison.Ordinal) && option.Value != "copy")
        && !last.OutfileOptions.Any(option => Name(option) is "an" or "af" or "filter" or "filter_complex" or "lavfi");

    private static string Name(OptionPair option) => option.Key.Split(':')[0];
}
