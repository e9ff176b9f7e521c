using MediaNommer.Core.Jobs;

namespace MediaNommer.Core.Presets;

/// <summary>Options for encoding under a name.</summary>
public sealed record Preset
{
    /// <summary>What jobs call it by.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for, in a sentence.</summary>
    public string Description { get; init; } = "";

    /// <summary>The file ending that its outputs should have, without the dot.</summary>
    public string Extension { get; init; } = "mp4";

    /// <summary>What it does; already translated and checked.</summary>
    public required EncodeOptions Options { get; init; }

    /// <summary>False for one from the settings.</summary>
    public bool IsBuiltIn { get; init; }
}
