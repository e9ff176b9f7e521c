using System.Globalization;
using System.Text;
using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>Where an item is in the table.</summary>
internal readonly record struct ItemKey(string Partition, string Sort)
{
    public Item ToItem() => new() { [Names.Partition] = Values.Of(Partition), [Names.Sort] = Values.Of(Sort) };

    public static ItemKey Of(Item item) => new(item[Names.Partition].S, item[Names.Sort].S);
}

/// <summary>The attributes of items that keys, indexes and conditions name. None is a reserved word of DynamoDB.</summary>
internal static class Names
{
    public const string Partition = "pk";
    public const string Sort = "sk";

    /// <summary>The sort key of the indexes of what is listed: the id of a job or of a notification.</summary>
    public const string Id = "id";

    public const string ListKey = "list_key";
    public const string StateKey = "state_key";
    public const string AgendaKey = "agenda_key";
    public const string AgendaAt = "agenda_at";

    /// <summary>Counts the writes of an item.</summary>
    public const string Version = "ver";

    /// <summary>Names the write that an item comes from, so that a write whose answer got lost knows itself again.</summary>
    public const string Stamp = "stamp";

    /// <summary>The record, as packed JSON.</summary>
    public const string Doc = "doc";

    /// <summary>When DynamoDB may delete the item, in seconds since 1970: a net below the pruning.</summary>
    public const string Expires = "expires";
}

/// <summary>Which item is where. All that belongs to a job has its id as partition key.</summary>
internal static class TableKeys
{
    public const string JobSort = "job";
    public const string HistoryPrefix = "job";
    public const string OutboxSort = "note";
    public const string NotificationPrefix = "note/";

    private const string LeasePrefix = "lease/";

    // DynamoDB takes 2,048 bytes for a partition key and 1,024 for a sort key.
    private const int LongestKey = 1000;

    public static ItemKey Job(string jobId) => new(jobId, JobSort);

    /// <summary>Lines of history that were written together.</summary>
    public static ItemKey History(string jobId, int firstSequence) => new(jobId, $"{HistoryPrefix}/{firstSequence:D6}");

    public static ItemKey Options(string jobId, int part) => new(jobId, $"options/{part:D3}");

    public static ItemKey Label(string jobId, string label) => new(jobId, $"label/{label}");

    public static ItemKey Log(string jobId, int attempt, int part) => new(jobId, $"{LogPrefix(jobId, attempt).Sort}{part:D3}");

    public static ItemKey LogPrefix(string jobId, int attempt) => new(jobId, $"log/{attempt:D6}/");

    public static ItemKey Outbox(string jobId) => new(jobId, OutboxSort);

    public static ItemKey Node(string nodeId) => new(Spread.Nodes.KeyOf(Kinds.Nodes, nodeId), $"node/{nodeId}");

    /// <summary>An item of nothing, to write when only the answer counts.</summary>
    public static ItemKey Probe { get; } = new("probe", "probe");

    public static ItemKey Lease(string name) => new(LeasePrefix + name, "lease");

    /// <summary>True for items that are neither a job's nor a node's, and stay when all of those are wiped.</summary>
    public static bool IsLease(ItemKey key) => key.Partition.StartsWith(LeasePrefix, StringComparison.Ordinal);

    public static ItemKey IdempotencyKey(string key) => new($"key/{key}", "key");

    public static ItemKey Destination(string name) => new(name, "dest");

    /// <summary>Where the notification with that id is; the id is the job's, a dash and a number.</summary>
    public static ItemKey Notification(string notificationId)
    {
        var dash = notificationId.LastIndexOf('-');
        return dash < 0
            ? new ItemKey(notificationId, NotificationPrefix)
            : new ItemKey(notificationId[..dash], NotificationPrefix + notificationId[(dash + 1)..]);
    }

    /// <summary>False for a text that cannot be a key, so that nothing is stored under it.</summary>
    public static bool IsPossible(string text) =>
        text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= LongestKey;
}

/// <summary>Makes values of attributes.</summary>
internal static class Values
{
    public static AttributeValue Of(string text) => new() { S = text };

    public static AttributeValue Of(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };

    public static AttributeValue Of(byte[] bytes) => new() { B = new MemoryStream(bytes) };

    /// <summary>A time as text that sorts like the time.</summary>
    public static string Sortable(DateTimeOffset time) => time.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>The time that <see cref="Sortable(DateTimeOffset)"/> made this of.</summary>
    public static DateTimeOffset Time(string sortable) =>
        new(long.Parse(sortable, CultureInfo.InvariantCulture), TimeSpan.Zero);

    public static long Number(this Item item, string name) =>
        item.TryGetValue(name, out var value) && long.TryParse(value.N, out var number) ? number : 0;

    public static string? Text(this Item item, string name) => item.GetValueOrDefault(name)?.S;
}
