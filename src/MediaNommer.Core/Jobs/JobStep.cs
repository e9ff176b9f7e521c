namespace MediaNommer.Core.Jobs;

/// <summary>Why a run of a step ended.</summary>
public enum RunOutcome
{
    /// <summary>The output was verified and promoted.</summary>
    Finished,

    /// <summary>The work itself failed; counts towards the limit of attempts.</summary>
    Failed,

    /// <summary>A user cancelled the job.</summary>
    Cancelled,

    /// <summary>The worker is going down and handed the step back; does not count.</summary>
    HostStopping,

    /// <summary>The worker stopped reporting; counts, so that a job that kills its workers ends.</summary>
    LeaseLost,
}

/// <summary>How far a run has come.</summary>
public sealed record StepProgress
{
    /// <summary>0 to 1 over the whole step, all passes, download and upload included.</summary>
    public double Fraction { get; init; }

    /// <summary>Frames encoded per second, or null when unknown.</summary>
    public double? Fps { get; init; }

    /// <summary>Seconds of media encoded per second of time, or null when unknown.</summary>
    public double? Speed { get; init; }

    /// <summary>Seconds until the step is likely to end, or null when unknown.</summary>
    public double? SecondsLeft { get; init; }
}

/// <summary>
/// What a worker claims. A plain job has one step; lease, attempt, worker and outcome belong to the step, and the
/// state of the job follows from its steps.
/// </summary>
public sealed record JobStep
{
    /// <summary>The name of the one step of a plain job.</summary>
    public const string Encode = "encode";

    /// <summary>Unique within the job.</summary>
    public required string Name { get; init; }

    /// <summary>Where the step stands.</summary>
    public JobState State { get; init; }

    /// <summary>Why it stands there, in a sentence, or null.</summary>
    public string? Details { get; init; }

    /// <summary>Steps that must be finished before this one may be claimed.</summary>
    public IReadOnlyList<string> WaitsFor { get; init; } = [];

    /// <summary>How often the step was claimed. Every write of a run carries it and fails when it is stale.</summary>
    public int Attempt { get; init; }

    /// <summary>Runs that failed or vanished since the job was submitted or last retried by a user.</summary>
    public int Strikes { get; init; }

    /// <summary>The worker that holds the step, or held it last.</summary>
    public string? WorkerId { get; init; }

    /// <summary>Until when the worker holds it; null when nobody does.</summary>
    public DateTimeOffset? LeaseExpiresAt { get; init; }

    /// <summary>
    /// True once somebody is about to end the job because the lease has run out: the run can report no more, and what it has
    /// staged is being taken away.
    /// </summary>
    public bool IsClosing { get; init; }

    /// <summary>Not to be claimed before this time: the pause after a failure that may pass.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>How far the current run is.</summary>
    public StepProgress Progress { get; init; } = new();

    /// <summary>
    /// The size of an output that a run was about to put where it can carry no mark of its job, or null. By it a later
    /// attempt knows it again.
    /// </summary>
    public long? Promoting { get; init; }

    /// <summary>Why the last run ended, or null while the first is still going on.</summary>
    public RunOutcome? LastOutcome { get; init; }
}
