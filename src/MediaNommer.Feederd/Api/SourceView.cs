using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Feederd.Api;

/// <summary>Shows what a source is as the wire has it.</summary>
public static class SourceView
{
    /// <summary>The same in the wire's words.</summary>
    public static SourceResponse Of(SourceFacts facts) => new()
    {
        Container = facts.Container,
        Size = facts.Size,
        Duration = facts.Duration,
        BitRate = facts.BitRate,
        Streams = [.. facts.Streams.Select(Of)],
        FurtherStreams = facts.FurtherStreams,
    };

    private static SourceStreamResponse Of(SourceStream stream) => new()
    {
        Kind = stream.Kind,
        Codec = stream.Codec,
        Width = stream.Width,
        Height = stream.Height,
        Fps = stream.Fps,
        PixelFormat = stream.PixelFormat,
        Color = stream.Color,
        Channels = stream.Channels,
        SampleRate = stream.SampleRate,
        Language = stream.Language,
        IsCover = stream.IsCover,
    };
}
