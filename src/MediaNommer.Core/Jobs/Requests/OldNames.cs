using System.Collections.Frozen;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>What ffmpeg of 2011 called things, and what today's calls them.</summary>
internal static class OldNames
{
    private static readonly FrozenSet<string> X264Presets = FrozenSet.ToFrozenSet(
        ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"]);

    /// <summary>Options of any encoder.</summary>
    public static FrozenDictionary<string, string> OfOptions { get; } = new Dictionary<string, string>
    {
        ["b"] = "b:v", ["ab"] = "b:a", ["vprofile"] = "profile:v", ["qscale"] = "q:v", ["map_meta_data"] = "map_metadata",
    }.ToFrozenDictionary();

    /// <summary>Options that named a stream's language.</summary>
    public static FrozenDictionary<string, string> OfLanguages { get; } = new Dictionary<string, string>
    {
        ["alang"] = "metadata:s:a:0", ["vlang"] = "metadata:s:v:0", ["slang"] = "metadata:s:s:0",
    }.ToFrozenDictionary();

    /// <summary>Options of x264; other encoders have some of these names still.</summary>
    public static FrozenDictionary<string, string> OfX264 { get; } = new Dictionary<string, string>
    {
        ["cqp"] = "qp", ["rc_lookahead"] = "rc-lookahead", ["directpred"] = "direct-pred", ["aq_mode"] = "aq-mode",
        ["aq_strength"] = "aq-strength", ["psy_rd"] = "psy-rd", ["wpredp"] = "weightp", ["bframebias"] = "b-bias",
    }.ToFrozenDictionary();

    /// <summary>Encoders that are gone, or went by another name.</summary>
    public static FrozenDictionary<string, string> OfCodecs { get; } = new Dictionary<string, string>
    {
        ["libfaac"] = "aac", ["libvo_aacenc"] = "aac", ["libaacplus"] = "aac", ["libamr_nb"] = "libopencore_amrnb",
        ["xvid"] = "libxvid", ["x264"] = "libx264",
    }.ToFrozenDictionary();

    /// <summary>What stands for one of the preset files that ffmpeg brought along for x264, or null.</summary>
    public static OptionPair? OfPresetFile(string name) => name switch
    {
        "default" or "normal" => new("preset", "medium"),
        "hq" or "max" => new("preset", "slow"),
        "baseline" or "ipod320" or "ipod640" => new("profile:v", "baseline"),
        "main" => new("profile:v", "main"),
        _ => X264Presets.Contains(name) ? new("preset", name) : null,
    };
}
