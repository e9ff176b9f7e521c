using MediaNommer.Core.Jobs;
using MediaNommer.Core.Leases;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Notifications;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <content>Nodes, leases and the outbox of notifications.</content>
internal sealed partial class DynamoJobStore
{
    public async Task<IReadOnlyList<Node>> ListNodesAsync(CancellationToken cancellation)
    {
        var shards = await Task.WhenAll(
            Spread.Nodes.AllKeys(Kinds.Nodes).Select(key => table.ReadAllAsync(new TableQuery(key), cancellation)));
        return [.. shards.SelectMany(items => items).Select(ReadNode).OrderBy(node => node.Id, StringComparer.Ordinal)];
    }

    public async Task<Node?> GetNodeAsync(string nodeId, CancellationToken cancellation)
    {
        if (!TableKeys.IsPossible(nodeId))
            return null;
        var item = await table.GetAsync(TableKeys.Node(nodeId), cancellation);
        return item is null ? null : ReadNode(item);
    }

    public async Task<bool> TryPutNodeAsync(Node node, long expectedVersion, CancellationToken cancellation)
    {
        var item = TableKeys.Node(node.Id).ToItem();
        item[Names.Version] = Values.Of(node.Version);
        item[Names.Doc] = Values.Of(Packed.Pack(JobJson.Write(node)));
        item[Names.Expires] = Values.Of(Retention.OfNode(node.LastReportAt));
        var batch = table.NewBatch();
        batch.Put(item, Requirement.VersionIs(expectedVersion));
        return await table.WriteAsync(batch, cancellation) is null;
    }

    public async Task RemoveNodeAsync(string nodeId, CancellationToken cancellation)
    {
        if (!TableKeys.IsPossible(nodeId))
            return;
        var batch = table.NewBatch();
        batch.Delete(TableKeys.Node(nodeId));
        await table.WriteAsync(batch, cancellation);
    }

    public Task<IReadOnlyList<Notification>> GetDueNotificationsAsync(
        DateTimeOffset now, int limit, CancellationToken cancellation) => outbox.GetDueAsync(now, limit, cancellation);

    public Task<DateTimeOffset?> GetNextNotificationTimeAsync(CancellationToken cancellation) =>
        outbox.GetNextTimeAsync(cancellation);

    public Task<bool> TryUpdateNotificationAsync(
        Notification notification, Notification? before, DeliveryAttempt? attempt, CancellationToken cancellation) =>
        outbox.TryUpdateAsync(notification, before, attempt, cancellation);

    public async Task<Lease?> GetLeaseAsync(string name, CancellationToken cancellation) =>
        await table.GetAsync(TableKeys.Lease(name), cancellation) is { } item
            ? JobJson.ReadLease(Packed.Unpack(item[Names.Doc].B))
            : null;

    public async Task<bool> TryPutLeaseAsync(Lease lease, long expectedVersion, CancellationToken cancellation)
    {
        var item = TableKeys.Lease(lease.Name).ToItem();
        item[Names.Version] = Values.Of(lease.Version);
        item[Names.Doc] = Values.Of(Packed.Pack(JobJson.Write(lease)));
        return await WriteAsync(batch => batch.Put(item, Requirement.VersionIs(expectedVersion)), cancellation);
    }

    public Task ProbeAsync(CancellationToken cancellation) =>
        WriteAsync(batch => batch.Put(TableKeys.Probe.ToItem()), cancellation);

    public async Task<NotificationRecord?> GetNotificationAsync(string notificationId, CancellationToken cancellation)
    {
        var key = TableKeys.Notification(notificationId);
        if (!TableKeys.IsPossible(key.Partition) || !TableKeys.IsPossible(key.Sort))
            return null;
        var item = await table.GetAsync(key, cancellation);
        return item is null ? null : JobOutbox.Read(item);
    }

    public async Task<NotificationPage> ListNotificationsAsync(
        NotificationQuery query, CancellationToken cancellation)
    {
        if (!TableKeys.IsPossible(query.JobId ?? "-") || !TableKeys.IsPossible(query.Cursor ?? "-"))
            return new NotificationPage([], Cursor: null);
        return query.JobId is { } jobId
            ? await ListNotificationsOfAsync(jobId, query, cancellation)
            : await ListAllNotificationsAsync(query, cancellation);
    }

    private async Task<NotificationPage> ListNotificationsOfAsync(
        string jobId, NotificationQuery query, CancellationToken cancellation)
    {
        var items = await table.ReadAllAsync(
            TableQuery.BeginningWith(new ItemKey(jobId, TableKeys.NotificationPrefix)), cancellation);
        var matches = items.Select(JobOutbox.Read)
            .Where(one => query.State is null || one.Notification.State == query.State)
            .Where(one => query.Cursor is null || string.CompareOrdinal(one.Notification.Id, query.Cursor) < 0)
            .OrderByDescending(one => one.Notification.Sequence)
            .ToList();
        var page = matches.Take(query.Limit).ToList();
        return new NotificationPage(page, matches.Count > page.Count ? page[^1].Notification.Id : null);
    }

    private async Task<NotificationPage> ListAllNotificationsAsync(
        NotificationQuery query, CancellationToken cancellation)
    {
        var (spread, kind) = query.State is { } state
            ? (Spread.State, Kinds.OfState(state))
            : (Spread.List, Kinds.Notifications);
        var reader = new SpreadReader(
            table, spread, spread.AllKeys(kind), query.Cursor is null ? null : ("<", query.Cursor), backwards: true,
            query.Limit);
        var entries = await reader.TakeAsync(query.Limit, cancellation);
        var items = await table.GetAsync([.. entries.Select(entry => entry.Key)], cancellation);
        var records = entries.Where(entry => items.ContainsKey(entry.Key))
            .Select(entry => JobOutbox.Read(items[entry.Key]))
            .Where(one => query.State is null || one.Notification.State == query.State)
            .ToList();
        return new NotificationPage(records, await reader.IsAtEndAsync(cancellation) ? null : entries[^1].Sort);
    }

    private static Node ReadNode(Item item) => JobJson.ReadNode(Packed.Unpack(item[Names.Doc].B));
}
