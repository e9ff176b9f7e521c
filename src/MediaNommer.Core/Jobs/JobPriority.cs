namespace MediaNommer.Core.Jobs;

/// <summary>The class of a job. Higher classes are taken first more often; low is never starved.</summary>
public enum JobPriority
{
    /// <summary>Looked at first seven times out of ten.</summary>
    High,

    /// <summary>The default.</summary>
    Normal,

    /// <summary>Bulk work; still looked at first now and then.</summary>
    Low,
}

/// <summary>The names of <see cref="JobPriority"/> on the wire.</summary>
public static class JobPriorities
{
    /// <summary>The lower-case names, as the API takes and shows them.</summary>
    public static IReadOnlyList<string> WireNames { get; } = ["high", "normal", "low"];

    /// <summary>The name that the API shows.</summary>
    public static string ToWire(this JobPriority priority) => WireNames[(int)priority];

    /// <summary>Reads a wire name, in any case.</summary>
    public static bool TryParse(string? name, out JobPriority priority)
    {
        var index = WireNames.ToList().FindIndex(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        priority = index < 0 ? JobPriority.Normal : (JobPriority)index;
        return index >= 0;
    }
}
