namespace MediaNommer.Core.Ffmpeg;

/// <summary>What a media file is, as ffprobe describes it before anything is encoded.</summary>
public sealed record SourceProbe
{
    /// <summary>The arguments of ffprobe, before the file's name, whose answer <see cref="Parse"/> reads.</summary>
    public static IReadOnlyList<string> Arguments { get; } =
    [
        // The first key frame is decoded: it alone knows the true size, and what the bitstream says of its light.
        "-skip_frame", "nokey", "-read_intervals", "%+#12", "-show_entries",
        "format=format_name,duration,size,bit_rate:format_tags:chapter=id:stream=index,codec_type,codec_name,codec_tag_string,"
        + "width,height,sample_aspect_ratio,pix_fmt,color_range,color_space,color_transfer,color_primaries,avg_frame_rate,"
        + "nb_frames,duration,sample_rate,channels,channel_layout:stream_tags:stream_disposition:stream_side_data:"
        + "frame=stream_index,width,height,sample_aspect_ratio,pix_fmt,color_range,color_space,color_transfer,color_primaries:"
        + "frame_side_data",
        "-of", "json",
    ];

    /// <summary>ffmpeg's names of the format, such as <c>mov,mp4,m4a,3gp,3g2,mj2</c>.</summary>
    public string Format { get; init; } = "";

    /// <summary>How long it says it is in seconds, or null when it does not.</summary>
    public double? Seconds { get; init; }

    /// <summary>How many bytes it has, or null when unknown.</summary>
    public long? Size { get; init; }

    /// <summary>Bits per second over all, or null when unknown.</summary>
    public long? BitRate { get; init; }

    /// <summary>How many chapters it has.</summary>
    public int Chapters { get; init; }

    /// <summary>Its tags, such as <c>title</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Its streams, in their order.</summary>
    public IReadOnlyList<ProbedStream> Streams { get; init; } = [];

    /// <summary>Reads what ffprobe printed.</summary>
    /// <param name="json">Its standard output.</param>
    /// <param name="log">Its standard error at level <c>warning</c>: names the streams that nothing can decode.</param>
    public static SourceProbe Parse(ReadOnlyMemory<byte> json, string log) => SourceProbeReader.Read(json, log);
}

/// <summary>One stream of a file.</summary>
public sealed record ProbedStream
{
    /// <summary>Its number within the file, from 0.</summary>
    public int Index { get; init; }

    /// <summary><c>video</c>, <c>audio</c>, <c>subtitle</c>, <c>data</c> or <c>attachment</c>.</summary>
    public string Kind { get; init; } = "data";

    /// <summary>ffmpeg's name of its codec, or <c>unknown</c>.</summary>
    public string Codec { get; init; } = "unknown";

    /// <summary>Why it cannot be decoded, in a few words, or null when it can.</summary>
    public string? Undecodable { get; init; }

    /// <summary>True for a picture that belongs to the file, not to its time, such as a record's cover.</summary>
    public bool IsCover { get; init; }

    /// <summary>Its tags, such as <c>language</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>How many frames it says it has, or null.</summary>
    public long? Frames { get; init; }

    /// <summary>Frames per second on average, or null.</summary>
    public double? Fps { get; init; }

    /// <summary>The picture; null for anything but video.</summary>
    public PictureFacts? Picture { get; init; }

    /// <summary>Samples per second; 0 for anything but sound.</summary>
    public int SampleRate { get; init; }

    /// <summary>How many channels of sound; 0 for anything but sound.</summary>
    public int Channels { get; init; }

    /// <summary>The arrangement of the channels, such as <c>5.1</c>, or empty when unknown.</summary>
    public string ChannelLayout { get; init; } = "";

    /// <summary>The value of a tag, or null.</summary>
    public string? Tag(string name) => Tags.GetValueOrDefault(name);
}

/// <summary>What the pictures of a video stream are like.</summary>
public sealed record PictureFacts
{
    /// <summary>Pixels in a row, as stored.</summary>
    public int Width { get; init; }

    /// <summary>Rows, as stored.</summary>
    public int Height { get; init; }

    /// <summary>The shape of a pixel, such as <c>64:45</c>; <c>1:1</c> when it says nothing.</summary>
    public string SampleAspect { get; init; } = "1:1";

    /// <summary>By how many degrees players turn it.</summary>
    public double Rotation { get; init; }

    /// <summary>ffmpeg's name of the pixels, such as <c>yuv420p10le</c>.</summary>
    public string PixelFormat { get; init; } = "";

    /// <summary><c>tv</c>, <c>pc</c>, or empty when it says nothing.</summary>
    public string Range { get; init; } = "";

    /// <summary>The colour matrix, such as <c>bt709</c>, or empty when it says nothing.</summary>
    public string Matrix { get; init; } = "";

    /// <summary>The transfer function, such as <c>smpte2084</c>, or empty when it says nothing.</summary>
    public string Transfer { get; init; } = "";

    /// <summary>The primaries, such as <c>bt2020</c>, or empty when it says nothing.</summary>
    public string Primaries { get; init; } = "";

    /// <summary>The display that it was graded on, or null.</summary>
    public MasteringDisplay? Mastering { get; init; }

    /// <summary>The brightest pixel and the brightest frame in nits, or null.</summary>
    public ContentLight? Light { get; init; }

    /// <summary>The profile of Dolby Vision, or null.</summary>
    public int? DolbyVision { get; init; }

    /// <summary>True when the base layer of Dolby Vision can be shown by itself.</summary>
    public bool HasPlainBase { get; init; } = true;

    /// <summary>True when each scene brings its own tone curve (HDR10+).</summary>
    public bool HasDynamicCurve { get; init; }

    /// <summary>True for HDR: PQ (HDR10) or HLG.</summary>
    public bool IsHdr => Transfer is "smpte2084" or "arib-std-b67";
}

/// <summary>The display that HDR was graded on: colours as parts of 1, light in nits.</summary>
public sealed record MasteringDisplay(
    double RedX, double RedY, double GreenX, double GreenY, double BlueX, double BlueY, double WhiteX, double WhiteY,
    double MinNits, double MaxNits);

/// <summary>Light levels in nits.</summary>
/// <param name="MaxPixel">Of the brightest pixel (MaxCLL).</param>
/// <param name="MaxFrame">Of the brightest frame on average (MaxFALL).</param>
public sealed record ContentLight(int MaxPixel, int MaxFrame);
