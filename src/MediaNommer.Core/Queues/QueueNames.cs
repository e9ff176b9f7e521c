using MediaNommer.Core.Jobs;

namespace MediaNommer.Core.Queues;

/// <summary>The names of the queues: one for each priority class of new jobs, and one for changes of state.</summary>
public sealed class QueueNames
{
    /// <summary>Makes them from the two names of the settings.</summary>
    public QueueNames(string newJobs, string stateChanges)
    {
        High = newJobs + "_high";
        Normal = newJobs;
        Low = newJobs + "_low";
        StateChanges = stateChanges;
    }

    /// <summary>New jobs of high priority.</summary>
    public string High { get; }

    /// <summary>New jobs of normal priority.</summary>
    public string Normal { get; }

    /// <summary>New jobs of low priority.</summary>
    public string Low { get; }

    /// <summary>Changes of state, from workers to feederd.</summary>
    public string StateChanges { get; }

    /// <summary>All four.</summary>
    public IReadOnlyList<string> All => [High, Normal, Low, StateChanges];

    /// <summary>The queue that a new job of that priority waits in.</summary>
    public string For(JobPriority priority) => priority switch
    {
        JobPriority.High => High,
        JobPriority.Low => Low,
        _ => Normal,
    };

    /// <summary>
    /// The order in which to look at the new-job queues the <paramref name="turn"/>-th time. Of ten turns seven begin
    /// with high, two with normal and one with low, so that no class waits for ever behind a higher one.
    /// </summary>
    public IReadOnlyList<string> OrderFor(int turn) => (turn % 10) switch
    {
        9 => [Low, High, Normal],
        3 or 6 => [Normal, High, Low],
        _ => [High, Normal, Low],
    };
}
