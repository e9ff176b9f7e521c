using System.Data.Common;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Leases;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Backends.Sqlite;

/// <content>Nodes, leases and the outbox of notifications.</content>
internal sealed partial class SqliteJobStore
{
    public Task<IReadOnlyList<Node>> ListNodesAsync(CancellationToken cancellation) =>
        file.ReadAsync<IReadOnlyList<Node>>(session => session.Query("SELECT doc FROM nodes ORDER BY id", ReadNode));

    public Task<Node?> GetNodeAsync(string nodeId, CancellationToken cancellation) =>
        file.ReadAsync(session => session.First("SELECT doc FROM nodes WHERE id=?1", ReadNode, nodeId));

    public Task<bool> TryPutNodeAsync(Node node, long expectedVersion, CancellationToken cancellation)
    {
        var doc = JobJson.Write(node);
        return file.WriteAsync(
            session => expectedVersion == 0
                ? session.Execute(
                    "INSERT INTO nodes(id, version, doc) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    node.Id, node.Version, doc) > 0
                : session.Execute(
                    "UPDATE nodes SET version=?2, doc=?3 WHERE id=?1 AND version=?4",
                    node.Id, node.Version, doc, expectedVersion) > 0,
            cancellation, durability: Durability.Crash);
    }

    public Task RemoveNodeAsync(string nodeId, CancellationToken cancellation) =>
        file.WriteAsync(session => session.Execute("DELETE FROM nodes WHERE id=?1", nodeId), cancellation);

    public Task<IReadOnlyList<Notification>> GetDueNotificationsAsync(
        DateTimeOffset now, int limit, CancellationToken cancellation) =>
        file.ReadAsync<IReadOnlyList<Notification>>(session => session.Query(
            "SELECT doc FROM outbox WHERE is_head=1 AND next_attempt<=?1 ORDER BY next_attempt LIMIT ?2",
            ReadNotification, now.UtcTicks, limit));

    public Task<DateTimeOffset?> GetNextNotificationTimeAsync(CancellationToken cancellation) =>
        file.ReadAsync(session => session.First<DateTimeOffset?>(
            "SELECT next_attempt FROM outbox WHERE is_head=1 ORDER BY next_attempt LIMIT 1",
            row => new DateTimeOffset(row.GetInt64(0), TimeSpan.Zero)));

    public Task<bool> TryUpdateNotificationAsync(
        Notification notification, Notification? before, DeliveryAttempt? attempt, CancellationToken cancellation)
    {
        var doc = JobJson.Write(notification);
        var attemptDoc = attempt is null ? null : JobJson.Write(attempt);
        return file.WriteAsync(
            session =>
            {
                if (session.First("SELECT doc FROM outbox WHERE id=?1", ReadNotification, notification.Id) is not { } stored
                    || before?.StandsAs(stored) == false)
                    return false;
                session.Execute(
                    "UPDATE outbox SET state=?2, next_attempt=?3, doc=?4 WHERE id=?1",
                    notification.Id, (int)notification.State, notification.NextAttemptAt.UtcTicks, doc);
                if (attemptDoc is not null)
                    session.Execute(
                        """
                        INSERT INTO deliveries(notification_id, number, doc)
                        SELECT ?1, coalesce(max(number), 0) + 1, ?2 FROM deliveries WHERE notification_id=?1
                        """,
                        notification.Id, attemptDoc);
                OutboxHeads.Settle(session, notification.JobId);
                return true;
            },
            cancellation,
            // A claim ends with the machine, as the claimer does.
            durability: notification.ClaimedBy is null ? Durability.PowerCut : Durability.Crash);
    }

    public Task<Lease?> GetLeaseAsync(string name, CancellationToken cancellation) =>
        file.ReadAsync(session => session.First(
            "SELECT doc FROM leases WHERE name=?1", row => JobJson.ReadLease(row.GetString(0)), name));

    public Task<bool> TryPutLeaseAsync(Lease lease, long expectedVersion, CancellationToken cancellation)
    {
        var doc = JobJson.Write(lease);
        return file.WriteAsync(
            session => expectedVersion == 0
                ? session.Execute(
                    "INSERT INTO leases(name, version, doc) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    lease.Name, lease.Version, doc) > 0
                : session.Execute(
                    "UPDATE leases SET version=?2, doc=?3 WHERE name=?1 AND version=?4",
                    lease.Name, lease.Version, doc, expectedVersion) > 0,
            cancellation, durability: Durability.Crash);
    }

    public Task<NotificationRecord?> GetNotificationAsync(string notificationId, CancellationToken cancellation) =>
        file.ReadAsync(session =>
            session.First("SELECT doc FROM outbox WHERE id=?1", ReadNotification, notificationId) is { } found
                ? WithDeliveries(session, found)
                : null);

    public Task<NotificationPage> ListNotificationsAsync(NotificationQuery query, CancellationToken cancellation) =>
        file.ReadAsync(session =>
        {
            var found = FindNotifications(session, query);
            var page = found.Take(query.Limit).Select(one => WithDeliveries(session, one)).ToList();
            return new NotificationPage(page, found.Count > page.Count ? page[^1].Notification.Id : null);
        });

    private static List<Notification> FindNotifications(SqliteSession session, NotificationQuery query)
    {
        var cursor = query.Cursor ?? NewerThanAll;
        var oneMore = query.Limit + 1;
        if (query.JobId is { } jobId)
            return session.Query(
                """
                SELECT doc FROM outbox INDEXED BY outbox_by_job
                WHERE job_id=?1 AND id<?2 AND (?3 IS NULL OR state=?3) ORDER BY sequence DESC LIMIT ?4
                """,
                ReadNotification, jobId, cursor, (int?)query.State, oneMore);
        return query.State is { } state
            ? session.Query(
                "SELECT doc FROM outbox WHERE state=?1 AND id<?2 ORDER BY id DESC LIMIT ?3",
                ReadNotification, (int)state, cursor, oneMore)
            : session.Query(
                "SELECT doc FROM outbox WHERE id<?1 ORDER BY id DESC LIMIT ?2", ReadNotification, cursor, oneMore);
    }

    private static NotificationRecord WithDeliveries(SqliteSession session, Notification notification) => new(
        notification,
        session.Query(
            "SELECT doc FROM deliveries WHERE notification_id=?1 ORDER BY number",
            row => JobJson.ReadDelivery(row.GetString(0)), notification.Id));

    private static Node ReadNode(DbDataReader row) => JobJson.ReadNode(row.GetString(0));

    private static Notification ReadNotification(DbDataReader row) => JobJson.ReadNotification(row.GetString(0));
}
