namespace MediaNommer.Core.Jobs;

/// <summary>
/// How long one call of a store or a queue may take where somebody waits for its answer. It belongs to what runs, not to
/// a caller's parameters: a request of the API sets it once for all that it asks, and adapters heed it. Without it their
/// own patience counts, which is longer.
/// </summary>
public static class CallLimit
{
    private static readonly AsyncLocal<TimeSpan?> Limit = new();

    /// <summary>The limit here, or null.</summary>
    public static TimeSpan? Current => Limit.Value;

    /// <summary>Sets the limit for the rest of the async method that calls this, and for all that it calls.</summary>
    public static void Set(TimeSpan limit) => Limit.Value = limit;

    /// <summary>The shorter one of a patience and the limit.</summary>
    public static TimeSpan Within(TimeSpan patience) => Current is { } limit && limit < patience ? limit : patience;
}
