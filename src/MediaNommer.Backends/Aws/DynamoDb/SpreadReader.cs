using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>A place in a spread list: what it is sorted by, and the item that it leads to.</summary>
internal readonly record struct SpreadEntry(string Sort, ItemKey Key);

/// <summary>
/// Reads a list that is spread over several partition keys, in order: a page of each, side by side, then always the
/// first of all their first entries. Memory and requests follow from how far it is read, not from how long the list is.
/// </summary>
internal sealed class SpreadReader
{
    // So many cost no more than one.
    private const int SmallestPage = 16;
    private const int LargestPage = 500;

    private readonly DynamoTable table;
    private readonly bool backwards;
    private readonly List<Shard> shards;

    /// <summary>Begins at the front.</summary>
    /// <param name="table">The table.</param>
    /// <param name="spread">The list.</param>
    /// <param name="keys">The partition keys to read.</param>
    /// <param name="range">A condition on the sort key, or null for all: an operator and a value.</param>
    /// <param name="backwards">From the largest to the smallest.</param>
    /// <param name="wanted">About how many entries will be taken.</param>
    public SpreadReader(
        DynamoTable table, Spread spread, IEnumerable<string> keys, (string Operator, string Value)? range, bool backwards,
        int wanted)
    {
        this.table = table;
        this.backwards = backwards;
        shards = [.. keys.Select(key => new Shard(spread.Sort, new TableQuery(key)
        {
            Index = spread.Index, KeyName = spread.Key, Backwards = backwards,
            SortCondition = range is null ? null : $"{spread.Sort} {range.Value.Operator} :sort",
            SortValue = range?.Value ?? "",
            Only = spread.Index is null ? $"{Names.Partition}, {Names.Sort}" : null,
        }))];
        PageSize = Math.Clamp(wanted * 2 / shards.Count, SmallestPage, LargestPage);
    }

    private int PageSize { get; }

    /// <summary>The next entries: fewer than asked for only at the end.</summary>
    public async Task<List<SpreadEntry>> TakeAsync(int count, CancellationToken cancellation)
    {
        var taken = new List<SpreadEntry>();
        while (taken.Count < count && await FindFirstAsync(cancellation) is { } first)
            taken.Add(first.Entries.Dequeue());
        return taken;
    }

    /// <summary>True when there are no more.</summary>
    public async Task<bool> IsAtEndAsync(CancellationToken cancellation) => await FindFirstAsync(cancellation) is null;

    private async Task<Shard?> FindFirstAsync(CancellationToken cancellation)
    {
        while (shards.Any(shard => shard.MustRead))
            await Task.WhenAll(shards.Where(shard => shard.MustRead).Select(shard => FillAsync(shard, cancellation)));
        Shard? first = null;
        foreach (var shard in shards.Where(shard => shard.Entries.Count > 0))
        {
            if (first is null || IsBefore(shard.Entries.Peek(), first.Entries.Peek()))
                first = shard;
        }

        return first;
    }

    private bool IsBefore(SpreadEntry one, SpreadEntry other)
    {
        var order = string.CompareOrdinal(one.Sort, other.Sort);
        return backwards ? order > 0 : order < 0;
    }

    private async Task FillAsync(Shard shard, CancellationToken cancellation)
    {
        var page = await table.ReadAsync(shard.Query with { Limit = PageSize }, shard.Next, cancellation);
        foreach (var item in page.Items)
            shard.Entries.Enqueue(new SpreadEntry(item[shard.Sort].S, ItemKey.Of(item)));
        shard.Next = page.Next;
        shard.MayHaveMore = page.Next is not null;
    }

    private sealed class Shard(string sort, TableQuery query)
    {
        public string Sort => sort;

        public TableQuery Query => query;

        public Queue<SpreadEntry> Entries { get; } = [];

        public Item? Next { get; set; }

        public bool MayHaveMore { get; set; } = true;

        public bool MustRead => Entries.Count == 0 && MayHaveMore;
    }
}
