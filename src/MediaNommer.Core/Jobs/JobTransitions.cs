namespace MediaNommer.Core.Jobs;

/// <summary>The one table of allowed changes of state. ARCHITECTURE.md draws it; a test holds the two together.</summary>
public static class JobTransitions
{
    private static readonly Dictionary<JobState, JobState[]> Table = new()
    {
        [JobState.Pending] =
            [JobState.Downloading, JobState.Error, JobState.Abandoned, JobState.Cancelled],
        [JobState.Downloading] =
            [JobState.Encoding, JobState.Pending, JobState.Error, JobState.Abandoned, JobState.Cancelled],
        [JobState.Encoding] =
            [JobState.Uploading, JobState.Pending, JobState.Error, JobState.Abandoned, JobState.Cancelled],
        [JobState.Uploading] =
            [JobState.Finished, JobState.Pending, JobState.Error, JobState.Abandoned, JobState.Cancelled],
        [JobState.Finished] = [],
        [JobState.Error] = [JobState.Pending],
        [JobState.Abandoned] = [JobState.Pending],
        [JobState.Cancelled] = [JobState.Pending],
    };

    /// <summary>The states that may follow <paramref name="from"/>.</summary>
    public static IReadOnlyList<JobState> From(JobState from) => Table[from];

    /// <summary>True when a job may go from one state to the other in one move.</summary>
    public static bool Allows(JobState from, JobState to) => Table[from].Contains(to);

    /// <summary>Throws when the change is not in the table: a defect of the caller, never of the user.</summary>
    /// <exception cref="InvalidOperationException">The table does not allow the change.</exception>
    public static void Require(JobState from, JobState to)
    {
        if (!Allows(from, to))
            throw new InvalidOperationException($"A job cannot go from {from.ToWire()} to {to.ToWire()}.");
    }
}
