using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>Makes the table when it is missing, and waits until it can be used.</summary>
internal sealed class TableSetup(DynamoConnection connection, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private static readonly Spread[] Indexes = [Spread.List, Spread.State, Spread.Agenda];

    /// <summary>Makes sure that the table is there. Safe to call by many at once.</summary>
    public async Task EnsureAsync(CancellationToken cancellation)
    {
        var table = await DescribeAsync(cancellation);
        await RequireTransactionsAsync(cancellation);
        table ??= await CreateAsync(cancellation);
        var started = clock.GetTimestamp();
        while (table is null || !IsReady(table))
        {
            if (clock.GetElapsedTime(started) > Patience)
                throw connection.Errors.AboutTable($"is still not ready after {Patience.TotalMinutes:0} minutes.");
            await Task.Delay(Pause, clock, cancellation);
            table = await DescribeAsync(cancellation);
        }

        RequireOurs(table);
        if (!await HasExpiryAsync(cancellation))
            await EnableExpiryAsync(cancellation);
    }

    /// <summary>True when a table of that name is there.</summary>
    public async Task<bool> ExistsAsync(CancellationToken cancellation) => await DescribeAsync(cancellation) is not null;

    /// <summary>Deletes the table with everything in it.</summary>
    public Task DropAsync(CancellationToken cancellation) => connection.CallAsync(
        "DeleteTable", client => client.DeleteTableAsync(connection.Table, cancellation), cancellation);

    private async Task<TableDescription?> DescribeAsync(CancellationToken cancellation)
    {
        var answer = await connection.CallAsync<DescribeTableResponse?>(
            "DescribeTable",
            async client =>
            {
                try
                {
                    return await client.DescribeTableAsync(connection.Table, cancellation);
                }
                catch (ResourceNotFoundException)
                {
                    return null;
                }
            },
            cancellation);
        return answer?.Table;
    }

    /// <summary>Makes the table; null when it is there, or another process is making it.</summary>
    public Task<TableDescription?> CreateAsync(CancellationToken cancellation)
    {
        var request = new CreateTableRequest
        {
            TableName = connection.Table, BillingMode = BillingMode.PAY_PER_REQUEST,
            KeySchema = [Key(Names.Partition, KeyType.HASH), Key(Names.Sort, KeyType.RANGE)],
            AttributeDefinitions =
            [
                .. Indexes.SelectMany(index => (string[])[index.Key, index.Sort])
                    .Concat([Names.Partition, Names.Sort]).Distinct()
                    .Select(name => new AttributeDefinition(name, ScalarAttributeType.S)),
            ],
            GlobalSecondaryIndexes =
            [
                .. Indexes.Select(index => new GlobalSecondaryIndex
                {
                    IndexName = index.Index, Projection = new Projection { ProjectionType = ProjectionType.KEYS_ONLY },
                    KeySchema = [Key(index.Key, KeyType.HASH), Key(index.Sort, KeyType.RANGE)],
                }),
            ],
        };
        return connection.CallAsync<TableDescription?>(
            "CreateTable",
            async client =>
            {
                try
                {
                    return (await client.CreateTableAsync(request, cancellation)).TableDescription;
                }
                catch (ResourceInUseException)
                {
                    return null;
                }
            },
            cancellation);
    }

    /// <summary>Not every server has them; better to know now than at the first job.</summary>
    private Task RequireTransactionsAsync(CancellationToken cancellation) => connection.IsAmazon
        ? Task.CompletedTask
        : connection.CallAsync<TransactWriteItemsResponse?>(
            "TransactWriteItems",
            async client =>
            {
                try
                {
                    return await client.TransactWriteItemsAsync(new() { TransactItems = [] }, cancellation);
                }
                catch (AmazonServiceException e) when (!DynamoErrors.IsUnknown(e))
                {
                    // It knows that an empty one is wrong. What else it has against it will be said by the next request.
                    return null;
                }
            },
            cancellation);

    /// <summary>True when DynamoDB deletes what has expired, or never will.</summary>
    public async Task<bool> HasExpiryAsync(CancellationToken cancellation)
    {
        var described = await IfKnownAsync(
            "DescribeTimeToLive", client => client.DescribeTimeToLiveAsync(connection.Table, cancellation), cancellation);
        var status = described?.TimeToLiveDescription?.TimeToLiveStatus;
        return described is null || status == TimeToLiveStatus.ENABLED || status == TimeToLiveStatus.ENABLING;
    }

    /// <summary>Lets DynamoDB delete what has expired.</summary>
    public Task EnableExpiryAsync(CancellationToken cancellation)
    {
        var request = new UpdateTimeToLiveRequest
        {
            TableName = connection.Table,
            TimeToLiveSpecification = new TimeToLiveSpecification { AttributeName = Names.Expires, Enabled = true },
        };
        return IfKnownAsync<UpdateTimeToLiveResponse?>(
            "UpdateTimeToLive",
            async client =>
            {
                try
                {
                    return await client.UpdateTimeToLiveAsync(request, cancellation);
                }
                catch (AmazonDynamoDBException e) when (e.ErrorCode == "ValidationException")
                {
                    // It does so already.
                    return null;
                }
            },
            cancellation);
    }

    // Not every server knows how things expire; the pruner deletes as well.
    private async Task<T?> IfKnownAsync<T>(
        string action, Func<AmazonDynamoDBClient, Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await connection.CallAsync(action, call, cancellation);
        }
        catch (AwsException e) when (e.InnerException is AmazonServiceException inner && DynamoErrors.IsUnknown(inner))
        {
            return default;
        }
    }

    private void RequireOurs(TableDescription table)
    {
        var isOurs = Matches(table.KeySchema, Names.Partition, Names.Sort)
            && Indexes.All(index => table.GlobalSecondaryIndexes?.Any(
                one => one.IndexName == index.Index && Matches(one.KeySchema, index.Key, index.Sort)) ?? false);
        if (!isOurs)
            throw connection.Errors.AboutTable(
                "belongs to something else: its keys or indexes are not media-nommer's. Choose another name with "
                + "Aws:DynamoDb:TableName.");
    }

    private static bool Matches(List<KeySchemaElement>? keys, string partition, string sort) =>
        keys is { Count: 2 }
        && keys.Any(key => key.KeyType == KeyType.HASH && key.AttributeName == partition)
        && keys.Any(key => key.KeyType == KeyType.RANGE && key.AttributeName == sort);

    private static bool IsReady(TableDescription table) =>
        (table.TableStatus == TableStatus.ACTIVE || table.TableStatus == TableStatus.UPDATING)
        && (table.GlobalSecondaryIndexes ?? []).All(index => index.IndexStatus == IndexStatus.ACTIVE);

    private static KeySchemaElement Key(string name, KeyType type) => new(name, type);
}
