namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>A name and a value to put into an item.</summary>
/// <param name="Name">Up to 1,024 bytes.</param>
/// <param name="Value">Up to 1,024 bytes.</param>
/// <param name="Replace">Whether it takes the place of the values that the attribute has; else it stands beside them.</param>
internal sealed record SdbAttribute(string Name, string Value, bool Replace = true);

/// <summary>What must hold of an item for a write to be done; SimpleDB takes one such condition for each write.</summary>
/// <param name="Name">An attribute that has one value at most.</param>
/// <param name="Value">The value that it must have, or null: there must be none.</param>
internal sealed record SdbCondition(string Name, string? Value);

/// <summary>An item as it is read. Of an attribute with several values the last is kept.</summary>
internal sealed record SdbItem(string Name, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>The value of an attribute, or null.</summary>
    public string? this[string attribute] => Values.GetValueOrDefault(attribute);
}

/// <summary>One page of what a select expression finds.</summary>
/// <param name="Items">The items; may be none while there is a token.</param>
/// <param name="NextToken">Hand it in to get the next page; null at the end.</param>
internal sealed record SdbPage(IReadOnlyList<SdbItem> Items, string? NextToken);

/// <summary>What came of a write that had a condition.</summary>
internal enum SdbOutcome
{
    /// <summary>It was done.</summary>
    Done,

    /// <summary>The condition did not hold.</summary>
    Refused,

    /// <summary>
    /// The condition did not hold, but the request had been sent before without an answer: it may have been done then,
    /// and be the reason itself.
    /// </summary>
    Doubtful,
}
