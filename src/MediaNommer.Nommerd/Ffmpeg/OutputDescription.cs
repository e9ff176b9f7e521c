using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>A stream of an output, as its packets (or the index that names each of them) show it.</summary>
/// <param name="Kind"><c>video</c>, <c>audio</c>, <c>subtitle</c> or <c>data</c>.</param>
/// <param name="Codec">ffmpeg's name of its codec.</param>
/// <param name="Width">In pixels, 0 for anything but video.</param>
/// <param name="Height">In pixels, 0 for anything but video.</param>
/// <param name="Frames">How many packets it has.</param>
/// <param name="Seconds">How long it is, or null when it has no times.</param>
/// <param name="IsCover">True for a picture that belongs to the file, not to its time.</param>
internal sealed record OutputStream(
    string Kind, string Codec, int Width, int Height, long Frames, double? Seconds, bool IsCover)
{
    /// <summary>Its number within the file.</summary>
    public int Index { get; init; }

    /// <summary>How many bytes its packets hold.</summary>
    public long Bytes { get; init; }

    /// <summary>When its last packet ends, in seconds of the file's time, or null when not known.</summary>
    public double? End { get; init; }

    /// <summary>How many of its pictures could be decoded, or null when that was not tried.</summary>
    public long? Decoded { get; init; }
}

/// <summary>What an output is made of.</summary>
/// <param name="Seconds">How long it says it is, or null when it has no length.</param>
/// <param name="Streams">Its streams.</param>
internal sealed record OutputDescription(double? Seconds, IReadOnlyList<OutputStream> Streams)
{
    /// <summary>What the index of an MP4 file says.</summary>
    public static OutputDescription From(Mp4File file) => new(
        file.Seconds,
        [.. file.Tracks.Select((track, index) => new OutputStream(
            track.Kind, track.Codec ?? "unknown", track.Width, track.Height, track.Samples, track.Seconds, IsCover: false)
        {
            Index = index,
            Bytes = track.Bytes,
        })]);

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
}
