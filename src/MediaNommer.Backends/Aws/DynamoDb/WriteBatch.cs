using System.Security.Cryptography;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>What must be true of an item before it is written.</summary>
internal sealed record Requirement(string Expression, Item? Values = null)
{
    /// <summary>There is no such item.</summary>
    public static Requirement IsNew { get; } = new($"attribute_not_exists({Names.Partition})");

    /// <summary>The item is the one that was read, or there is still none when that is what was found.</summary>
    public static Requirement VersionIs(long version) => version == 0
        ? IsNew
        : new($"{Names.Version} = :before", new() { [":before"] = DynamoDb.Values.Of(version) });
}

/// <summary>A write that was refused: which one of the batch, and the item as it is stored; empty when there is none.</summary>
internal sealed record Refusal(int Index, Item Stored);

/// <summary>Writes that happen all or not at all; each of another item.</summary>
internal sealed class WriteBatch(string table)
{
    private readonly List<TransactWriteItem> writes = [];

    /// <summary>Unlike any other batch's.</summary>
    public string Stamp { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(12));

    /// <summary>The writes, in the order in which they were added.</summary>
    public IReadOnlyList<TransactWriteItem> Writes => writes;

    /// <summary>Stores an item in place of any other with its key.</summary>
    public void Put(Item item, Requirement? requirement = null)
    {
        if (requirement is not null)
            item[Names.Stamp] = Values.Of(Stamp);
        writes.Add(new()
        {
            Put = new Put
            {
                TableName = table, Item = item, ConditionExpression = requirement?.Expression,
                ExpressionAttributeValues = requirement?.Values, ReturnValuesOnConditionCheckFailure = Told,
            },
        });
    }

    /// <summary>Changes some attributes of an item.</summary>
    public void Update(ItemKey key, Item set, IReadOnlyCollection<string> remove, Requirement requirement)
    {
        set[Names.Stamp] = Values.Of(Stamp);
        var values = new Item(requirement.Values ?? []);
        var settings = new List<string>();
        foreach (var (name, value) in set)
        {
            values[$":{name}"] = value;
            settings.Add($"{name} = :{name}");
        }

        var expression = $"SET {string.Join(", ", settings)}";
        writes.Add(new()
        {
            Update = new Update
            {
                TableName = table, Key = key.ToItem(), ConditionExpression = requirement.Expression,
                UpdateExpression = remove.Count == 0 ? expression : $"{expression} REMOVE {string.Join(", ", remove)}",
                ExpressionAttributeValues = values, ReturnValuesOnConditionCheckFailure = Told,
            },
        });
    }

    /// <summary>Deletes an item.</summary>
    public void Delete(ItemKey key, Requirement? requirement = null) => writes.Add(new()
    {
        Delete = new Delete
        {
            TableName = table, Key = key.ToItem(), ConditionExpression = requirement?.Expression,
            ExpressionAttributeValues = requirement?.Values, ReturnValuesOnConditionCheckFailure = Told,
        },
    });

    private static ReturnValuesOnConditionCheckFailure Told => ReturnValuesOnConditionCheckFailure.ALL_OLD;
}
