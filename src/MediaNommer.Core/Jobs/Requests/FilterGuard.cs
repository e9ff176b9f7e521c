using System.Collections.Frozen;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>Refuses filters that reach beyond the streams that flow through them.</summary>
internal static class FilterGuard
{
    private static readonly FrozenDictionary<string, string> Refused = new Dictionary<string, string[]>
    {
        ["reads another file"] = ["movie", "amovie"],
        ["loads code or a model from a file"] =
        [
            "frei0r", "frei0r_src", "ladspa", "lv2", "dnn_classify", "dnn_detect", "dnn_processing", "sr", "derain",
            "program_opencl", "openclsrc", "coreimage", "coreimagesrc", "asr", "whisper", "ocr", "vpp_amf", "libvmaf",
            "libvmaf_cuda",
        ],
        ["opens a socket"] = ["zmq", "azmq"],
        ["records a screen"] = ["ddagrab", "gfxcapture"],
        ["changes other filters later on, unseen"] = ["sendcmd", "asendcmd"],
    }
    .SelectMany(group => group.Value, (group, name) => (name, reason: group.Key))
    .ToFrozenDictionary(pair => pair.name, pair => pair.reason);

    // For filters that can also write a file (or load code): the options that name it, and how many options without a
    // name may stand before one of them would be reached.
    private static readonly FrozenDictionary<string, (int Positional, string[] Names)> Restricted =
        new Dictionary<string, (int, string[])>
        {
            ["metadata"] = (4, ["file"]),
            ["ametadata"] = (4, ["file"]),
            ["firequalizer"] = (5, ["dumpfile"]),
            ["curves"] = (4, ["plot"]),
            ["deshake"] = (9, ["filename"]),
            ["paletteuse"] = (2, ["debug_kdtree"]),
            ["vidstabdetect"] = (0, ["result"]),
            ["psnr"] = (0, ["stats_file", "f"]),
            ["ssim"] = (0, ["stats_file", "f"]),
            ["ssim360"] = (0, ["stats_file", "f"]),
            ["xpsnr"] = (0, ["stats_file", "f"]),
            ["vmafmotion"] = (0, ["stats_file"]),
            ["signature"] = (1, ["filename"]),
            ["libplacebo"] = (4, ["custom_shader_path", "custom_shader_bin", "shader_cache", "lut"]),
            ["xfade_opencl"] = (0, ["source", "kernel"]),
        }.ToFrozenDictionary();

    private static readonly FrozenSet<string> GraphKeys =
        FrozenSet.ToFrozenSet(["vf", "af", "filter", "filter_complex", "lavfi"]);

    /// <summary>True for the options whose value is a filter graph.</summary>
    public static bool IsGraph(string key) => GraphKeys.Contains(FfmpegFlags.BaseOf(key));

    /// <summary>Why a filter graph is refused, as the end of a sentence that begins with it; null when it is not.</summary>
    public static string? Examine(string graph)
    {
        if (FilterGraph.TryParse(graph) is not { } filters)
            return "cannot be read as a filter graph; check its quotes, brackets and commas";
        return filters.Select(Examine).FirstOrDefault(refusal => refusal is not null);
    }

    /// <summary>True when a filter of this name is part of the graph.</summary>
    public static bool Uses(string graph, string filter) =>
        FilterGraph.TryParse(graph)?.Any(use => use.Name == filter) == true;

    private static string? Examine(FilterUse filter)
    {
        if (Refused.TryGetValue(filter.Name, out var reason))
            return $"uses the filter '{filter.Name}', which {reason}; filters may only work on the job's own streams";
        if (!Restricted.TryGetValue(filter.Name, out var limits))
            return null;
        var arguments = FilterGraph.SplitArguments(filter.Arguments);
        var named = arguments.FirstOrDefault(argument => limits.Names.Contains(argument.Name.TrimStart('/')));
        if (named.Name is { Length: > 0 })
            return $"gives the filter '{filter.Name}' a file with '{named.Name}'; filters may write no files";
        // Behind a named one it depends on the version of ffmpeg which option a value without a name is for.
        var unnamed = arguments.TakeWhile(argument => argument.Name.Length == 0).Count();
        return unnamed > limits.Positional || arguments.Skip(unnamed).Any(argument => argument.Name.Length == 0)
            ? $"gives the filter '{filter.Name}' options without names; write each as name=value"
            : null;
    }
}
