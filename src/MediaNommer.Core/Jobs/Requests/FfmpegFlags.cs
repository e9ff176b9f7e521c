using System.Collections.Frozen;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>
/// Which of ffmpeg's options stand alone. ffmpeg decides by the option's name alone whether the next argument is its
/// value: a value behind a flag would become the name of an output file, and a missing value would swallow the next
/// option. The names are those of ffmpeg 5.1 to 8; every other option takes a value.
/// </summary>
internal static class FfmpegFlags
{
    private static readonly FrozenSet<string> WholeFile = FrozenSet.ToFrozenSet(
    [
        "an", "vn", "sn", "dn", "shortest", "copyts", "start_at_zero", "re", "bitexact", "ignore_unknown",
        "copy_unknown", "recast_media", "xerror", "auto_conversion_filters", "accurate_seek", "find_stream_info",
    ]);

    // These may be followed by a stream specifier, as in copyinkf:v.
    private static readonly FrozenSet<string> PerStream = FrozenSet.ToFrozenSet(
    [
        "copyinkf", "force_fps", "fix_sub_duration", "fix_sub_duration_heartbeat", "display_hflip", "display_vflip",
        "noautorotate", "noautoscale",
    ]);

    /// <summary>
    /// Switches that are on by themselves, whose bare form takes a value in some versions of ffmpeg and not in others:
    /// only their "no" form means the same everywhere.
    /// </summary>
    private static readonly FrozenSet<string> OffOnly = FrozenSet.ToFrozenSet(["autorotate", "autoscale"]);

    /// <summary>The name without stream specifiers: <c>c</c> of <c>c:v:0</c>.</summary>
    public static string BaseOf(string key)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? key : key[..colon];
    }

    /// <summary>True when the option stands alone.</summary>
    public static bool IsFlag(string key)
    {
        var name = BaseOf(key);
        return PerStream.Contains(name) || IsWholeFile(name);
    }

    /// <summary>True for a flag that some versions of ffmpeg no longer take for one when a specifier follows.</summary>
    public static bool RefusesSpecifier(string key) => key.Contains(':') && IsWholeFile(BaseOf(key));

    /// <summary>True for the switches that can only be switched off.</summary>
    public static bool IsOffOnly(string key) => OffOnly.Contains(BaseOf(key));

    /// <summary>How to say that a flag is off, or null when leaving it out says so.</summary>
    public static string? OffForm(string key) =>
        BaseOf(key) is "accurate_seek" or "find_stream_info" or "autorotate" or "autoscale" ? "no" + key : null;

    private static bool IsWholeFile(string name) =>
        WholeFile.Contains(name)
        || (name.StartsWith("no", StringComparison.Ordinal)
            && (WholeFile.Contains(name[2..]) || PerStream.Contains(name[2..])));
}
