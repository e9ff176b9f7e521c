namespace MediaNommer.Core.Storage;

/// <summary>How <see cref="IfExists"/> is written in requests, answers and settings.</summary>
public static class IfExistsNames
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = ["fail", "overwrite", "skip"];

    /// <summary>Reads one, in capitals or not.</summary>
    public static bool TryParse(string text, out IfExists choice)
    {
        choice = (IfExists)All.ToList().FindIndex(name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return choice >= 0;
    }

    /// <summary>Writes one.</summary>
    public static string ToWire(this IfExists choice) => All[(int)choice];
}
