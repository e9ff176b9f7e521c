using System.Globalization;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <content>
/// The outbox. The notifications of a job are in its item. Whoever adds some to it cannot know when the oldest one is
/// due, so <see cref="JobAttributes.Outbox"/> is only a time before which none is; whoever reads it puts it right.
/// </content>
internal sealed partial class SimpleDbJobStore
{
    private const int MaxConflicts = 50;
    private const int ItemsPerLook = 50;
    private const int MaxListed = 100;

    // Behind every time, before "never".
    private const string AnyTime = "9";

    public async Task<IReadOnlyList<Notification>> GetDueNotificationsAsync(
        DateTimeOffset now, int limit, CancellationToken cancellation)
    {
        var heads = await HeadsAsync(SdbName.Time(now), now, limit, cancellation);
        return [.. heads.Where(head => head.NextAttemptAt <= now)];
    }

    public async Task<DateTimeOffset?> GetNextNotificationTimeAsync(CancellationToken cancellation) =>
        (await HeadsAsync(AnyTime, clock.GetUtcNow(), 1, cancellation)).FirstOrDefault()?.NextAttemptAt;

    public async Task<bool> TryUpdateNotificationAsync(
        Notification notification, Notification? before, DeliveryAttempt? attempt, CancellationToken cancellation)
    {
        var job = SdbName.Of(notification.JobId);
        for (var tries = 0; tries < MaxConflicts; tries++)
        {
            if (await archive.ReadAsync(job, cancellation) is not ({ } item, { } past)
                || past.Notes.FirstOrDefault(note => note.Notification.Id == notification.Id) is not { } stored)
                return false;
            // A write whose answer got lost is known by what it wrote.
            if (before?.StandsAs(stored.Notification) == false)
                return tries > 0 && notification.StandsAs(stored.Notification);
            // Two attempts are never the same to the tick; this one was written before its answer got lost.
            var isNew = attempt is not null && !(tries > 0 && stored.Deliveries.Contains(attempt));
            var written = new NotificationRecord(
                notification, isNew ? [.. stored.Deliveries.TakeLast(JobRoom.Deliveries - 1), attempt!] : stored.Deliveries);
            var all = past.Notes.Select(note => note == stored ? notification : note.Notification).ToList();
            SdbAttribute[] attributes = [.. JobAttributes.OfNote(written), .. JobAttributes.OfOutbox(item.Name, all)];
            if (await archive.TryPutAsync(job, attributes, item.IsUnchanged, cancellation))
                return true;
        }

        throw new BackendUnavailableException(
            $"Job {notification.JobId} was changed by others {MaxConflicts} times in a row; its notification "
            + $"{notification.Id} could not be written.");
    }

    public async Task<NotificationRecord?> GetNotificationAsync(string notificationId, CancellationToken cancellation)
    {
        var dash = notificationId.LastIndexOf('-');
        return dash > 0 && await archive.ReadAsync(SdbName.Of(notificationId[..dash]), cancellation) is ({ }, { } past)
            ? past.Notes.FirstOrDefault(note => note.Notification.Id == notificationId)
            : null;
    }

    public async Task<NotificationPage> ListNotificationsAsync(
        NotificationQuery query, CancellationToken cancellation)
    {
        var found = new List<NotificationRecord>();
        await foreach (var past in PastsAsync(query, cancellation))
        {
            found.AddRange(past.Notes.Reverse()
                .Where(note => query.Cursor is null || string.CompareOrdinal(note.Notification.Id, query.Cursor) < 0)
                .Where(note => query.State is null || note.Notification.State == query.State));
            if (found.Count > query.Limit)
                break;
        }

        return found.Count > query.Limit
            ? new NotificationPage([.. found.Take(query.Limit)], found[query.Limit - 1].Notification.Id)
            : new NotificationPage(found, Cursor: null);
    }

    /// <summary>The past of every job that may have what is asked for, newest job first.</summary>
    private async IAsyncEnumerable<JobPast> PastsAsync(
        NotificationQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        if (query.JobId is { } jobId)
        {
            if (jobId.Length > 0 && await archive.ReadAsync(SdbName.Of(jobId), cancellation) is ({ }, { } whole))
                yield return whole;
            yield break;
        }

        var index = query.State is { } state ? JobAttributes.Told(state) : JobAttributes.Noted;
        // The id of a notification begins with that of its job, so the job of the cursor itself is among them.
        var where = $"where {index} >= '0' and {index} <= {SdbName.Quoted(SdbName.Cursor(query.Cursor))} "
            + $"order by {index} desc limit {Math.Min(query.Limit + 1, MaxListed)}";
        await foreach (var found in jobs.SelectAsync("*", where, cancellation))
        {
            if (await CurrentPastAsync(new JobItem(found), cancellation) is { } past)
                yield return past;
        }
    }

    private async Task<JobPast?> CurrentPastAsync(JobItem item, CancellationToken cancellation) =>
        await archive.ReadPastAsync(item, cancellation) ?? (await archive.ReadAsync(item.Name, cancellation))?.Past;

    /// <summary>
    /// Of each job with something to deliver the notification whose turn it is, soonest first, as far as the bound.
    /// Reads on only while what was found can still be overtaken.
    /// </summary>
    private async Task<IReadOnlyList<Notification>> HeadsAsync(
        string bound, DateTimeOffset now, int limit, CancellationToken cancellation)
    {
        var heads = new PriorityQueue<Notification, string>(Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a)));
        var where = $"where {JobAttributes.Outbox} <= {SdbName.Quoted(bound)} order by {JobAttributes.Outbox} limit {ItemsPerLook}";
        await foreach (var found in jobs.SelectAsync("*", where, cancellation))
        {
            var item = new JobItem(found);
            if (heads.Count >= limit && heads.TryPeek(out _, out var latest) && string.CompareOrdinal(item.Outbox, latest) > 0)
                break;
            if (await CurrentPastAsync(item, cancellation) is not { } past)
                continue;
            var head = JobAttributes.Head(past.Notes.Select(note => note.Notification));
            var time = SdbName.Time(head?.NextAttemptAt);
            // Of one that is due now the delivery will write the time anyway.
            if (time != item.Outbox && string.CompareOrdinal(time, SdbName.Time(now)) > 0)
                await jobs.TryPutAsync(item.Name, [new SdbAttribute(JobAttributes.Outbox, time)], item.IsUnchanged, cancellation);
            if (head is null || string.CompareOrdinal(time, bound) > 0)
                continue;
            heads.Enqueue(head, time);
            if (heads.Count > limit)
                heads.Dequeue();
        }

        return [.. heads.UnorderedItems.OrderBy(one => one.Priority, StringComparer.Ordinal).Select(one => one.Element)];
    }
}
