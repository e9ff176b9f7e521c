using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>
/// Lets only those options through with which ffmpeg reads nothing but its source and writes nothing but its output.
/// </summary>
public static partial class OptionGuard
{
    /// <summary>The most options that one list of a pass may hold.</summary>
    public const int MaxOptions = 500;

    /// <summary>The longest name of an option.</summary>
    public const int MaxKeyLength = 100;

    /// <summary>The longest value of an option.</summary>
    public const int MaxValueLength = 10_000;

    private const string SetByUs = "is set by media-nommer itself; leave it out";
    private const string MoreFiles = "makes ffmpeg read or write another file";

    private static readonly FrozenDictionary<string, string> Refused = new Dictionary<string, string[]>
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
    private static readonly FrozenSet<string> RefusedOfCodecs = FrozenSet.ToFrozenSet(
    [
        "stats", "passlogfile", "enable_drefs", "use_absolute_path", "safe", "graph", "graph_file", "dumpgraph",
        "omx_libname", "omx_libprefix", "load_plugins", "protocol_opts", "sub_name", "assetmaps", "ifo_palette",
        "protocol_whitelist", "protocol_blacklist", "format_whitelist",
    ]);

    private static readonly FrozenSet<string> FilterKeys =
        FrozenSet.ToFrozenSet(["vf", "af", "filter", "filter_complex", "lavfi"]);

    // Their values are text for people, which ffmpeg opens nowhere.
    private static readonly FrozenSet<string> TextKeys = FrozenSet.ToFrozenSet(["metadata"]);

    /// <summary>Looks at every option of every pass.</summary>
    /// <exception cref="JobRequestException">One is refused; says which, in which pass, why, and what is allowed.</exception>
    public static void Check(EncodeOptions options) => Check(options, beforeTranslation: false);

    /// <summary>
    /// The same for options as the user wrote them: those of 2011 that <see cref="OptionTranslator"/> replaces may
    /// still be among them.
    /// </summary>
    internal static void Check(EncodeOptions options, bool beforeTranslation)
    {
        if (options.Passes.Count is 0 or > EncodeOptions.MaxPasses)
            throw new JobRequestException(
                JobRequestErrors.BadInput, "job_options.options",
                $"job_options.options holds {options.Passes.Count} passes; one or two are possible.");
        for (var i = 0; i < options.Passes.Count; i++)
        {
            CheckList(i, "infile_options", options.Passes[i].InfileOptions, beforeTranslation);
            CheckList(i, "outfile_options", options.Passes[i].OutfileOptions, beforeTranslation);
        }

        PassNumbers.Check(options);
    }

    private static void CheckList(int pass, string list, IReadOnlyList<OptionPair> options, bool beforeTranslation)
    {
        var field = $"job_options.options[{pass}].{list}";
        if (options.Count > MaxOptions)
            throw new JobRequestException(
                JobRequestErrors.BadOption, field, $"{field} holds {options.Count} options; at most {MaxOptions} are possible.");
        for (var i = 0; i < options.Count; i++)
        {
            var place = new OptionPlace($"{field}[{i}]", pass + 1, options[i].Key);
            CheckShape(place, options[i]);
            if (beforeTranslation && OptionTranslator.Replaces(options[i]))
                continue;
            CheckName(place);
            CheckFlag(place, options[i]);
            if (options[i].Value is { } value)
                CheckValue(place, value, isInput: list == "infile_options");
        }
    }

    private static void CheckShape(OptionPlace place, OptionPair option)
    {
        if (option.Key.Length is 0 or > MaxKeyLength)
            throw place.Bad($"has a name of {option.Key.Length} characters; 1 to {MaxKeyLength} are possible");
        if (option.Key[0] == '-')
            throw place.Bad($"begins with a dash; write it without the dash, as '{place.Shown.TrimStart('-')}'");
        if (!Key().IsMatch(option.Key))
            throw place.Bad("is no name of an option; a name is made of letters, digits and _ - . : after a first letter");
        if (option.Value is not { } value)
            return;
        if (value.Length > MaxValueLength)
            throw place.Bad($"has a value of {value.Length} characters; at most {MaxValueLength} are possible");
        if (value.Any(letter => char.IsControl(letter) && !(letter == '\n' && CanSpanLines(option.Key))))
            throw place.Bad("has a line break or another control character in its value; take it out");
    }

    private static void CheckName(OptionPlace place)
    {
        var name = FfmpegFlags.BaseOf(place.Key);
        var reason = Refused.GetValueOrDefault(name)
            ?? (name.StartsWith("no", StringComparison.Ordinal) ? Refused.GetValueOrDefault(name[2..]) : null);
        var ofCodec = name[0] is 'v' or 'a' or 's' ? name[1..] : name;
        if (reason is null && (RefusedOfCodecs.Contains(name) || RefusedOfCodecs.Contains(ofCodec)))
            reason = MoreFiles;
        if (reason is not null)
            throw place.Forbidden(reason);
    }

    private static void CheckFlag(OptionPlace place, OptionPair option)
    {
        if (FfmpegFlags.IsOffOnly(option.Key))
            throw place.Bad($"is on unless 'no{option.Key}' (with null) switches it off; leave it out or write that");
        if (FfmpegFlags.RefusesSpecifier(option.Key))
            throw place.Bad($"is for the whole file; write '{FfmpegFlags.BaseOf(option.Key)}'");
        var isFlag = FfmpegFlags.IsFlag(option.Key);
        if (isFlag && option.Value is not null)
            throw place.Bad($"stands alone and takes no value; write [\"{option.Key}\", null]");
        if (!isFlag && option.Value is null)
            throw place.Bad($"needs a value; write [\"{option.Key}\", \"value\"]");
    }

    private static void CheckValue(OptionPlace place, string value, bool isInput)
    {
        var name = FfmpegFlags.BaseOf(place.Key);
        if (TextKeys.Contains(name))
            return;
        var refusal = ValueGuard.Examine(value);
        if (name == "f")
            refusal ??= ExamineFormat(value, isInput);
        if (FilterKeys.Contains(name))
            refusal ??= FilterGuard.Examine(value);
        if (name.EndsWith("params", StringComparison.Ordinal) || name.EndsWith("opts", StringComparison.Ordinal))
            refusal ??= ValueGuard.ExamineEncoderSettings(value);
        if (refusal is not null)
            throw place.Forbidden(refusal);
    }

    private static string? ExamineFormat(string format, bool isInput)
    {
        var allowed = isInput ? FfmpegFormats.Demuxers : FfmpegFormats.Muxers;
        if (allowed.Contains(format))
            return null;
        return isInput
            ? $"asks for the input format '{RequestJson.Printable(format)}', which is unknown or opens more than the source"
            : $"asks for the format '{RequestJson.Printable(format)}', which is unknown or writes more than one file; "
                + $"possible: {string.Join(", ", allowed.Order(StringComparer.Ordinal))}";
    }

    private static bool CanSpanLines(string key) =>
        FfmpegFlags.BaseOf(key) is var name && (TextKeys.Contains(name) || FilterKeys.Contains(name));

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_:.-]*\z")]
    private static partial Regex Key();
}

/// <summary>Where an option stands, for messages.</summary>
internal sealed record OptionPlace(string Field, int Pass, string Key)
{
    public JobRequestException Bad(string why) => Make(JobRequestErrors.BadOption, why);

    public JobRequestException Forbidden(string why) => Make(JobRequestErrors.ForbiddenOption, why);

    private JobRequestException Make(string code, string why) => new(code, Field, $"Pass {Pass}: the option '{Shown}' {why}.");

    // What somebody typed may hold line breaks or be very long; messages hold neither.
    public string Shown => RequestJson.Printable(Key);
}
