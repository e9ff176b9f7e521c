using System.Globalization;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>One domain, and how we write to it: every conditional write leaves a token by which it knows itself again.</summary>
internal sealed class SdbDomain(SimpleDbClient client, string name)
{
    /// <summary>The attribute that names the last write of an item.</summary>
    public const string Token = "token";

    /// <summary>An item of no job, to ask for when only the answer counts.</summary>
    public const string Probe = "probe";

    // SimpleDB takes 20 values in one comparison; nobody needs to know whether that is before or after the twentieth.
    private const int MaxValues = 16;

    private readonly string quoted = SdbName.QuotedDomain(name);

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>An item, or null.</summary>
    public Task<SdbItem?> GetAsync(string item, CancellationToken cancellation) =>
        client.GetAsync(name, item, cancellation);

    /// <summary>Writes attributes of an item, if the condition holds.</summary>
    /// <param name="item">The item.</param>
    /// <param name="attributes">What to write.</param>
    /// <param name="condition">What must hold.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <param name="proof">
    /// The name of one of the attributes. Nobody else writes what it gets here, and others leave it alone, so it proves
    /// that this write was done even when there have been others since. By default it is the token.
    /// </param>
    /// <returns>The token of this write, or null when the condition did not hold and nothing was written.</returns>
    public async Task<string?> TryPutAsync(
        string item, IEnumerable<SdbAttribute> attributes, SdbCondition condition, CancellationToken cancellation,
        string proof = Token)
    {
        var token = new SdbAttribute(Token, SdbName.NewToken());
        var all = attributes.Append(token).ToList();
        var outcome = await client.PutAsync(name, item, all, condition, cancellation);
        // The answer to the first try was lost: was it done, and the second refused because of that?
        if (outcome == SdbOutcome.Doubtful
            && (await GetAsync(item, cancellation))?[proof] == all.First(one => one.Name == proof).Value)
            outcome = SdbOutcome.Done;
        return outcome == SdbOutcome.Done ? token.Value : null;
    }

    /// <summary>Deletes attributes of an item (none: the whole item), if the condition holds.</summary>
    public Task TryDeleteAsync(
        string item, IReadOnlyList<string> attributes, SdbCondition? condition, CancellationToken cancellation) =>
        client.DeleteAsync(name, item, attributes, condition, cancellation);

    /// <summary>Writes some items, 1 MB in all, each for itself.</summary>
    public Task PutTogetherAsync(
        IReadOnlyList<(string Item, IReadOnlyList<SdbAttribute> Attributes)> items, CancellationToken cancellation) =>
        client.BatchPutAsync(name, items, cancellation);

    /// <summary>Deletes any number of items.</summary>
    public async Task DeleteItemsAsync(IEnumerable<string> items, CancellationToken cancellation)
    {
        foreach (var batch in items.Chunk(SimpleDbClient.MaxBatch))
            await client.BatchDeleteAsync(name, batch, cancellation);
    }

    /// <summary>What is found, page by page as it is asked for.</summary>
    /// <param name="output">The attributes wanted, or <c>itemName()</c>, or <c>*</c>.</param>
    /// <param name="rest">What follows the name of the domain, from <c>where</c> on.</param>
    /// <param name="cancellation">Ends the call.</param>
    public IAsyncEnumerable<SdbItem> SelectAsync(string output, string rest, CancellationToken cancellation) =>
        client.SelectAllAsync($"select {output} from {quoted} {rest}", cancellation);

    /// <summary>One page of what is found.</summary>
    public Task<SdbPage> SelectPageAsync(string output, string rest, string? next, CancellationToken cancellation) =>
        client.SelectAsync($"select {output} from {quoted} {rest}", next, cancellation);

    /// <summary>The names of all items of which an attribute has one of the values.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(
        string attribute, IEnumerable<string> values, CancellationToken cancellation)
    {
        var names = new List<string>();
        foreach (var some in values.Chunk(MaxValues))
        {
            var list = string.Join(", ", some.Select(SdbName.Quoted));
            await foreach (var item in SelectAsync("itemName()", $"where {attribute} in ({list}) limit 2500", cancellation))
                names.Add(item.Name);
        }

        return names;
    }

    /// <summary>How many items are found.</summary>
    public async Task<int> CountAsync(string where, CancellationToken cancellation)
    {
        var count = 0;
        await foreach (var page in SelectAsync("count(*)", where, cancellation))
            count += int.TryParse(page["Count"], NumberStyles.None, CultureInfo.InvariantCulture, out var some) ? some : 0;
        return count;
    }
}
