using MediaNommer.Core.Jobs;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Knows when there is nothing to look after: the last counts found no unfinished job, and nothing has changed since. A
/// cloud's store bills every question; those that have only one answer then need not be asked.
/// </summary>
internal sealed class Stillness(JobEventHub hub, TimeProvider clock)
{
    /// <summary>For how long a count is believed. A second feederd of the same store may have taken jobs meanwhile.</summary>
    public static readonly TimeSpan LongestTrust = TimeSpan.FromMinutes(15);

    // An index of the store may lag behind, and the message of a change get lost.
    private static readonly TimeSpan UntilStill = TimeSpan.FromMinutes(2);

    private readonly Lock gate = new();
    private DateTimeOffset? emptySince;
    private DateTimeOffset countedAt;
    private long changesSeen;

    /// <summary>True when no job is unfinished, as far as anybody can know.</summary>
    public bool IsStill
    {
        get
        {
            lock (gate)
            {
                return hub.Announced == changesSeen && countedAt - emptySince >= UntilStill
                    && clock.GetUtcNow() - countedAt < LongestTrust;
            }
        }
    }

    /// <summary>The unfinished jobs by state: counted, or none while all is still.</summary>
    public async Task<IReadOnlyDictionary<JobState, int>> CountAsync(IJobStore store, CancellationToken cancellation)
    {
        if (IsStill)
            return new Dictionary<JobState, int>();
        var (askedAt, changes) = (clock.GetUtcNow(), hub.Announced);
        var counts = await store.CountUnfinishedAsync(cancellation);
        lock (gate)
        {
            if (counts.Values.Sum() > 0)
                emptySince = null;
            else if (emptySince is null || changes != changesSeen)
                emptySince = askedAt;
            (countedAt, changesSeen) = (askedAt, changes);
        }

        return counts;
    }

    /// <summary>A pause between two looks: much longer than usual while all is still.</summary>
    public TimeSpan Stretch(TimeSpan pause) => IsStill && pause < LongestTrust ? LongestTrust : pause;
}
