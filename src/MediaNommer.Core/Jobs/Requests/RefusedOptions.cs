using System.Collections.Frozen;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>The options of ffmpeg that no job may have, with the reasons.</summary>
internal static class RefusedOptions
{
    private const string SetByUs = "is set by media-nommer itself; leave it out";
    private const string MoreFiles = "makes ffmpeg read or write another file";

    private static readonly FrozenDictionary<string, string> OfFfmpeg = new Dictionary<string, string[]>
    {
        [SetByUs] =
        [
            "y", "n", "stdin", "loglevel", "v", "stats", "stats_period", "hide_banner", "progress", "passlogfile",
            "protocol_whitelist", "protocol_blacklist", "format_whitelist", "codec_whitelist", "max_alloc",
        ],
        ["names an input; the only input is source_path"] = ["i"],
        [MoreFiles] =
        [
            "filter_script", "filter_complex_script", "attach", "dump_attachment", "report", "sdp_file", "vstats",
            "vstats_file", "vstats_version", "pre", "vpre", "apre", "spre", "fpre", "enc_stats_pre", "enc_stats_post",
            "mux_stats", "stats_enc_pre", "stats_enc_post", "stats_mux_pre", "stats_enc_pre_fmt", "stats_enc_post_fmt",
            "stats_mux_pre_fmt", "print_graphs_file", "print_graphs_format", "print_graphs",
        ],
        ["starts a decoder beside the job's own"] = ["dec"],
        ["only prints for somebody who watches"] =
        [
            "dump", "hex", "benchmark", "benchmark_all", "debug_ts", "psnr", "qphist", "h", "help", "?", "L", "license",
            "version", "buildconf", "formats", "muxers", "demuxers", "devices", "codecs", "decoders", "encoders", "bsfs",
            "protocols", "filters", "pix_fmts", "layouts", "sample_fmts", "dispositions", "colors", "sources", "sinks",
            "hwaccels",
        ],
    }
    .SelectMany(group => group.Value, (group, name) => (name, reason: group.Key))
    .ToFrozenDictionary(pair => pair.name, pair => pair.reason);

    // Options of formats and codecs; ffmpeg also takes these with a leading v, a or s.
    private static readonly FrozenSet<string> OfCodecs = FrozenSet.ToFrozenSet(
    [
        "stats", "passlogfile", "enable_drefs", "use_absolute_path", "safe", "graph", "graph_file", "dumpgraph",
        "omx_libname", "omx_libprefix", "load_plugins", "protocol_opts", "sub_name", "assetmaps", "ifo_palette",
        "protocol_whitelist", "protocol_blacklist", "format_whitelist",
    ]);

    /// <summary>Why an option is refused, as the end of a sentence that begins with it; null when it is not.</summary>
    public static string? ReasonFor(string key)
    {
        var name = FfmpegFlags.BaseOf(key);
        var reason = OfFfmpeg.GetValueOrDefault(name)
            ?? (name.StartsWith("no", StringComparison.Ordinal) ? OfFfmpeg.GetValueOrDefault(name[2..]) : null);
        var ofCodec = name[0] is 'v' or 'a' or 's' ? name[1..] : name;
        return reason ?? (OfCodecs.Contains(name) || OfCodecs.Contains(ofCodec) ? MoreFiles : null);
    }
}
