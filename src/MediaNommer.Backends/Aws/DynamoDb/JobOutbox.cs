using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// The outbox. Of each job that has notifications to deliver, the oldest has an entry in a list by time, which is in the
/// table itself, not in an index, so that feederd sees at once what it was woken for. A record of the job counts the
/// changes and knows the entry; each change is made from the record that was read, and repeated when that has changed.
/// </summary>
internal sealed class JobOutbox(DynamoTable table, Retention retention)
{
    /// <summary>Where a record has the sort key of the job's entry in the list.</summary>
    public const string Entry = "entry";

    private const string Deliveries = "deliveries";
    private const int MostDeliveries = 500;

    // In front of the id of the notification in an entry's sort key.
    private const int TimeLength = 20;

    /// <summary>Adds new notifications of a job to the writes of its change.</summary>
    /// <param name="batch">The writes.</param>
    /// <param name="notifications">All of one job; the oldest first.</param>
    /// <param name="record">The outbox's record of the job, or null when there is none.</param>
    public void Add(WriteBatch batch, IReadOnlyList<Notification> notifications, Item? record)
    {
        if (notifications.Count == 0)
            return;
        foreach (var notification in notifications)
            batch.Put(ItemOf(notification, []));
        var first = notifications.FirstOrDefault(one => one.State == NotificationState.Pending);
        AddRecord(batch, notifications[0], record, record?.Text(Entry) ?? (first is null ? null : EntryOf(first)));
    }

    /// <summary>The outbox's record of a job, or null.</summary>
    public Task<Item?> ReadRecordAsync(string jobId, CancellationToken cancellation) =>
        table.GetAsync(TableKeys.Outbox(jobId), cancellation);

    /// <summary>True when a job has a notification to deliver.</summary>
    public static bool HasUndelivered(Item record) => record.ContainsKey(Entry);

    /// <summary>Writes the new standing of a notification.</summary>
    public async Task UpdateAsync(Notification notification, DeliveryAttempt? attempt, CancellationToken cancellation)
    {
        var key = TableKeys.Notification(notification.Id);
        while (true)
        {
            var items = await table.ReadAllAsync(
                TableQuery.BeginningWith(TableKeys.Outbox(notification.JobId)), cancellation);
            var record = items.Find(item => ItemKey.Of(item).Sort == TableKeys.OutboxSort);
            var known = items.Find(item => ItemKey.Of(item) == key);
            if (record is null || known is null)
                return;

            var others = items.Where(item => item != record && item != known).Select(ReadNotification);
            var first = others.Append(notification)
                .Where(one => one.State == NotificationState.Pending).MinBy(one => one.Sequence);
            var batch = table.NewBatch();
            batch.Put(ItemOf(notification, DeliveriesOf(known, attempt)));
            AddRecord(batch, notification, record, first is null ? null : EntryOf(first));
            if (await table.WriteAsync(batch, cancellation) is null)
                return;
        }
    }

    /// <summary>The next notification of each job whose time has come, most overdue first.</summary>
    public async Task<IReadOnlyList<Notification>> GetDueAsync(
        DateTimeOffset now, int limit, CancellationToken cancellation)
    {
        var reader = NewReader(("<", Values.Sortable(now.UtcTicks + 1)), limit);
        var keys = (await reader.TakeAsync(limit, cancellation))
            .ConvertAll(entry => TableKeys.Notification(entry.Sort[TimeLength..]));
        var items = await table.GetAsync(keys, cancellation);
        return [.. keys.Where(items.ContainsKey).Select(key => ReadNotification(items[key]))
            .Where(one => one.State == NotificationState.Pending && one.NextAttemptAt <= now)];
    }

    /// <summary>When the next one is due, or null.</summary>
    public async Task<DateTimeOffset?> GetNextTimeAsync(CancellationToken cancellation)
    {
        var first = await NewReader(range: null, wanted: 1).TakeAsync(1, cancellation);
        return first.Count == 0
            ? null
            : new DateTimeOffset(
                long.Parse(first[0].Sort[..(TimeLength - 1)], System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero);
    }

    /// <summary>A notification with its deliveries.</summary>
    public static NotificationRecord Read(Item item) => new(ReadNotification(item), [.. ReadDeliveries(item)]);

    private SpreadReader NewReader((string Operator, string Value)? range, int wanted) =>
        new(table, Spread.Outbox, Spread.Outbox.AllKeys(Kinds.Outbox), range, backwards: false, wanted);

    private static string EntryOf(Notification notification) =>
        $"{Values.Sortable(notification.NextAttemptAt)}#{notification.Id}";

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
        item[Names.Expires] = Values.Of(retention.OfPart(notification.CreatedAt));
        var lines = string.Join('\n', deliveries.Select(JobJson.Write));
        if (lines.Length > 0)
            item[Deliveries] = Values.Of(Packed.Pack(lines));
        return item;
    }

    /// <summary>Adds the writes of a job's record, and of its entry where that moves.</summary>
    private void AddRecord(WriteBatch batch, Notification any, Item? before, string? entry)
    {
        var version = before?.Number(Names.Version) ?? 0;
        var record = TableKeys.Outbox(any.JobId).ToItem();
        record[Names.Version] = Values.Of(version + 1);
        record[Names.Expires] = Values.Of(retention.OfPart(any.CreatedAt));
        if (entry is not null)
            record[Entry] = Values.Of(entry);
        batch.Put(record, Requirement.VersionIs(version));

        var old = before?.Text(Entry);
        if (old == entry)
            return;
        var list = Spread.Outbox.KeyOf(Kinds.Outbox, any.JobId);
        if (old is not null)
            batch.Delete(new ItemKey(list, old));
        if (entry is null)
            return;
        var item = new ItemKey(list, entry).ToItem();
        item[Names.Expires] = Values.Of(retention.OfPart(any.CreatedAt));
        batch.Put(item);
    }
}
