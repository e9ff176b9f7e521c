namespace MediaNommer.Core.Jobs;

/// <summary>One option of a pass: a name without its dash, and a value, or null for a bare flag.</summary>
/// <param name="Key">For example <c>c:v</c> or <c>vf</c>.</param>
/// <param name="Value">The value as text, or null when the option stands alone, as <c>an</c> does.</param>
public sealed record OptionPair(string Key, string? Value);

/// <summary>One run of ffmpeg over the source.</summary>
public sealed record EncodePass
{
    /// <summary>Options that stand before the input.</summary>
    public IReadOnlyList<OptionPair> InfileOptions { get; init; } = [];

    /// <summary>Options that stand before the output.</summary>
    public IReadOnlyList<OptionPair> OutfileOptions { get; init; } = [];

    /// <summary>Put the index of an MP4 or MOV before its data, so that it plays while it loads.</summary>
    public bool MoveAtomToFront { get; init; }
}

/// <summary>What a nommer is asked to do: at most <see cref="MaxPasses"/> passes over one source.</summary>
public sealed record EncodeOptions
{
    /// <summary>ffmpeg knows no more than two passes.</summary>
    public const int MaxPasses = 2;

    /// <summary>The short name of the nommer, for example <c>ffmpeg</c>.</summary>
    public string Nommer { get; init; } = "ffmpeg";

    /// <summary>The passes, in order. May be empty for a user's own nommer.</summary>
    public IReadOnlyList<EncodePass> Passes { get; init; } = [];

    /// <summary>The preset that these options came from, or null.</summary>
    public string? Preset { get; init; }

    /// <summary>What the preset wants of the source, or null: the passes are run as written.</summary>
    public PresetIntent? Intent { get; init; }
}
