using System.Globalization;
using System.Text.RegularExpressions;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Times as ffmpeg writes and reads them: <c>90</c>, <c>1.5</c>, <c>00:01:30.5</c>, <c>200ms</c>.</summary>
internal static partial class TimeText
{
    /// <summary>The time in seconds, or null when it is no time.</summary>
    public static double? Seconds(string? text)
    {
        if (text is null || Pattern().Match(text) is not { Success: true } match)
            return null;
        var value = Part(match, "hours") * 3600 + Part(match, "minutes") * 60 + Part(match, "seconds");
        var unit = match.Groups["unit"].Value switch { "ms" => 1e-3, "us" => 1e-6, _ => 1 };
        return match.Groups["minus"].Success ? -value * unit : value * unit;
    }

    /// <summary>For messages: <c>4.0 s</c>, <c>12:05.0</c>, <c>1:02:03.0</c>.</summary>
    public static string Show(double seconds)
    {
        if (seconds < 60)
            return string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");
        var time = TimeSpan.FromSeconds(seconds);
        var format = seconds < 3600 ? @"m\:ss\.f" : @"d\.h\:mm\:ss";
        return time.ToString(seconds < 86400 && seconds >= 3600 ? @"h\:mm\:ss" : format, CultureInfo.InvariantCulture);
    }

    private static double Part(Match match, string name) =>
        match.Groups[name] is { Success: true, Value: var digits } ? double.Parse(digits, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(
        @"^(?<minus>-)?(?:(?:(?<hours>\d{1,6}):)?(?<minutes>\d{1,2}):(?<seconds>\d{1,2}(?:\.\d*)?)|(?<seconds>\d{1,12}(?:\.\d*)?|\.\d+)(?<unit>s|ms|us)?)$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
