using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <content>Many items at once, without any promise about all of them together.</content>
internal sealed partial class DynamoTable
{
    private const int MostReadTogether = 100;
    private const int MostDeletedTogether = 25;

    /// <summary>Those of the items that exist, by key.</summary>
    public async Task<IReadOnlyDictionary<ItemKey, Item>> GetAsync(
        IReadOnlyCollection<ItemKey> keys, CancellationToken cancellation)
    {
        var chunks = await Task.WhenAll(
            keys.Distinct().Chunk(MostReadTogether).Select(chunk => GetTogetherAsync(chunk, cancellation)));
        return chunks.SelectMany(items => items).ToDictionary(ItemKey.Of);
    }

    /// <summary>The keys of one page of everything.</summary>
    public async Task<TablePage> ScanKeysAsync(Item? start, CancellationToken cancellation)
    {
        var request = new ScanRequest
        {
            TableName = connection.Table, ConsistentRead = true, ExclusiveStartKey = start,
            ProjectionExpression = $"{Names.Partition}, {Names.Sort}",
        };
        var answer = await connection.CallAsync("Scan", client => client.ScanAsync(request, cancellation), cancellation);
        return new TablePage(answer.Items ?? [], answer.LastEvaluatedKey is { Count: > 0 } next ? next : null);
    }

    /// <summary>Deletes items, each for itself.</summary>
    public Task DeleteAsync(IEnumerable<ItemKey> keys, CancellationToken cancellation) =>
        Task.WhenAll(keys.Chunk(MostDeletedTogether).Select(chunk => DeleteTogetherAsync(chunk, cancellation)));

    private async Task<List<Item>> GetTogetherAsync(ItemKey[] keys, CancellationToken cancellation)
    {
        var items = new List<Item>();
        var left = new KeysAndAttributes { Keys = [.. keys.Select(key => key.ToItem())], ConsistentRead = true };
        for (var tries = 1; ; tries++)
        {
            var request = new BatchGetItemRequest { RequestItems = new() { [connection.Table] = left } };
            var answer = await connection.CallAsync(
                "BatchGetItem", client => client.BatchGetItemAsync(request, cancellation), cancellation);
            items.AddRange(answer.Responses?.GetValueOrDefault(connection.Table) ?? []);
            if (answer.UnprocessedKeys?.GetValueOrDefault(connection.Table) is not { Keys.Count: > 0 } more)
                return items;
            // More than 16 MB, or too much for a partition at once.
            left = more;
            await connection.PauseAsync(tries, cancellation);
        }
    }

    private async Task DeleteTogetherAsync(ItemKey[] keys, CancellationToken cancellation)
    {
        var left = keys.Select(key => new WriteRequest { DeleteRequest = new DeleteRequest { Key = key.ToItem() } }).ToList();
        for (var tries = 1; left.Count > 0; tries++)
        {
            if (tries > 1)
                await connection.PauseAsync(tries, cancellation);
            var request = new BatchWriteItemRequest { RequestItems = new() { [connection.Table] = left } };
            var answer = await connection.CallAsync(
                "BatchWriteItem", client => client.BatchWriteItemAsync(request, cancellation), cancellation);
            left = answer.UnprocessedItems?.GetValueOrDefault(connection.Table) ?? [];
        }
    }
}
