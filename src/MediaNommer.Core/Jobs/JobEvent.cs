namespace MediaNommer.Core.Jobs;

/// <summary>One line of a job's history.</summary>
public sealed record JobEvent
{
    /// <summary>1, 2, 3, … within the job.</summary>
    public int Sequence { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The state of the job after it.</summary>
    public JobState State { get; init; }

    /// <summary>The attempt that it belongs to; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>The worker that it belongs to, or null.</summary>
    public string? WorkerId { get; init; }

    /// <summary>Why a run ended, when this line is about that.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>What happened and why, in a sentence.</summary>
    public string Reason { get; init; } = "";
}

/// <summary>What the nommer printed during one attempt.</summary>
/// <param name="Attempt">The attempt, from 1.</param>
/// <param name="Text">The end of what was printed; the front is cut when it is long.</param>
public sealed record JobLog(int Attempt, string Text);
