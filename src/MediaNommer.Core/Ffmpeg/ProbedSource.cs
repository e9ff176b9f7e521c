using MediaNommer.Core.Jobs;

namespace MediaNommer.Core.Ffmpeg;

/// <summary>The facts of a source that was probed before its job runs, in the form in which ffmpeg's own report gives them.</summary>
public static class ProbedSource
{
    private const int LongestName = 60;

    /// <summary>What a job shows of its source.</summary>
    public static SourceFacts FactsOf(SourceProbe probe) => new()
    {
        Container = probe.Format,
        Size = probe.Size,
        Duration = probe.Seconds,
        BitRate = probe.BitRate,
        Streams = [.. probe.Streams.Take(SourceFacts.MostStreams).Select(Of)],
        FurtherStreams = Math.Max(0, probe.Streams.Count - SourceFacts.MostStreams),
    };

    private static SourceStream Of(ProbedStream stream) => new()
    {
        Kind = stream.Kind,
        Codec = stream.Codec,
        Width = stream.Picture is { Width: > 0 } picture ? picture.Width : null,
        Height = stream.Picture is { Height: > 0 } sized ? sized.Height : null,
        Fps = stream is { Kind: "video", Fps: { } fps } ? Math.Round(fps, 3) : null,
        PixelFormat = stream.Picture is { PixelFormat.Length: > 0 } painted ? painted.PixelFormat : null,
        Color = stream.Picture is { } shown ? ColorOf(shown) : null,
        Channels = stream.Channels > 0 ? stream.Channels : null,
        SampleRate = stream.SampleRate > 0 ? stream.SampleRate : null,
        Language = stream.Tag("language") is { Length: > 0 and <= LongestName } language && language != "und" ? language : null,
        IsCover = stream.IsCover,
    };

    private static string? ColorOf(PictureFacts picture)
    {
        string[] parts = [picture.Matrix, picture.Primaries, picture.Transfer];
        var space = parts.All(part => part.Length == 0) ? ""
            : parts.Distinct().Count() == 1 ? parts[0]
            : string.Join('/', parts.Select(part => part.Length == 0 ? "unknown" : part));
        var all = string.Join(", ", new[] { picture.Range, space }.Where(part => part.Length > 0));
        return all.Length == 0 ? null : all;
    }
}
