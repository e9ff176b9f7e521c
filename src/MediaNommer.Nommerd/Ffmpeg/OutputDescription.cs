using System.Globalization;
using System.Text.Json;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>A stream of an output.</summary>
/// <param name="Kind"><c>video</c>, <c>audio</c>, <c>subtitle</c> or <c>data</c>.</param>
/// <param name="Codec">ffmpeg's name of its codec.</param>
/// <param name="Width">In pixels, 0 for anything but video.</param>
/// <param name="Height">In pixels, 0 for anything but video.</param>
/// <param name="Frames">How many frames it has, or null when not known.</param>
/// <param name="Seconds">How long it is, or null when not known.</param>
/// <param name="IsCover">True for a picture that belongs to the file, not to its time.</param>
internal sealed record OutputStream(
    string Kind, string Codec, int Width, int Height, long? Frames, double? Seconds, bool IsCover);

/// <summary>What an output is made of.</summary>
/// <param name="Seconds">How long it is, or null when it has no length.</param>
/// <param name="Streams">Its streams.</param>
internal sealed record OutputDescription(double? Seconds, IReadOnlyList<OutputStream> Streams)
{
    /// <summary>Reads ffprobe's JSON.</summary>
    public static OutputDescription Parse(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        double? seconds = root.TryGetProperty("format", out var format) ? Number(format, "duration") : null;
        var streams = root.TryGetProperty("streams", out var list)
            ? list.EnumerateArray().Select(ReadStream).ToList()
            : [];
        return new OutputDescription(seconds, streams);
    }

    /// <summary>The same from the index of an MP4 file.</summary>
    public static OutputDescription From(Mp4File file) => new(
        file.Seconds,
        [.. file.Tracks.Select(track => new OutputStream(
            track.Kind, track.Codec ?? "unknown", track.Width, track.Height, track.Samples, track.Seconds, IsCover: false))]);

    /// <summary>The facts that a finished job shows.</summary>
    public OutputFacts ToFacts(long size)
    {
        var picture = Streams.FirstOrDefault(stream => stream is { Kind: "video", IsCover: false });
        return new OutputFacts
        {
            Size = size,
            Duration = Seconds,
            Width = picture?.Width,
            Height = picture?.Height,
            Streams = [.. Streams.Select(stream => $"{stream.Kind}:{stream.Codec}")],
        };
    }

    private static OutputStream ReadStream(JsonElement stream) => new(
        Text(stream, "codec_type") ?? "data",
        Text(stream, "codec_name") ?? "unknown",
        (int)(Number(stream, "width") ?? 0),
        (int)(Number(stream, "height") ?? 0),
        (long?)Number(stream, "nb_frames"),
        Number(stream, "duration"),
        stream.TryGetProperty("disposition", out var disposition) && Number(disposition, "attached_pic") > 0);

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) ? value.ToString() : null;

    private static double? Number(JsonElement parent, string name) =>
        double.TryParse(Text(parent, name), CultureInfo.InvariantCulture, out var number) ? number : null;
}
