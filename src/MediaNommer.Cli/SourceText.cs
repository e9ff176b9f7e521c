using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary>What a media file is, in words.</summary>
internal static class SourceText
{
    /// <summary>For example <c>3.1 MB, 10 s, mov, video h264 1280×720 25 fps, audio aac 2 channels deu</c>.</summary>
    public static string InOneLine(SourceResponse source) => string.Join(", ", Head(source).Concat(source.Streams.Select(Of)).Concat(Rest(source)));

    /// <summary>A line for the file, and one for each stream.</summary>
    public static string InLines(SourceResponse source) => string.Join('\n', [
        string.Join(", ", Head(source)), .. source.Streams.Select((stream, index) => $"  {index}  {Of(stream)}"), .. Rest(source),
    ]);

    private static IEnumerable<string> Head(SourceResponse source)
    {
        if (source.Size is { } size)
            yield return HumanText.Size(size);
        if (source.Duration is { } duration)
            yield return HumanText.Seconds(duration);
        if (source.Container.Length > 0)
            yield return source.Container.Split(',')[0];
        if (source.BitRate is { } rate)
            yield return HumanText.Text($"{rate / 1000.0:0} kb/s");
    }

    private static IEnumerable<string> Rest(SourceResponse source) =>
        source.FurtherStreams > 0 ? [$"and {source.FurtherStreams} further streams"] : [];

    private static string Of(SourceStreamResponse stream)
    {
        List<string?> words =
        [
            stream.IsCover ? "cover" : stream.Kind, stream.Codec,
            stream.Width is { } width ? $"{width}×{stream.Height}" : null,
            stream.Fps is { } fps ? HumanText.Text($"{fps:0.##} fps") : null,
            stream.PixelFormat, stream.Color is { } color ? $"({color})" : null,
            stream.SampleRate is { } rate ? $"{rate} Hz" : null,
            stream.Channels is { } channels ? (channels == 1 ? "1 channel" : $"{channels} channels") : null,
            stream.Language,
        ];
        return string.Join(' ', words.Where(word => word is not null));
    }
}
