using System.Text.RegularExpressions;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>What went wrong, in a sentence.</summary>
/// <param name="Message">Says which option or file is to blame, and the remedy where there is one.</param>
/// <param name="IsTransient">True when another run may succeed.</param>
internal sealed record FfmpegError(string Message, bool IsTransient = false);

/// <summary>Distils one sentence out of what ffmpeg printed (versions 4 to 7) and how it ended.</summary>
internal static partial class FfmpegErrors
{
    /// <summary>Lines that only say that something failed, not what.</summary>
    private static readonly string[] Empty =
    [
        "Conversion failed", "Error initializing output stream", "Error while opening encoder", "Error reinitializing filters",
        "Failed to inject frame", "Error while processing the decoded data", "Error while filtering", "Error splitting the argument",
        "Could not write header", "Error opening output file", "Error opening input file", "Error sending frames to consumers",
        "Task finished with error", "Terminating thread", "Error configuring filter graph", "Error initializing filter",
        "Error selecting an encoder", "Error parsing options for", "Nothing was written into output file", "Failed to configure",
        "Error closing file", "Error writing trailer", "Error binding an input stream", "To ignore this, add",
    ];

    /// <summary>Explains a run that failed.</summary>
    /// <param name="program">How ffmpeg was called, for the remedy when it is missing.</param>
    /// <param name="end">How it ended.</param>
    public static FfmpegError Explain(string program, ProcessEnd end) => end switch
    {
        { StartError: "not found" } => new(
            $"ffmpeg was not found at '{program}'; install it (apt-get install ffmpeg) or set Ffmpeg:FfmpegPath.", true),
        { StartError: { } reason } => new($"ffmpeg could not be started as '{program}': {reason}.", true),
        // One that hangs may do better elsewhere; one that is too greedy will be so again.
        { Breach: { } breach } => new($"ffmpeg {breach} and was ended.", end.Stalled),
        _ when ProcessDeath.Explain("ffmpeg", end) is { } death => new($"{death}.", true),
        _ => ExplainLog(end.Log) ?? new($"ffmpeg ended with exit code {end.ExitCode} and gave no reason."),
    };

    /// <summary>
    /// Finds what kept ffmpeg from writing all of its output, or null. It often says so only in its log and ends as if all
    /// were well: what is still in its buffers when it closes the file is written after its last look at errors.
    /// </summary>
    public static FfmpegError? FindWriteFailure(string log)
    {
        foreach (var line in Messages(log))
        {
            if (!WriteFailure().IsMatch(line))
                continue;
            return ExplainLog($"[error] {line}") is { IsTransient: true } known
                ? known
                : new($"ffmpeg could not write its output to the end: {line.TrimEnd('.')}.", IsTransient: true);
        }
        return null;
    }

    /// <summary>The messages in a log that tell of errors, without levels and addresses, in order.</summary>
    public static IEnumerable<string> Messages(string log)
    {
        foreach (var line in log.Split('\n'))
        {
            if (ErrorLine().Match(line) is { Success: true } match)
                yield return match.Groups["text"].Value.Trim();
        }
    }

    /// <summary>Finds the first decoding error in the log of a run that succeeded, or null.</summary>
    public static string? FirstComplaint(string log) =>
        Messages(log).FirstOrDefault(message => message.Length > 0)?.TrimEnd('.');

    private static FfmpegError? ExplainLog(string log)
    {
        var lines = Messages(log).Where(line => line.Length > 0).ToList();
        foreach (var rule in FfmpegErrorRules.All)
        {
            foreach (var line in lines)
            {
                if (rule.Pattern.Match(line) is { Success: true } match && rule.AppliesTo(log))
                    return new FfmpegError(match.Result(rule.Sentence), rule.IsTransient);
            }
        }
        // Something that no rule knows: ffmpeg's own words, the most telling of them.
        var telling = lines.Find(line => !Empty.Any(empty => line.StartsWith(empty, StringComparison.Ordinal)))
            ?? lines.LastOrDefault();
        return telling is null ? null : new FfmpegError($"ffmpeg failed: {telling.TrimEnd('.', '!')}.");
    }

    // "[libx264 @ 0x55] [error] text", "[fatal] text", "x264 [error]: text".
    [GeneratedRegex(@"^(?:\[[^\]]* @ [^\]]*\] )*(?:x26[45] )?\[(?:error|fatal|panic)\]:?(?<text>.*)$")]
    private static partial Regex ErrorLine();

    // The first group is said about writing only; the second is the disk's, whatever ffmpeg was about to do.
    [GeneratedRegex(
        "^(?:av_interleaved_write_frame|Error writing|Error closing file|Error muxing|Error submitting a packet to the muxer|Unable to re-open)"
        + "|: (?:No space left on device|Disk quota exceeded|File too large|Read-only file system)")]
    private static partial Regex WriteFailure();
}
