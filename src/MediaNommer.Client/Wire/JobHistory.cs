namespace MediaNommer.Client.Wire;

/// <summary>Everything that happened to a job.</summary>
public sealed record HistoryResponse
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>What happened, oldest first.</summary>
    public IReadOnlyList<HistoryEventResponse> Events { get; init; } = [];
}

/// <summary>One line of a job's history.</summary>
public sealed record HistoryEventResponse
{
    /// <summary>1, 2, 3, … within the job.</summary>
    public int Sequence { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The state of the job after it.</summary>
    public required string JobState { get; init; }

    /// <summary>The attempt that it belongs to; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>The worker that it belongs to, or null.</summary>
    public string? WorkerId { get; init; }

    /// <summary>
    /// Why a run ended, when the line is about that: FINISHED, FAILED, CANCELLED, HOST_STOPPING or LEASE_LOST.
    /// </summary>
    public string? Outcome { get; init; }

    /// <summary>What happened and why, in a sentence.</summary>
    public required string Reason { get; init; }
}

/// <summary>Which attempts of a job have a log.</summary>
public sealed record LogListResponse
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>The attempts that have a log, oldest first.</summary>
    public IReadOnlyList<int> Attempts { get; init; } = [];
}
