namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// A sorted list that is spread over several partition keys, because one takes 1,000 writes in a second and no more.
/// Reading it in order means to merge them; see <see cref="SpreadReader"/>.
/// </summary>
/// <param name="Index">The index that holds it, or null for the table itself, which can be read consistently.</param>
/// <param name="Key">The attribute that is the partition key.</param>
/// <param name="Sort">The attribute that it is sorted by.</param>
/// <param name="Shards">Over how many partition keys. Never to be changed: what is stored would not be found.</param>
internal sealed record Spread(string? Index, string Key, string Sort, int Shards)
{
    /// <summary>Jobs, jobs by label, and notifications, by id.</summary>
    public static Spread List { get; } = new("list", Names.ListKey, Names.Id, 4);

    /// <summary>Jobs and notifications by state, by id.</summary>
    public static Spread State { get; } = new("state", Names.StateKey, Names.Id, 4);

    /// <summary>
    /// Unfinished jobs by the time of their next check, finished ones by the time they finished. Each report of a run
    /// moves its job, so this has the most shards.
    /// </summary>
    public static Spread Agenda { get; } = new("agenda", Names.AgendaKey, Names.AgendaAt, 32);

    /// <summary>The next notification of each job that has any to deliver, by time.</summary>
    public static Spread Outbox { get; } = new(null, Names.Partition, Names.Sort, 8);

    /// <summary>Nodes by id.</summary>
    public static Spread Nodes { get; } = new(null, Names.Partition, Names.Sort, 4);

    /// <summary>The partition key of a member.</summary>
    /// <param name="kind">Which of the lists in this index.</param>
    /// <param name="id">The id of the job, or of the node: decides the shard.</param>
    public string KeyOf(string kind, string id) => $"{kind}#{Hash(id) % (uint)Shards}";

    /// <summary>All partition keys of a list.</summary>
    public IEnumerable<string> AllKeys(string kind) => Enumerable.Range(0, Shards).Select(shard => $"{kind}#{shard}");

    // FNV-1a: the same in every process and version, unlike string.GetHashCode.
    private static uint Hash(string text)
    {
        var hash = 2166136261;
        foreach (var letter in text)
            hash = (hash ^ letter) * 16777619;
        return hash ^ (hash >> 15);
    }
}

/// <summary>The names of the lists within each <see cref="Spread"/>.</summary>
internal static class Kinds
{
    public const string Jobs = "job";
    public const string Notifications = "note";
    public const string Due = "due";
    public const string Ended = "ended";
    public const string Outbox = "outbox";
    public const string Nodes = "nodes";

    public static string OfLabel(string label) => $"label:{label}";

    public static string OfState(Core.Jobs.JobState state) => $"job:{state}";

    public static string OfState(Core.Notifications.NotificationState state) => $"note:{state}";
}
