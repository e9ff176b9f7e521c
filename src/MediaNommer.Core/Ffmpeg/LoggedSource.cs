using System.Globalization;
using System.Text.RegularExpressions;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Core.Ffmpeg;

/// <summary>
/// Reads what ffmpeg says about its source before it encodes, and ffprobe when it is asked for nothing else. With a run of
/// ffmpeg that gives the facts for nothing.
/// </summary>
public static partial class LoggedSource
{
    private const int LongestName = 60;

    private static readonly Dictionary<string, int> Layouts = new(StringComparer.Ordinal)
    {
        ["mono"] = 1, ["stereo"] = 2, ["downmix"] = 2, ["quad"] = 4, ["hexagonal"] = 6, ["octagonal"] = 8, ["hexadecagonal"] = 16,
    };

    /// <summary>What the source is, or null when the log does not say.</summary>
    public static SourceFacts? Read(string log)
    {
        var lines = log.Split('\n').SkipWhile(line => !line.StartsWith("[info] Input #0, ", StringComparison.Ordinal))
            .TakeWhile(line => !EndOfInput().IsMatch(line)).ToList();
        var streams = lines.Select(line => StreamLine().Match(line)).Where(match => match.Success).Select(Describe).ToList();
        if (streams.Count == 0)
            return null;
        var length = lines.Select(line => LengthLine().Match(line)).FirstOrDefault(match => match.Success);
        return new SourceFacts
        {
            Container = Short(InputLine().Match(lines[0]).Groups[1].Value) ?? "",
            Duration = length is null ? null : SecondsOf(length.Groups[1].Value),
            BitRate = length is { Groups: var groups } && groups[2].Success ? Whole(groups[2].Value) * 1000L : null,
            Streams = [.. streams.Take(SourceFacts.MostStreams)],
            FurtherStreams = Math.Max(0, streams.Count - SourceFacts.MostStreams),
        };
    }

    private static SourceStream Describe(Match line)
    {
        var language = line.Groups["language"].Value;
        // A comma in brackets parts nothing.
        var parts = Comma().Split(line.Groups["rest"].Value);
        var codec = parts[0].Split(' ')[0];
        var stream = new SourceStream
        {
            Kind = line.Groups["kind"].Value.ToLowerInvariant(),
            Codec = codec is "none" or "" ? "unknown" : Short(codec)!,
            Language = language is "" or "und" ? null : Short(language),
            IsCover = line.Value.Contains("(attached pic)", StringComparison.Ordinal),
        };
        return stream.Kind switch
        {
            "video" => WithPicture(stream, parts),
            "audio" => WithSound(stream, parts),
            _ => stream,
        };
    }

    private static SourceStream WithPicture(SourceStream stream, string[] parts)
    {
        var size = parts.Select(part => Size().Match(part)).FirstOrDefault(match => match.Success);
        var fps = parts.Select(part => FpsText().Match(part)).FirstOrDefault(match => match.Success);
        // The number of reference frames may stand before it.
        var pixels = parts.Skip(1).Take(2).Select(part => Pixels().Match(part)).FirstOrDefault(match => match.Success) ?? Match.Empty;
        return stream with
        {
            Width = size is null ? null : Whole(size.Groups[1].Value),
            Height = size is null ? null : Whole(size.Groups[2].Value),
            Fps = fps is null ? null : double.Parse(fps.Groups[1].Value, CultureInfo.InvariantCulture) * (fps.Groups[2].Length > 0 ? 1000 : 1),
            PixelFormat = pixels.Success ? Short(pixels.Groups[1].Value) : null,
            Color = pixels.Success ? ColorOf(pixels.Groups[2].Value) : null,
        };
    }

    private static SourceStream WithSound(SourceStream stream, string[] parts)
    {
        var at = Array.FindIndex(parts, part => part.EndsWith(" Hz", StringComparison.Ordinal));
        return at < 0 ? stream : stream with
        {
            SampleRate = Whole(parts[at].Split(' ')[0]),
            Channels = at + 1 < parts.Length ? ChannelsOf(parts[at + 1]) : null,
        };
    }

    // The order of fields and the place of chroma samples belong to the picture, not to its colour.
    private static string? ColorOf(string text) => Short(string.Join(", ", text.Split(", ")
        .Where(part => part.Length > 0 && part is not ("progressive" or "top first" or "bottom first" or "top coded first (swapped)"
            or "bottom coded first (swapped)" or "left" or "center" or "topleft" or "top" or "bottomleft" or "bottom"))));

    /// <summary>As in <c>stereo</c>, <c>5.1(side)</c>, <c>3 channels</c> or <c>2 channels (FL+FR)</c>.</summary>
    private static int? ChannelsOf(string layout)
    {
        var name = layout.Split('(', ' ')[0];
        if (Layouts.TryGetValue(name, out var known))
            return known;
        if (layout.Contains("channels", StringComparison.Ordinal))
            return Whole(name);
        var numbers = name.Split('.').Select(Whole).ToList();
        return numbers.TrueForAll(number => number is not null) ? numbers.Sum() : null;
    }

    /// <summary>As in <c>01:02:03.50</c>; null for <c>N/A</c>.</summary>
    private static double? SecondsOf(string time)
    {
        var parts = time.Split(':');
        return parts.Length == 3 && Whole(parts[0]) is { } hours && Whole(parts[1]) is { } minutes
            && double.TryParse(parts[2], CultureInfo.InvariantCulture, out var seconds)
            ? Math.Round(hours * 3600.0 + minutes * 60 + seconds, 2)
            : null;
    }

    private static int? Whole(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Short(string text) => text.Length == 0 ? null : text.Length > LongestName ? text[..LongestName] : text;

    [GeneratedRegex(@"^\[info\] (Input #1, |Stream mapping:|Output #)")]
    private static partial Regex EndOfInput();

    [GeneratedRegex(@"^\[info\] Input #0, (.*?), from ")]
    private static partial Regex InputLine();

    [GeneratedRegex(@"^\[info\]   Duration: ([0-9:.]+)(?:, start: [^,]*)?(?:, bitrate: (\d{1,9}) kb/s)?")]
    private static partial Regex LengthLine();

    [GeneratedRegex(@"^\[info\] {3,5}Stream #0:\d{1,6}(?:\[0x[0-9a-f]+\])?(?:\((?<language>[^)]*)\))?: (?<kind>Video|Audio|Subtitle|Data|Attachment): (?<rest>.*)", RegexOptions.ExplicitCapture)]
    private static partial Regex StreamLine();

    [GeneratedRegex(@", (?![^(]*\))(?![^[]*\])")]
    private static partial Regex Comma();

    [GeneratedRegex(@"^(\d{1,6})x(\d{1,6})\b")]
    private static partial Regex Size();

    [GeneratedRegex(@"^(\d{1,9}(?:\.\d{1,9})?)(k?) fps$")]
    private static partial Regex FpsText();

    [GeneratedRegex(@"^([a-z][a-z0-9_]*)(?:\((.*)\))?$")]
    private static partial Regex Pixels();
}
