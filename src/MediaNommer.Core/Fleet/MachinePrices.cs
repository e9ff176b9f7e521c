using System.Globalization;

namespace MediaNommer.Core.Fleet;

/// <summary>What machines cost per hour.</summary>
/// <remarks>
/// US dollars on demand, Linux, region us-east-1, 2025, without disk and traffic. Elsewhere they cost up to about half
/// more, on the spot market less: <c>Scaling:PricePerHour</c> says what is really paid.
/// </remarks>
public static class MachinePrices
{
    // The size `large` of each family; the other sizes cost in proportion.
    private static readonly Dictionary<string, double> Large = new(StringComparer.OrdinalIgnoreCase)
    {
        ["c5"] = 0.085, ["c5a"] = 0.077,
        ["c6a"] = 0.0765, ["c6g"] = 0.068, ["c6i"] = 0.085,
        ["c7a"] = 0.10264, ["c7g"] = 0.0725, ["c7i"] = 0.08925, ["c8g"] = 0.07976,
        ["m1"] = 0.175, ["m5"] = 0.096,
        ["m6a"] = 0.0864, ["m6g"] = 0.077, ["m6i"] = 0.096,
        ["m7a"] = 0.11592, ["m7g"] = 0.0816, ["m7i"] = 0.1008,
        ["t3"] = 0.0832, ["t3a"] = 0.0752, ["t4g"] = 0.0672,
    };

    /// <summary>The price of one hour.</summary>
    /// <param name="machineType">For example <c>c7a.large</c>; null for a process of a machine that is there anyway.</param>
    /// <param name="setting"><c>Scaling:PricePerHour</c>, which goes first; 0 when it is not set.</param>
    /// <returns>US dollars; 0 for what is there anyway; null when it is not known.</returns>
    public static double? PerHour(string? machineType, double setting)
    {
        if (machineType is null)
            return 0;
        if (setting > 0)
            return setting;
        return machineType.Split('.') is [var family, var size] && Large.TryGetValue(family, out var large)
            ? large * SharesOfLarge(size)
            : null;
    }

    /// <summary>The most that one hour of a launched machine may cost, whichever of its types is to be had.</summary>
    /// <param name="machine">What the next launch gets.</param>
    /// <param name="setting"><c>Scaling:PricePerHour</c>, which goes first; 0 when it is not set.</param>
    /// <returns>US dollars; 0 for what is there anyway; null when the price of one of the types is not known.</returns>
    public static double? DearestPerHour(FleetMachine machine, double setting)
    {
        var prices = machine.OtherTypes.Prepend(machine.Type).Select(type => PerHour(type, setting)).ToList();
        return prices.Contains(null) ? null : prices.Max();
    }

    private static double? SharesOfLarge(string size) => size.ToLowerInvariant() switch
    {
        "medium" => 0.5,
        "large" => 1,
        "xlarge" => 2,
        var many when many.EndsWith("xlarge", StringComparison.Ordinal)
            && int.TryParse(many[..^"xlarge".Length], NumberStyles.None, CultureInfo.InvariantCulture, out var count) => 2 * count,
        _ => null,
    };
}
