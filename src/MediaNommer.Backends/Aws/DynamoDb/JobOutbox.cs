using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// The outbox. Of each job that has notifications to deliver, the oldest has an entry in a list by time, which is in the
/// table itself, not in an index, so that feederd sees at once what it was woken for. Each change is made from the record
/// of the job that was read, and repeated when that has changed.
/// </summary>
internal sealed class JobOutbox(DynamoTable table, Retention retention)
{
    private const string Deliveries = "deliveries";
    private const int MostDeliveries = 500;

    /// <summary>Adds new notifications of a job to the writes of its change.</summary>
    public void Add(WriteBatch batch, OutboxRecord record, IReadOnlyList<Notification> notifications)
    {
        foreach (var notification in notifications)
            batch.Put(ItemOf(notification, []));
        AddRecord(batch, record, record.After(notifications), notifications[0].CreatedAt);
    }

    /// <summary>The outbox's record of a job.</summary>
    public async Task<OutboxRecord> ReadRecordAsync(string jobId, CancellationToken cancellation) =>
        OutboxRecord.Read(jobId, await table.GetAsync(TableKeys.Outbox(jobId), cancellation));

    /// <summary>Writes the new standing of a notification, if it still stands as before.</summary>
    public async Task<bool> TryUpdateAsync(
        Notification notification, Notification? before, DeliveryAttempt? attempt, CancellationToken cancellation)
    {
        while (true)
        {
            var record = await ReadRecordAsync(notification.JobId, cancellation);
            var known = await table.GetAsync(TableKeys.Notification(notification.Id), cancellation);
            if (record.Version == 0 || known is null || before?.StandsAs(ReadNotification(known)) == false)
                return false;
            var batch = table.NewBatch();
            batch.Put(ItemOf(notification, DeliveriesOf(known, attempt)));
            AddRecord(batch, record, record.After(notification), notification.CreatedAt);
            if (await table.WriteAsync(batch, cancellation) is null)
                return true;
        }
    }

    /// <summary>The next notification of each job whose time has come, most overdue first.</summary>
    public async Task<IReadOnlyList<Notification>> GetDueAsync(
        DateTimeOffset now, int limit, CancellationToken cancellation)
    {
        var reader = NewReader(("<", Values.Sortable(now.AddTicks(1))), limit);
        var keys = (await reader.TakeAsync(limit, cancellation))
            .ConvertAll(entry => TableKeys.Notification(OutboxRecord.ReadEntry(entry.Sort).NotificationId));
        var items = await table.GetAsync(keys, cancellation);
        return [.. keys.Where(items.ContainsKey).Select(key => ReadNotification(items[key]))
            .Where(one => one.State == NotificationState.Pending && one.NextAttemptAt <= now)];
    }

    /// <summary>When the next one is due, or null.</summary>
    public async Task<DateTimeOffset?> GetNextTimeAsync(CancellationToken cancellation)
    {
        var first = await NewReader(range: null, wanted: 1).TakeAsync(1, cancellation);
        return first.Count == 0 ? null : OutboxRecord.ReadEntry(first[0].Sort).Due;
    }

    /// <summary>A notification with its deliveries.</summary>
    public static NotificationRecord Read(Item item) => new(ReadNotification(item), [.. ReadDeliveries(item)]);

    private SpreadReader NewReader((string Operator, string Value)? range, int wanted) =>
        new(table, Spread.Outbox, Spread.Outbox.AllKeys(Kinds.Outbox), range, backwards: false, wanted);

    private static Notification ReadNotification(Item item) =>
        JobJson.ReadNotification(Packed.Unpack(item[Names.Doc].B));

    private static IEnumerable<DeliveryAttempt> ReadDeliveries(Item item) =>
        item.GetValueOrDefault(Deliveries) is { B: { } packed }
            ? Packed.Unpack(packed).Split('\n').Select(JobJson.ReadDelivery)
            : [];

    private static IEnumerable<DeliveryAttempt> DeliveriesOf(Item known, DeliveryAttempt? attempt) =>
        (attempt is null ? ReadDeliveries(known) : ReadDeliveries(known).Append(attempt)).TakeLast(MostDeliveries);

    private Item ItemOf(Notification notification, IEnumerable<DeliveryAttempt> deliveries)
    {
        var item = TableKeys.Notification(notification.Id).ToItem();
        item[Names.Id] = Values.Of(notification.Id);
        item[Names.ListKey] = Values.Of(Spread.List.KeyOf(Kinds.Notifications, notification.JobId));
        item[Names.StateKey] = Values.Of(Spread.State.KeyOf(Kinds.OfState(notification.State), notification.JobId));
        item[Names.Doc] = Values.Of(Packed.Pack(JobJson.Write(notification)));
        item[Names.Expires] = Values.Of(retention.OfJob(notification.CreatedAt));
        var lines = string.Join('\n', deliveries.Select(JobJson.Write));
        if (lines.Length > 0)
            item[Deliveries] = Values.Of(Packed.Pack(lines));
        return item;
    }

    /// <summary>Adds the writes of a job's record, and of its entry where that moves.</summary>
    private void AddRecord(WriteBatch batch, OutboxRecord before, OutboxRecord after, DateTimeOffset written)
    {
        var expires = Values.Of(retention.OfJob(written));
        var record = after.ToItem();
        record[Names.Expires] = expires;
        batch.Put(record, Requirement.VersionIs(before.Version));
        if (before.Entry == after.Entry)
            return;
        var list = Spread.Outbox.KeyOf(Kinds.Outbox, before.JobId);
        if (before.Entry is { } old)
            batch.Delete(new ItemKey(list, old));
        if (after.Entry is not { } entry)
            return;
        var item = new ItemKey(list, entry).ToItem();
        item[Names.Expires] = expires;
        batch.Put(item);
    }
}
