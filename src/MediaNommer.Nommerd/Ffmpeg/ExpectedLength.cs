using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// How long an output must be, as far as its options tell. Anything that may change the length in a way that is not
/// understood here makes it unknown: a good output must never be refused.
/// </summary>
/// <param name="Start">Where in the source it begins, in seconds.</param>
/// <param name="Seconds">How long it should be, or null when unknown.</param>
/// <param name="Frames">How many video frames it should have at most, or null when not limited.</param>
internal sealed record ExpectedLength(double Start, double? Seconds, long? Frames)
{
    /// <summary>Filters that let time alone, or nearly so.</summary>
    private static readonly HashSet<string> HarmlessFilters =
    [
        "scale", "scale2ref", "zscale", "crop", "pad", "format", "pixdesctest", "fps", "setsar", "setdar", "sar", "dar",
        "yadif", "bwdif", "w3fdif", "kerndeint", "estdif", "fieldorder", "setfield", "setparams", "setrange", "transpose",
        "hflip", "vflip", "rotate", "eq", "hue", "curves", "colorbalance", "colorlevels", "colorspace", "colormatrix",
        "colorchannelmixer", "tonemap", "lut", "lutyuv", "lutrgb", "lut3d", "hqdn3d", "nlmeans", "atadenoise", "bm3d",
        "vaguedenoiser", "removegrain", "unsharp", "smartblur", "boxblur", "gblur", "avgblur", "deband", "deblock",
        "noise", "drawtext", "drawbox", "drawgrid", "delogo", "subtitles", "ass", "fade", "vignette", "negate", "gray",
        "hwupload", "hwdownload", "hwmap", "scale_cuda", "scale_vaapi", "null", "anull", "copy", "acopy", "split",
        "asplit", "palettegen", "paletteuse", "histeq", "normalize", "pp", "pp7", "spp", "idet", "cropdetect",
        "showinfo", "ashowinfo",
        "aresample", "aformat", "volume", "loudnorm", "dynaudnorm", "speechnorm", "pan", "channelmap", "channelsplit",
        "acompressor", "alimiter", "agate", "compand", "mcompand", "highpass", "lowpass", "bandpass", "bandreject",
        "equalizer", "anequalizer", "superequalizer", "firequalizer", "bass", "treble", "afade", "afftdn", "anlmdn",
        "arnndn", "deesser", "stereotools", "stereowiden", "extrastereo", "earwax", "volumedetect", "ebur128",
    ];

    /// <summary>Options, on either side, after which the length is anybody's guess.</summary>
    private static readonly HashSet<string> Unpredictable =
    [
        "stream_loop", "loop", "itsscale", "itsoffset", "isync", "copyts", "output_ts_offset", "ignore_loop",
        "framerate", "re", "fs", "shortest", "frames", "aframes", "dframes", "bsf", "vbsf", "absf", "timestamp",
        "sample_rate", "use_wallclock_as_timestamps", "fflags", "ignore_editlist", "advanced_editlist", "skip_frame",
        "video_size", "f", "lavfi", "filter_script", "filter_complex_script", "discard", "vsync", "fps_mode",
        "enc_time_base", "segment_time", "min_frames",
    ];

    /// <summary>Works it out from the options of the pass that writes the output.</summary>
    /// <param name="pass">Its options.</param>
    /// <param name="sourceSeconds">How long the source says it is, or null.</param>
    public static ExpectedLength Of(EncodePass pass, double? sourceSeconds)
    {
        var frames = FrameLimit(pass.OutfileOptions);
        var inner = Value(pass.InfileOptions, "sseof") is { } fromEnd && sourceSeconds is { } known
            ? Math.Max(0, known + (TimeText.Seconds(fromEnd) ?? 0))
            : TimeText.Seconds(Value(pass.InfileOptions, "ss") ?? "0") ?? 0;
        var outer = TimeText.Seconds(Value(pass.OutfileOptions, "ss") ?? "0") ?? 0;
        var start = inner + outer;
        if (sourceSeconds is not { } total || frames is not null || !IsPredictable(pass))
            return new ExpectedLength(start, null, frames);
        var afterInput = Cut(total - inner, pass.InfileOptions, inner);
        var afterOutput = Cut(afterInput - outer, pass.OutfileOptions, outer);
        return new ExpectedLength(start, Math.Max(0, afterOutput), frames);
    }

    private static double Cut(double length, IReadOnlyList<OptionPair> options, double start)
    {
        // -t wins over -to.
        if (TimeText.Seconds(Value(options, "t")) is { } longest)
            return Math.Min(length, longest);
        return TimeText.Seconds(Value(options, "to")) is { } end ? Math.Min(length, end - start) : length;
    }

    private static bool IsPredictable(EncodePass pass)
    {
        if (pass.InfileOptions.Any(option => option.Key is "r" or "r:v" || IsUnpredictable(option)))
            return false;
        // The output's format and way of dropping frames change nothing about its length.
        return pass.OutfileOptions.All(option =>
            option.Key is "f" or "vsync" or "fps_mode" || (!IsUnpredictable(option) && HasHarmlessFilters(option)));
    }

    private static bool IsUnpredictable(OptionPair option) =>
        Unpredictable.Contains(Name(option))
        || (Name(option) is "ss" or "t" or "to" && TimeText.Seconds(option.Value) is not >= 0)
        || (Name(option) == "sseof" && TimeText.Seconds(option.Value) is null);

    private static bool HasHarmlessFilters(OptionPair option)
    {
        if (Name(option) is not ("vf" or "af" or "filter" or "filter_complex"))
            return true;
        var filters = FilterNames.In(option.Value ?? "").ToList();
        // A palette by itself is one picture; used at once, it changes no length.
        return filters.All(HarmlessFilters.Contains) && (!filters.Contains("palettegen") || filters.Contains("paletteuse"));
    }

    private static long? FrameLimit(IReadOnlyList<OptionPair> options)
    {
        var text = options.LastOrDefault(option => option.Key is "frames:v" or "vframes" or "frames:v:0")?.Value;
        return long.TryParse(text, out var frames) && frames > 0 ? frames : null;
    }

    private static string? Value(IReadOnlyList<OptionPair> options, string key) =>
        options.LastOrDefault(option => option.Key == key)?.Value;

    private static string Name(OptionPair option) => option.Key.Split(':')[0];
}
