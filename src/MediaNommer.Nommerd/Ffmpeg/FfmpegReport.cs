using System.Globalization;
using System.Text.RegularExpressions;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>One stream, as ffmpeg describes it.</summary>
/// <param name="Index">Its number within its file.</param>
/// <param name="Kind"><c>video</c>, <c>audio</c>, <c>subtitle</c>, <c>data</c> or <c>attachment</c>.</param>
/// <param name="Codec">For example <c>h264</c>; <c>none</c> when ffmpeg does not know it.</param>
/// <param name="Fps">Frames per second on average, or null where there are none.</param>
/// <param name="IsCover">True for a picture that belongs to the file, not to its time, such as a record's cover.</param>
internal sealed record StreamFact(int Index, string Kind, string Codec, double? Fps, bool IsCover);

/// <summary>
/// What ffmpeg says about its source and its output before it encodes: the facts that a run of ffprobe would give, for
/// nothing.
/// </summary>
internal sealed partial record FfmpegReport
{
    /// <summary>Names of the source's format, such as <c>mov,mp4,m4a,3gp,3g2,mj2</c>; empty when nothing was read.</summary>
    public string SourceFormat { get; private set; } = "";

    /// <summary>How long the source says it is in seconds, or null when it does not.</summary>
    public double? SourceDuration { get; private set; }

    /// <summary>True when the duration was only guessed from the bit rate.</summary>
    public bool IsDurationGuessed { get; private set; }

    /// <summary>The source's streams.</summary>
    public List<StreamFact> SourceStreams { get; } = [];

    /// <summary>The output's streams.</summary>
    public List<StreamFact> OutputStreams { get; } = [];

    /// <summary>For each output stream the source stream that it is made of, where that is a single one.</summary>
    public Dictionary<int, int> Mapping { get; } = [];

    /// <summary>True when the whole of it was there; a source with very many streams may push it out of the log.</summary>
    public bool IsComplete => SourceStreams.Count > 0 && OutputStreams.Count > 0;

    /// <summary>Reads the front of ffmpeg's log.</summary>
    public static FfmpegReport Parse(string log)
    {
        var report = new FfmpegReport();
        List<StreamFact>? streams = null;
        foreach (var line in log.AsSpan().EnumerateLines())
        {
            if (line.Contains("Estimating duration from bitrate", StringComparison.Ordinal))
                report.IsDurationGuessed = true;
            else if (streams is null && SectionStart(line, "Input #0, ") is { } input)
                (report.SourceFormat, streams) = (input, report.SourceStreams);
            else if (line.StartsWith("[info] Stream mapping:"))
                streams = null;
            else if (SectionStart(line, "Output #0, ") is not null)
                streams = report.OutputStreams;
            else if (line.StartsWith("[info]  "))
                report.ReadIndented(line.ToString(), streams);
        }
        return report;
    }

    private static string? SectionStart(ReadOnlySpan<char> line, string start)
    {
        const string Level = "[info] ";
        if (!line.StartsWith(Level) || !line[Level.Length..].StartsWith(start))
            return null;
        var format = line[(Level.Length + start.Length)..];
        var end = format.IndexOf(", ");
        return (end < 0 ? format : format[..end]).ToString();
    }

    private void ReadIndented(string line, List<StreamFact>? streams)
    {
        if (streams == SourceStreams && DurationLine().Match(line) is { Success: true } duration)
            SourceDuration = TimeText.Seconds(duration.Groups[1].Value);
        else if (streams is not null && StreamLine().Match(line) is { Success: true } stream)
            streams.Add(Describe(stream, line));
        else if (streams is null && MappingLine().Match(line) is { Success: true } mapping)
            Mapping[Number(mapping.Groups[2].Value)] = Number(mapping.Groups[1].Value);
    }

    private static StreamFact Describe(Match stream, string line) => new(
        Number(stream.Groups[1].Value),
        stream.Groups[2].Value.ToLowerInvariant(),
        stream.Groups[3].Value,
        Fps(line),
        line.Contains("(attached pic)", StringComparison.Ordinal));

    private static double? Fps(string line)
    {
        if (FpsText().Match(line) is not { Success: true } fps)
            return null;
        var value = double.Parse(fps.Groups[1].Value, CultureInfo.InvariantCulture);
        return fps.Groups[2].Length > 0 ? value * 1000 : value;
    }

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\[info\]   Duration: ([0-9:.]+), ")]
    private static partial Regex DurationLine();

    // Stream #0:1[0x2](und): Audio: aac (LC) …; two spaces before it since ffmpeg 5, four in ffmpeg 4.
    [GeneratedRegex(@"^\[info\] {3,5}Stream #0:(\d{1,6})(?:\[0x[0-9a-f]+\])?(?:\([^)]*\))?: (Video|Audio|Subtitle|Data|Attachment): ([\w.-]+)")]
    private static partial Regex StreamLine();

    [GeneratedRegex(@"^\[info\]   Stream #0:(\d{1,6}) -> #0:(\d{1,6}) \(")]
    private static partial Regex MappingLine();

    [GeneratedRegex(@", (\d{1,9}(?:\.\d{1,9})?)(k?) fps")]
    private static partial Regex FpsText();
}
