using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>Reads and writes items of the table. Reads of the table itself are consistent.</summary>
internal sealed partial class DynamoTable(DynamoConnection connection)
{
    /// <summary>An empty batch of writes.</summary>
    public WriteBatch NewBatch() => new(connection.Table);

    /// <summary>An item, or null.</summary>
    public async Task<Item?> GetAsync(ItemKey key, CancellationToken cancellation)
    {
        var request = new GetItemRequest { TableName = connection.Table, Key = key.ToItem(), ConsistentRead = true };
        var answer = await connection.CallAsync(
            "GetItem", client => client.GetItemAsync(request, cancellation), cancellation);
        return answer.Item is { Count: > 0 } item ? item : null;
    }

    /// <summary>One page of a query.</summary>
    public async Task<TablePage> ReadAsync(TableQuery query, Item? start, CancellationToken cancellation)
    {
        var answer = await connection.CallAsync(
            "Query", client => client.QueryAsync(query.ToRequest(connection.Table, start), cancellation), cancellation);
        return new TablePage(answer.Items ?? [], answer.LastEvaluatedKey is { Count: > 0 } next ? next : null);
    }

    /// <summary>All items of a query, however many pages they take.</summary>
    public async Task<List<Item>> ReadAllAsync(TableQuery query, CancellationToken cancellation)
    {
        var items = new List<Item>();
        Item? next = null;
        do
        {
            var page = await ReadAsync(query, next, cancellation);
            items.AddRange(page.Items);
            next = page.Next;
        }
        while (next is not null);
        return items;
    }

    /// <summary>How many items a query finds.</summary>
    public async Task<int> CountAsync(TableQuery query, CancellationToken cancellation)
    {
        var count = 0;
        Item? next = null;
        do
        {
            var request = query.ToRequest(connection.Table, next);
            request.Select = Select.COUNT;
            var answer = await connection.CallAsync(
                "Query", client => client.QueryAsync(request, cancellation), cancellation);
            count += answer.Count ?? 0;
            next = answer.LastEvaluatedKey is { Count: > 0 } more ? more : null;
        }
        while (next is not null);
        return count;
    }

    /// <summary>Writes all of a batch, or nothing.</summary>
    /// <returns>Null when it is written; otherwise the first write whose requirement was not met.</returns>
    public async Task<Refusal?> WriteAsync(WriteBatch batch, CancellationToken cancellation)
    {
        var (index, stored) = await TryWriteAsync(batch, cancellation);
        if (index < 0)
            return null;
        // Not every server sends the item with its refusal.
        stored ??= await GetAsync(KeyOf(batch.Writes[index]), cancellation);
        // Written already, by a try whose answer got lost.
        return stored?.Text(Names.Stamp) == batch.Stamp ? null : new Refusal(index, stored ?? []);
    }

    private async Task<(int Refused, Item? Stored)> TryWriteAsync(WriteBatch batch, CancellationToken cancellation)
    {
        try
        {
            await (batch.Writes is [var single] ? WriteSingleAsync(single, cancellation) : WriteTogetherAsync(batch, cancellation));
            return (-1, null);
        }
        catch (ConditionalCheckFailedException e)
        {
            return (0, e.Item is { Count: > 0 } item ? item : null);
        }
        catch (TransactionCanceledException e)
        {
            var index = DynamoErrors.RefusedIndexOf(e);
            return (index, e.CancellationReasons[index].Item is { Count: > 0 } item ? item : null);
        }
    }

    private Task WriteTogetherAsync(WriteBatch batch, CancellationToken cancellation)
    {
        var request = new TransactWriteItemsRequest { TransactItems = [.. batch.Writes], ClientRequestToken = batch.Stamp };
        return connection.CallAsync(
            "TransactWriteItems", client => client.TransactWriteItemsAsync(request, cancellation), cancellation);
    }

    // One write needs no transaction, which would cost twice as much.
    private Task WriteSingleAsync(TransactWriteItem write, CancellationToken cancellation)
    {
        if (write.Put is { } put)
        {
            var request = new PutItemRequest
            {
                TableName = put.TableName, Item = put.Item, ConditionExpression = put.ConditionExpression,
                ExpressionAttributeValues = put.ExpressionAttributeValues,
                ReturnValuesOnConditionCheckFailure = put.ReturnValuesOnConditionCheckFailure,
            };
            return connection.CallAsync("PutItem", client => client.PutItemAsync(request, cancellation), cancellation);
        }

        if (write.Update is { } update)
        {
            var request = new UpdateItemRequest
            {
                TableName = update.TableName, Key = update.Key, UpdateExpression = update.UpdateExpression,
                ConditionExpression = update.ConditionExpression,
                ExpressionAttributeValues = update.ExpressionAttributeValues,
                ReturnValuesOnConditionCheckFailure = update.ReturnValuesOnConditionCheckFailure,
            };
            return connection.CallAsync("UpdateItem", client => client.UpdateItemAsync(request, cancellation), cancellation);
        }

        var deletion = new DeleteItemRequest
        {
            TableName = write.Delete.TableName, Key = write.Delete.Key, ConditionExpression = write.Delete.ConditionExpression,
            ExpressionAttributeValues = write.Delete.ExpressionAttributeValues,
            ReturnValuesOnConditionCheckFailure = write.Delete.ReturnValuesOnConditionCheckFailure,
        };
        return connection.CallAsync("DeleteItem", client => client.DeleteItemAsync(deletion, cancellation), cancellation);
    }

    private static ItemKey KeyOf(TransactWriteItem write) =>
        ItemKey.Of(write.Put?.Item ?? write.Update?.Key ?? write.Delete.Key);
}
