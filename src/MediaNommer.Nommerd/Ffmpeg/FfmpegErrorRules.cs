using System.Text.RegularExpressions;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>A kind of error: how ffmpeg words it, and how we do.</summary>
/// <param name="Pattern">Matches one message of ffmpeg.</param>
/// <param name="Sentence">What to say; <c>$1</c> stands for what the pattern found.</param>
/// <param name="IsTransient">True when another run may succeed.</param>
/// <param name="Also">Must occur elsewhere in the log too, or null.</param>
/// <param name="Unless">Must not occur anywhere in the log, or null.</param>
internal sealed record FfmpegErrorRule(
    Regex Pattern, string Sentence, bool IsTransient = false, string? Also = null, string? Unless = null)
{
    /// <summary>Looks at the rest of the log.</summary>
    public bool AppliesTo(string log) =>
        (Also is null || log.Contains(Also, StringComparison.Ordinal))
        && (Unless is null || !log.Contains(Unless, StringComparison.Ordinal));
}

/// <summary>The table of errors; what stands further up is told first when several fit.</summary>
internal static class FfmpegErrorRules
{
    /// <summary>All rules.</summary>
    public static IReadOnlyList<FfmpegErrorRule> All { get; } =
    [
        // The machine.
        Rule("No space left on device", "No space left on the disk of the work folder.", isTransient: true),
        Rule("Disk quota exceeded", "The disk quota of the work folder is used up.", isTransient: true),
        Rule("Picture size (\\d+x\\d+) exceeds specified max pixel count (\\d+)",
            "The source's picture of $1 has more pixels than a source may have ($2, setting Ffmpeg:Limits:Pixels)."),
        Rule("Cannot allocate memory|Out of memory|malloc of size \\d+ failed",
            "ffmpeg ran out of memory (setting Ffmpeg:Limits:MemoryBytes), or the source asks for a block of more than 1 GiB.",
            isTransient: true),
        Rule("File too large", "The output grew beyond the largest file that the worker's limits or its disk allow.", isTransient: true),
        Rule("Read-only file system", "The disk of the work folder is read-only.", isTransient: true),
        Rule("Input/output error", "Reading or writing failed: input/output error.", isTransient: true),
        Rule("Stale file handle|Transport endpoint is not connected|Host is down|No such device|Remote I/O error|Connection timed out",
            "The disk or share of the source went away while it was read.", isTransient: true),
        Rule("Resource temporarily unavailable", "The worker has no more threads or processes to give.", isTransient: true),
        Rule("Too many open files", "Too many open files on the worker.", isTransient: true),

        // The source.
        Rule("^Format not on whitelist", "The source is a playlist, a manifest or another kind of file that is not allowed as a source."),
        Rule("^Protocol '?([a-z]+)'? not on whitelist", "The source refers to something elsewhere ($1), which is not allowed."),
        Rule("moov atom not found", "The source is not media, or its format is not supported.", also: "misdetection possible"),
        Rule("moov atom not found", "The source is cut off: its index (the moov atom) is missing."),
        Rule("^the source: Invalid data found|^Error opening input: Invalid data found",
            "The source is not media, or its format is not supported: invalid data."),
        Rule("^the source: No such file|^Error opening input: No such file", "The source is gone from the work folder.", isTransient: true),
        Rule("^the source: Permission denied|^Error opening input: Permission denied", "The source may not be read."),
        Rule("Could not find codec parameters for stream (.*)", "A stream of the source cannot be understood: $1."),

        // Streams.
        Rule("Stream map '([^']*:[vV][^']*)' matches no streams", "The source has no video stream, but option map asks for one ('$1')."),
        Rule("Stream map '([^']*:a[^']*)' matches no streams", "The source has no audio stream, but option map asks for one ('$1')."),
        Rule("Stream map '([^']*:s[^']*)' matches no streams", "The source has no subtitle stream, but option map asks for one ('$1')."),
        Rule("Stream map '([^']*)' matches no streams", "The source has no stream as option map asks for ('$1')."),
        Rule("Invalid input file index: (-?\\d+)", "Option map names input $1, but there is only one, number 0."),
        Rule("does not contain any stream", "Nothing is left to encode: the source has no stream of a kind that the output holds and the options leave in."),
        Rule("Stream specifier '([^']*)' in filtergraph description .* matches no streams",
            "The source has no stream '$1', which option filter_complex asks for."),

        // Options.
        Rule("^Unknown encoder '([^']*)'", "Unknown encoder '$1': this ffmpeg does not have it."),
        Rule("^Unknown decoder '([^']*)'", "Unknown decoder '$1': this ffmpeg does not have it."),
        Rule("encoder '([^']*)' is experimental", "Encoder '$1' is experimental; add option strict with value -2, or choose another."),
        Rule("^Unrecognized option '([^']*)'", "Option '$1' is unknown to this ffmpeg."),
        Rule("^Missing argument for option '([^']*)'", "Option '$1' needs a value."),
        Rule("Requested output format '([^']*)' is not", "Option f: this ffmpeg does not know the format '$1'."),
        Rule("^Unknown input format: '([^']*)'", "Option f: this ffmpeg does not know the format '$1'."),
        Rule("Unable to (?:find|choose) (?:a suitable|an) output format",
            "The destination's file-name ending tells no output format; name it by option f or change the ending."),
        Rule("^No such filter: '([^']*)'", "Unknown filter '$1': this ffmpeg does not have it."),
        Rule("Error initializing filter '([^']*)' with args '([^']*)'", "Filter '$1' does not accept '$2'."),
        Rule("Error applying option '([^']*)' to filter '([^']*)': (.*)", "Filter '$2' does not accept option '$1': $3."),
        Rule("invalid preset '([^']*)'", "Option preset has an unknown value: '$1'."),
        Rule("invalid tune '([^']*)'", "Option tune has an unknown value: '$1'."),
        Rule("invalid profile: (.*)", "Option profile has an unknown value: '$1'."),
        Rule("^(\\w+ profile doesn't support .*)", "The encoder refuses option profile: $1."),
        Rule("Error setting preset/tune ([^/]*)/(.*)\\.", "Options preset or tune have an unknown value: '$1', '$2'."),
        Rule("Error setting option (\\S+) to value (.*)\\.", "Option $1 has a wrong value: '$2'."),
        Rule("Error setting profile (.*)\\.", "Option profile has a wrong value: '$1'."),
        Rule("Unable to parse \"([^\"]*)\" option value \"([^\"]*)\"", "Option $1 has a wrong value: '$2'."),
        Rule("Invalid (?:duration|time) (?:specification )?for (?:option )?(\\w+): (.*)", "Option $1 has a wrong value: '$2' is no time."),
        Rule("Invalid frame size: (.*?)\\.?$", "Option s has a wrong value: '$1' is no size such as 640x360."),
        Rule("Invalid framerate(?: value)?: (.*)", "Option r has a wrong value: '$1' is no frame rate."),
        Rule("Unknown pixel format requested: (.*?)\\.?$", "Option pix_fmt has an unknown value: '$1'."),
        Rule("(width|height) not divisible by 2 \\((.*)\\)",
            "The $1 of the output must be even, not $2; scale it, for example by option vf with value scale=trunc(iw/2)*2:trunc(ih/2)*2."),
        Rule("invalid level_idc: (.*)", "Option level has a wrong value: '$1'."),
        Rule("Unsupported channel layout \"([^\"]*)\"|Invalid channel layout (.*?) for specified mapping",
            "The encoder does not take the channel layout $1$2 of the source's sound; add option ac with value 2, or choose another encoder."),
        Rule("Opus mapping family undefined for (\\d+) channels|^(\\d+) channels not supported",
            "The encoder does not take $1$2 channels of sound; add option ac with value 2, or choose another encoder."),
        Rule("Rematrix is needed between (.*?) and (.*?) but",
            "The source has $1 of sound and does not say where they belong, so they cannot be mixed to $2 by themselves; choose them by option af with the filter pan."),
        Rule("Image size is too small \\(([^)]*)\\)", "The picture of $1 pixels is smaller than the encoder takes; choose another encoder or a larger size."),
        Rule("Error setting encoder parameters: bad parameter",
            "The encoder libsvtav1 refuses these options or the size of the picture: it takes no less than 64×64 pixels."),
        Rule("Specified (sample rate|sample format|pixel format|channel layout) (.*) is (?:not supported|invalid)(.*)",
            "The encoder does not take the $1 $2."),
        Rule("Error reading log file|Error opening file passlog|ratecontrol_init: can't open stats file",
            "The second pass finds no statistics: the first pass must write them (option pass with value 1)."),

        // The output.
        Rule("Could not find tag for codec (\\S+) in stream",
            "The source's cover art became a video stream $1, which the output's format cannot hold; add option vn, or c:v with value copy.",
            also: "(attached pic)"),
        Rule("Could not find tag for codec (\\S+) in stream", "The output's format cannot hold the codec $1."),
        Rule("^(Only .* (?:are|is) supported for .*?)\\.?$", "The output's format cannot hold these codecs: $1."),
        Rule("codec (\\S+) (?:is )?not (?:currently )?supported in", "The output's format cannot hold the codec $1."),
        Rule("Error while decoding.*|Error submitting .* to decoder.*", "The source is damaged: decoding failed.",
            unless: "Error initializing output stream"),
    ];

    private static FfmpegErrorRule Rule(
        string pattern, string sentence, bool isTransient = false, string? also = null, string? unless = null) =>
        new(new Regex(pattern, RegexOptions.CultureInvariant), sentence, isTransient, also, unless);
}
