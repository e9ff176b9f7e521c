using MediaNommer.Core.Leases;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Core.Jobs;

/// <content>Nodes, leases and the outbox of notifications.</content>
public sealed partial class InMemoryJobStore
{
    private readonly SortedDictionary<string, Notification> outbox = new(NewestFirst);
    private readonly Dictionary<string, List<DeliveryAttempt>> deliveries = [];
    private readonly Dictionary<string, Lease> leases = [];

    /// <inheritdoc/>
    public Task<IReadOnlyList<Node>> ListNodesAsync(CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult<IReadOnlyList<Node>>([.. nodes.Values]);
    }

    /// <inheritdoc/>
    public Task<Node?> GetNodeAsync(string nodeId, CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult(nodes.GetValueOrDefault(nodeId));
    }

    /// <inheritdoc/>
    public Task<bool> TryPutNodeAsync(Node node, long expectedVersion, CancellationToken cancellation)
    {
        lock (gate)
        {
            if ((nodes.GetValueOrDefault(node.Id)?.Version ?? 0) != expectedVersion)
                return Task.FromResult(false);
            nodes[node.Id] = node;
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task RemoveNodeAsync(string nodeId, CancellationToken cancellation)
    {
        lock (gate)
            nodes.Remove(nodeId);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Lease?> GetLeaseAsync(string name, CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult(leases.GetValueOrDefault(name));
    }

    /// <inheritdoc/>
    public Task<bool> TryPutLeaseAsync(Lease lease, long expectedVersion, CancellationToken cancellation)
    {
        lock (gate)
        {
            if ((leases.GetValueOrDefault(lease.Name)?.Version ?? 0) != expectedVersion)
                return Task.FromResult(false);
            leases[lease.Name] = lease;
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Notification>> GetDueNotificationsAsync(
        DateTimeOffset now, int limit, CancellationToken cancellation)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<Notification>>(
                [.. Heads().Where(head => head.NextAttemptAt <= now).OrderBy(head => head.NextAttemptAt).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<DateTimeOffset?> GetNextNotificationTimeAsync(CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult(Heads().Min(head => (DateTimeOffset?)head.NextAttemptAt));
    }

    /// <inheritdoc/>
    public Task<bool> TryUpdateNotificationAsync(
        Notification notification, Notification? before, DeliveryAttempt? attempt, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (!outbox.TryGetValue(notification.Id, out var stored) || before?.StandsAs(stored) == false)
                return Task.FromResult(false);
            outbox[notification.Id] = notification;
            if (attempt is not null)
            {
                if (!deliveries.TryGetValue(notification.Id, out var earlier))
                    deliveries[notification.Id] = earlier = [];
                earlier.Add(attempt);
            }
        }

        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public Task<NotificationRecord?> GetNotificationAsync(string notificationId, CancellationToken cancellation)
    {
        lock (gate)
        {
            return Task.FromResult(
                outbox.TryGetValue(notificationId, out var notification) ? WithDeliveries(notification) : null);
        }
    }

    /// <inheritdoc/>
    public Task<NotificationPage> ListNotificationsAsync(NotificationQuery query, CancellationToken cancellation)
    {
        lock (gate)
        {
            var found = outbox.Values
                .Where(one => query.Cursor is null || string.CompareOrdinal(one.Id, query.Cursor) < 0)
                .Where(one => query.JobId is null || one.JobId == query.JobId)
                .Where(one => query.State is null || one.State == query.State)
                .Take(query.Limit + 1)
                .ToList();
            var page = found.Take(query.Limit).Select(WithDeliveries).ToList();
            return Task.FromResult(
                new NotificationPage(page, found.Count > page.Count ? page[^1].Notification.Id : null));
        }
    }

    /// <summary>Of each job the oldest notification that is still to be delivered.</summary>
    private IEnumerable<Notification> Heads() => outbox.Values
        .Where(one => one.State == NotificationState.Pending)
        .GroupBy(one => one.JobId)
        .Select(ofJob => ofJob.MinBy(one => one.Sequence)!);

    private bool HasUndelivered(string jobId) =>
        outbox.Values.Any(one => one.JobId == jobId && one.State == NotificationState.Pending);

    private NotificationRecord WithDeliveries(Notification notification) =>
        new(notification, [.. deliveries.GetValueOrDefault(notification.Id, [])]);
}
