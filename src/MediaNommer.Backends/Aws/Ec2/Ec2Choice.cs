namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>One way to get a machine.</summary>
/// <param name="IsSpot">From the spot market, or on demand.</param>
/// <param name="Type">For example <c>c7a.large</c>.</param>
/// <param name="Subnet">The subnet, or null: one of the default ones.</param>
internal sealed record Ec2Choice(bool IsSpot, string Type, string? Subnet)
{
    /// <summary>
    /// Every way that the settings allow, best first: the better type in any subnet goes before the next type, and spot
    /// before on demand.
    /// </summary>
    /// <param name="spot">Whether the spot market comes first.</param>
    /// <param name="types">The types, best first.</param>
    /// <param name="subnets">The subnets.</param>
    /// <param name="firstSubnet">The index of the one to begin with.</param>
    public static IEnumerable<Ec2Choice> All(bool spot, IReadOnlyList<string> types, IReadOnlyList<string> subnets, int firstSubnet)
    {
        IReadOnlyList<string?> turned = subnets.Count == 0
            ? [null]
            : [.. subnets.Skip(firstSubnet % subnets.Count), .. subnets.Take(firstSubnet % subnets.Count)];
        return from isSpot in spot ? new[] { true, false } : [false]
               from type in types
               from subnet in turned
               select new Ec2Choice(isSpot, type, subnet);
    }

    public override string ToString() =>
        $"{(IsSpot ? "spot " : "")}{Type}{(Subnet is null ? "" : $" in {Subnet}")}";
}

/// <summary>How much else is refused with a choice.</summary>
internal enum RefusalScope
{
    /// <summary>That type in that subnet: elsewhere there may be one.</summary>
    Choice,

    /// <summary>That type on that market.</summary>
    Type,

    /// <summary>Every type on that market.</summary>
    Market,

    /// <summary>Anything: the operator has to do something about it.</summary>
    Everything,
}

/// <summary>A choice that EC2 refused, and what follows from it.</summary>
internal sealed record Ec2Refusal(Ec2Choice Choice, RefusalScope Scope)
{
    /// <summary>True when another choice needs no try either.</summary>
    public bool Covers(Ec2Choice other) => Scope switch
    {
        RefusalScope.Choice => other == Choice,
        RefusalScope.Type => other.Type == Choice.Type && other.IsSpot == Choice.IsSpot,
        RefusalScope.Market => other.IsSpot == Choice.IsSpot,
        _ => true,
    };
}
