namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

/// <summary>What a select expression asks for.</summary>
/// <param name="Output">The attributes wanted; null for all. <c>itemName()</c> and <c>count(*)</c> stand for themselves.</param>
/// <param name="Domain">Where.</param>
/// <param name="Where">The condition, or null.</param>
/// <param name="OrderBy">What it is sorted by, or null.</param>
/// <param name="IsDescending">Largest first.</param>
/// <param name="Limit">Items of one page.</param>
internal sealed record SelectQuery(
    IReadOnlyList<string>? Output, string Domain, SelectCondition? Where, string? OrderBy, bool IsDescending, int Limit)
{
    public const string ItemName = "itemName()";
    public const string Count = "count(*)";
}

/// <summary>One choice of a value for each attribute that has several: conditions joined by "and" must hold of the same.</summary>
/// <param name="Chosen">The value of each attribute that the item has.</param>
/// <param name="All">All values of each.</param>
internal sealed record SelectRow(IReadOnlyDictionary<string, string> Chosen, ILookup<string, string> All);

/// <summary>A condition, or a combination of some.</summary>
internal abstract record SelectCondition
{
    /// <summary>The attributes that it compares.</summary>
    public abstract IEnumerable<string> Attributes { get; }

    /// <summary>How many comparisons it holds.</summary>
    public abstract int Comparisons { get; }

    /// <summary>True when the item fulfils it with some choice of its values.</summary>
    public virtual bool IsMetBy(string name, ILookup<string, string> all) =>
        Choices(Attributes.Distinct().Where(all.Contains).ToList(), all).Any(chosen =>
        {
            chosen[SelectQuery.ItemName] = name;
            return Holds(new SelectRow(chosen, all));
        });

    public abstract bool Holds(SelectRow row);

    private static IEnumerable<Dictionary<string, string>> Choices(IReadOnlyList<string> names, ILookup<string, string> all)
    {
        IEnumerable<Dictionary<string, string>> choices = [[]];
        foreach (var name in names)
            choices = choices.SelectMany(made => all[name].Select(value => new Dictionary<string, string>(made) { [name] = value }));
        return choices;
    }
}

/// <summary>A comparison of one attribute with constants.</summary>
internal sealed record SelectComparison(string Attribute, bool IsEvery, Func<string, bool> Fits, int Values) : SelectCondition
{
    public override IEnumerable<string> Attributes => [Attribute];

    public override int Comparisons => 1;

    public override bool Holds(SelectRow row) => IsEvery
        ? row.All.Contains(Attribute) && row.All[Attribute].All(Fits)
        : row.Chosen.TryGetValue(Attribute, out var value) && Fits(value);
}

/// <summary><c>is null</c> and <c>is not null</c>.</summary>
internal sealed record SelectNullTest(string Attribute, bool MustBeNull) : SelectCondition
{
    // What is null cannot be sorted by.
    public override IEnumerable<string> Attributes => MustBeNull ? [] : [Attribute];

    public override int Comparisons => 1;

    public override bool Holds(SelectRow row) =>
        (Attribute != SelectQuery.ItemName && !row.All.Contains(Attribute)) == MustBeNull;
}

internal sealed record SelectNot(SelectCondition Inner) : SelectCondition
{
    public override IEnumerable<string> Attributes => Inner.Attributes;

    public override int Comparisons => Inner.Comparisons;

    public override bool Holds(SelectRow row) => !Inner.Holds(row);
}

internal sealed record SelectBoth(SelectCondition Left, SelectCondition Right, bool IsAnd) : SelectCondition
{
    public override IEnumerable<string> Attributes => Left.Attributes.Concat(Right.Attributes);

    public override int Comparisons => Left.Comparisons + Right.Comparisons;

    public override bool Holds(SelectRow row) =>
        IsAnd ? Left.Holds(row) && Right.Holds(row) : Left.Holds(row) || Right.Holds(row);
}

/// <summary>Items that are found by both sides, each with its own choice of values.</summary>
internal sealed record SelectIntersection(SelectCondition Left, SelectCondition Right) : SelectCondition
{
    public override IEnumerable<string> Attributes => Left.Attributes.Concat(Right.Attributes);

    public override int Comparisons => Left.Comparisons + Right.Comparisons;

    public override bool IsMetBy(string name, ILookup<string, string> all) =>
        Left.IsMetBy(name, all) && Right.IsMetBy(name, all);

    public override bool Holds(SelectRow row) => throw SdbFault.Query("an intersection stands inside of a condition.");
}
