using System.Globalization;
using MediaNommer.Core.Notifications;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// What a job still has to tell, in one item: while a transaction is being written, other reads of several items may see
/// a part of it.
/// </summary>
/// <param name="JobId">The job.</param>
/// <param name="Version">Counts the changes; 0 before the first.</param>
/// <param name="Pending">The numbers of the notifications that are to be delivered, and when each is tried next.</param>
internal sealed record OutboxRecord(string JobId, long Version, IReadOnlyDictionary<int, DateTimeOffset> Pending)
{
    /// <summary>Present where a notification is to be delivered.</summary>
    public const string PendingName = "pending";

    // In front of the id of the notification in an entry.
    private const int TimeLength = 19;

    /// <summary>The sort key of the job's entry in the list of what is due, or null when nothing is to be delivered.</summary>
    public string? Entry
    {
        get
        {
            if (Pending.Count == 0)
                return null;
            var (number, time) = Pending.MinBy(one => one.Key);
            return string.Create(CultureInfo.InvariantCulture, $"{Values.Sortable(time)}#{JobId}-{number:D6}");
        }
    }

    /// <summary>The record in an item, or the one before the first change.</summary>
    public static OutboxRecord Read(string jobId, Item? item)
    {
        var pending = new Dictionary<int, DateTimeOffset>();
        foreach (var one in item?.Text(PendingName)?.Split(' ') ?? [])
        {
            var parts = one.Split(':');
            pending[int.Parse(parts[0], CultureInfo.InvariantCulture)] = Values.Time(parts[1]);
        }

        return new OutboxRecord(jobId, item?.Number(Names.Version) ?? 0, pending);
    }

    /// <summary>When an entry is due, and the id of its notification.</summary>
    public static (DateTimeOffset Due, string NotificationId) ReadEntry(string entry) =>
        (Values.Time(entry[..TimeLength]), entry[(TimeLength + 1)..]);

    /// <summary>The record after a change of these notifications.</summary>
    public OutboxRecord After(params IEnumerable<Notification> notifications)
    {
        var pending = new Dictionary<int, DateTimeOffset>(Pending);
        foreach (var one in notifications)
        {
            if (one.State == NotificationState.Pending)
                pending[one.Sequence] = one.NextAttemptAt;
            else
                pending.Remove(one.Sequence);
        }

        return this with { Version = Version + 1, Pending = pending };
    }

    /// <summary>The record as an item.</summary>
    public Item ToItem()
    {
        var item = TableKeys.Outbox(JobId).ToItem();
        item[Names.Version] = Values.Of(Version);
        if (Pending.Count > 0)
            item[PendingName] = Values.Of(string.Join(' ', Pending.Select(
                one => string.Create(CultureInfo.InvariantCulture, $"{one.Key}:{Values.Sortable(one.Value)}"))));
        return item;
    }
}
