using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>Items of one partition key, in order.</summary>
/// <param name="Key">The partition key.</param>
internal sealed record TableQuery(string Key)
{
    /// <summary>An index; null: the table itself, read consistently.</summary>
    public string? Index { get; init; }

    /// <summary>The attribute that is the partition key.</summary>
    public string KeyName { get; init; } = Names.Partition;

    /// <summary>A condition on the sort key, about <c>:sort</c>; null: none.</summary>
    public string? SortCondition { get; init; }

    /// <summary>The value of <c>:sort</c>.</summary>
    public string SortValue { get; init; } = "";

    public bool Backwards { get; init; }

    /// <summary>The most items of one page; null: as many as fit into 1 MB.</summary>
    public int? Limit { get; init; }

    /// <summary>Only these attributes, separated by commas; null: all.</summary>
    public string? Only { get; init; }

    /// <summary>Items whose sort key begins with that of the given key.</summary>
    public static TableQuery BeginningWith(ItemKey key) =>
        new(key.Partition) { SortCondition = $"begins_with({Names.Sort}, :sort)", SortValue = key.Sort };

    /// <summary>The request for one page.</summary>
    public QueryRequest ToRequest(string table, Item? start)
    {
        var values = new Item { [":key"] = Values.Of(Key) };
        if (SortCondition is not null)
            values[":sort"] = Values.Of(SortValue);
        return new QueryRequest
        {
            TableName = table, IndexName = Index, ConsistentRead = Index is null,
            KeyConditionExpression = SortCondition is null ? $"{KeyName} = :key" : $"{KeyName} = :key AND {SortCondition}",
            ExpressionAttributeValues = values, ScanIndexForward = !Backwards, Limit = Limit, ProjectionExpression = Only,
            ExclusiveStartKey = start,
        };
    }
}

/// <summary>One page of a query, and where the next begins; null at the end.</summary>
internal sealed record TablePage(IReadOnlyList<Item> Items, Item? Next);
