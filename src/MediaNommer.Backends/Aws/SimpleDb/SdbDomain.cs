using System.Globalization;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>One domain, and how we write to it: every conditional write leaves a token by which it knows itself again.</summary>
internal sealed class SdbDomain(SimpleDbClient client, string name)
{
    /// <summary>The attribute that names the last write of an item.</summary>
    public const string Token = "token";

    // SimpleDB takes 20 values in one comparison; nobody needs to know whether that is before or after the twentieth.
    private const int MaxValues = 16;

    private readonly string quoted = SdbName.QuotedDomain(name);

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>An item, or null.</summary>
    public Task<SdbItem?> GetAsync(string item, CancellationToken cancellation) =>
        client.GetAsync(name, item, cancellation);

    /// <summary>Writes attributes of an item, if the condition holds.</summary>
    /// <returns>The token of this write, or null when the condition did not hold and nothing was written.</returns>
    public async Task<string?> TryPutAsync(
        string item, IEnumerable<SdbAttribute> attributes, SdbCondition condition, CancellationToken cancellation)
    {
        var token = SdbName.NewToken();
        var all = attributes.Append(new SdbAttribute(Token, token)).ToList();
        return await client.PutAsync(name, item, all, condition, cancellation) switch
        {
            SdbOutcome.Done => token,
            // The answer to the first try was lost: was it done, and the second refused because of that?
            SdbOutcome.Doubtful when (await GetAsync(item, cancellation))?[Token] == token => token,
            _ => null,
        };
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
