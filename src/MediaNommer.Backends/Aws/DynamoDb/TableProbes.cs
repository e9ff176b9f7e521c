using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>Every permission of DynamoDB, tried on an item of its own.</summary>
internal sealed class TableProbes(DynamoConnection connection, TableSetup setup, CancellationToken cancellation)
{
    private readonly Item key = new ItemKey($"doctor/{Guid.NewGuid():N}", "doctor").ToItem();

    private string Table => connection.Table;

    private TableQuery InTable => new(key[Names.Partition].S) { Limit = 1 };

    private TableQuery InIndex => InTable with { Index = Spread.List.Index, KeyName = Spread.List.Key };

    public IEnumerable<AwsProbe> All() =>
    [
        new("dynamodb:CreateTable", () => setup.CreateAsync(cancellation)),
        new("dynamodb:DescribeTimeToLive", () => setup.HasExpiryAsync(cancellation)),
        new("dynamodb:UpdateTimeToLive", () => setup.EnableExpiryAsync(cancellation)),
        Of("GetItem", client => client.GetItemAsync(Table, key, cancellation)),
        Of("BatchGetItem", client => client.BatchGetItemAsync(
            new Dictionary<string, KeysAndAttributes> { [Table] = new() { Keys = [key] } }, cancellation)),
        Of("Query", client => client.QueryAsync(InTable.ToRequest(Table, null), cancellation)),
        Of("Query", client => client.QueryAsync(InIndex.ToRequest(Table, null), cancellation)),
        Of("Scan", client => client.ScanAsync(new ScanRequest { TableName = Table, Limit = 1 }, cancellation)),
        Of("PutItem", client => client.PutItemAsync(Table, new Item(key) { [Names.Expires] = Values.Of(1) }, cancellation)),
        Of("UpdateItem", client => client.UpdateItemAsync(
            Table, key, new Dictionary<string, AttributeValueUpdate> { [Names.Version] = new(Values.Of(1), AttributeAction.PUT) }, cancellation)),
        Of("DeleteItem", client => client.DeleteItemAsync(Table, key, cancellation)),
        Of("BatchWriteItem", client => client.BatchWriteItemAsync(
            new Dictionary<string, List<WriteRequest>> { [Table] = [new WriteRequest(new DeleteRequest(key))] }, cancellation)),
    ];

    private AwsProbe Of<T>(string action, Func<AmazonDynamoDBClient, Task<T>> call) =>
        new($"dynamodb:{action}", () => connection.CallAsync(action, call, cancellation));
}
