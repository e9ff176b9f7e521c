namespace MediaNommer.Client.Wire;

/// <summary>A source to look at.</summary>
public sealed record ProbeRequest
{
    /// <summary>Where it is: an absolute path or an address.</summary>
    public required string SourcePath { get; init; }
}

/// <summary>What a media file is.</summary>
public sealed record SourceResponse
{
    /// <summary>ffmpeg's names of the format, such as <c>mov,mp4,m4a,3gp,3g2,mj2</c>.</summary>
    public string Container { get; init; } = "";

    /// <summary>Size in bytes, or null when unknown.</summary>
    public long? Size { get; init; }

    /// <summary>Length in seconds as the file says it, or null when it does not.</summary>
    public double? Duration { get; init; }

    /// <summary>Bits per second over all, or null when unknown.</summary>
    public long? BitRate { get; init; }

    /// <summary>The streams in their order, at most 32.</summary>
    public IReadOnlyList<SourceStreamResponse> Streams { get; init; } = [];

    /// <summary>How many streams there are beyond those.</summary>
    public int FurtherStreams { get; init; }
}

/// <summary>One stream of a media file.</summary>
public sealed record SourceStreamResponse
{
    /// <summary><c>video</c>, <c>audio</c>, <c>subtitle</c>, <c>data</c> or <c>attachment</c>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>ffmpeg's name of the codec, or <c>unknown</c>.</summary>
    public string Codec { get; init; } = "";

    /// <summary>Pixels in a row, or null for anything but video.</summary>
    public int? Width { get; init; }

    /// <summary>Rows, or null for anything but video.</summary>
    public int? Height { get; init; }

    /// <summary>Frames per second on average, or null.</summary>
    public double? Fps { get; init; }

    /// <summary>ffmpeg's name of the pixels, such as <c>yuv420p10le</c>, or null.</summary>
    public string? PixelFormat { get; init; }

    /// <summary>Range, and matrix/primaries/transfer, such as <c>tv, bt2020nc/bt2020/smpte2084</c>, or null when it says nothing.</summary>
    public string? Color { get; init; }

    /// <summary>Channels of sound, or null.</summary>
    public int? Channels { get; init; }

    /// <summary>Samples per second, or null.</summary>
    public int? SampleRate { get; init; }

    /// <summary>The language as the file writes it, such as <c>deu</c>, or null.</summary>
    public string? Language { get; init; }

    /// <summary>True for a picture that belongs to the file, not to its time.</summary>
    public bool IsCover { get; init; }
}
