using System.Collections;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// The environment that ffmpeg and ffprobe get: only variables that are known to be harmless and of use to them. A media
/// program that a hostile file takes over finds no cloud keys, tokens or proxy passwords there, whatever they are called.
/// </summary>
internal static class MediaEnvironment
{
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        // Where programs and libraries are, and whose caches to use.
        "PATH", "LD_LIBRARY_PATH", "HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_DATA_DIRS",
        // Language and time of day.
        "LANG", "LANGUAGE", "TZ", "TZDIR",
        "TMPDIR", "TMP", "TEMP",
        // Which graphics processor or audio plug-ins to use.
        "CUDA_VISIBLE_DEVICES", "CUDA_HOME", "CUDA_PATH", "LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH", "VDPAU_DRIVER",
        "VDPAU_DRIVER_PATH", "VK_ICD_FILENAMES", "VK_DRIVER_FILES", "OCL_ICD_VENDORS", "LADSPA_PATH", "LV2_PATH", "FREI0R_PATH",
    };

    private static readonly string[] Prefixes = ["LC_", "FONTCONFIG_", "NVIDIA_", "OMP_"];

    /// <summary>What of this process's own environment they get, as <c>NAME=value</c>.</summary>
    public static IEnumerable<string> Current() => Of(Environment.GetEnvironmentVariables());

    /// <summary>What of an environment they get, as <c>NAME=value</c>.</summary>
    public static IEnumerable<string> Of(IDictionary variables) =>
        from DictionaryEntry variable in variables
        let name = (string)variable.Key
        where Names.Contains(name) || Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
        select $"{name}={variable.Value}";
}
