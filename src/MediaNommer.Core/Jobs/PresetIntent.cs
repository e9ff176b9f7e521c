namespace MediaNommer.Core.Jobs;

/// <summary>What becomes of the picture.</summary>
public enum PictureIntent
{
    /// <summary>There is none in the output.</summary>
    None,

    /// <summary>8-bit pictures in BT.709 that every player shows alike; HDR is tone-mapped.</summary>
    Sdr,

    /// <summary>HDR and wide gamut stay, with their metadata; the rest as <see cref="Sdr"/>, 10 bits staying 10 bits.</summary>
    Keep,

    /// <summary>RGB with square pixels, for pictures and GIFs; HDR is tone-mapped.</summary>
    Rgb,
}

/// <summary>What becomes of the sound.</summary>
public enum SoundIntent
{
    /// <summary>There is none in the output.</summary>
    None,

    /// <summary>The first track that can be decoded, in at most two channels.</summary>
    Stereo,

    /// <summary>The first track that can be decoded, with as many channels as the encoder takes.</summary>
    First,

    /// <summary>Every track as it is, and every subtitle, attachment and tag: for libraries in MKV.</summary>
    All,
}

/// <summary>
/// What a preset wants of a source, whatever that source is like: the worker looks at the source and works out streams,
/// filters, colours and metadata. Options without an intent are run as written.
/// </summary>
public sealed record PresetIntent
{
    /// <summary>What becomes of the picture.</summary>
    public PictureIntent Picture { get; init; }

    /// <summary>
    /// <c>1280x720</c>: fits that (or that turned by 90°) and is never enlarged; <c>640</c>: exactly that wide, as in 2011;
    /// null: keeps its size.
    /// </summary>
    public string? Fit { get; init; }

    /// <summary>At most so many frames per second, or null: as many as the source has.</summary>
    public double? MaxFps { get; init; }

    /// <summary>Deinterlace every picture, as in 2011, instead of those that say they are interlaced.</summary>
    public bool DeinterlaceAll { get; init; }

    /// <summary>Filters for the picture after all others, or null.</summary>
    public string? Filters { get; init; }

    /// <summary>What becomes of the sound.</summary>
    public SoundIntent Sound { get; init; }

    /// <summary>Keep all metadata, position and devices included.</summary>
    public bool KeepMetadata { get; init; }
}
