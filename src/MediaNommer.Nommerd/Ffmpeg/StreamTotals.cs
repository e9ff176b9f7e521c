using System.Globalization;
using System.Text.RegularExpressions;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>What ffmpeg says at its end that it wrote of one output stream.</summary>
/// <param name="Index">The stream's number within the output.</param>
/// <param name="Kind"><c>video</c>, <c>audio</c> or <c>subtitle</c>.</param>
/// <param name="Packets">How many packets it gave to the file.</param>
/// <param name="Bytes">How many bytes they held.</param>
internal sealed partial record StreamTotal(int Index, string Kind, long Packets, long Bytes)
{
    /// <summary>Reads the end of ffmpeg's log; empty when it says nothing about that.</summary>
    public static IReadOnlyList<StreamTotal> Written(string log) =>
        [.. Line().Matches(log).Select(match => new StreamTotal(
            (int)Number(match, 1), match.Groups[2].Value, Number(match, 3), Number(match, 4)))];

    private static long Number(Match match, int group) =>
        long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    // "[verbose]   Output stream #0:0 (video): 40 frames encoded; 40 packets muxed (73846 bytes); ", in ffmpeg 6 and
    // later behind "[out#0/mp4 @ 0x55d0] ".
    [GeneratedRegex(@"^(?:\[[^\]\n]* @ [^\]\n]*\] )*\[verbose\] +Output stream #0:(\d{1,6}) \((\w+)\): .*?(\d{1,18}) packets muxed \((\d{1,18}) bytes\)",
        RegexOptions.Multiline)]
    private static partial Regex Line();
}
