namespace MediaNommer.Core.Jobs;

/// <summary>Facts about a verified output.</summary>
public sealed record OutputFacts
{
    /// <summary>Size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Length in seconds, or null for an output without time, such as a picture.</summary>
    public double? Duration { get; init; }

    /// <summary>Width of the first video stream in pixels, or null.</summary>
    public int? Width { get; init; }

    /// <summary>Height of the first video stream in pixels, or null.</summary>
    public int? Height { get; init; }

    /// <summary>What its storage tells it from other content at the same address by, or null where it cannot.</summary>
    public string? Revision { get; init; }

    /// <summary>The kinds and codecs of its streams, for example <c>video:h264</c>.</summary>
    public IReadOnlyList<string> Streams { get; init; } = [];
}

/// <summary>
/// One job, as the store holds it. Only <see cref="JobLifecycle"/> makes new versions of it; everybody else reads.
/// </summary>
public sealed record Job
{
    /// <summary>32 hexadecimal digits that grow with time, so that the newest job has the largest id.</summary>
    public required string Id { get; init; }

    /// <summary>What the user asked for.</summary>
    public required JobSpec Spec { get; init; }

    /// <summary>Where the job stands; follows from its steps.</summary>
    public JobState State { get; init; }

    /// <summary>Why it stands there, in a sentence, or null; the last 1,023 characters of an error.</summary>
    public string? StateDetails { get; init; }

    /// <summary>Why a pending job waits, in a sentence, or null when it only waits its turn.</summary>
    public string? WaitReason { get; init; }

    /// <summary>What it waits for outside of this system, or last waited for in vain; null when there was nothing.</summary>
    public JobWait? Wait { get; init; }

    /// <summary>The steps, at least one.</summary>
    public required IReadOnlyList<JobStep> Steps { get; init; }

    /// <summary>A user wants it cancelled; the worker that runs it is told at its next report.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When anything last happened to it; re-sent messages do not count.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When a worker first took it, or null.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it reached a finished state, or null.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When the sweeper must look at it if nothing happens before; null once it is finished.</summary>
    public DateTimeOffset? NextCheckAt { get; init; }

    /// <summary>What the source is, once a worker has looked at it.</summary>
    public SourceFacts? Source { get; init; }

    /// <summary>
    /// Until when somebody watches the log of the run, or null: its worker writes it meanwhile, and not only at the end.
    /// </summary>
    public DateTimeOffset? LogWantedUntil { get; init; }

    /// <summary>What came out, once it is finished.</summary>
    public OutputFacts? Output { get; init; }

    /// <summary>How many entries its history has.</summary>
    public int EventCount { get; init; }

    /// <summary>Counts the writes; every write names the version it was made from.</summary>
    public long Version { get; init; }

    /// <summary>0 to 1: the mean over the steps.</summary>
    public double Progress => State == JobState.Finished ? 1 : Steps.Average(step => step.Progress.Fraction);

    /// <summary>True when the job finished without an output of its own, as something was at its destination and was kept.</summary>
    public bool KeptWhatWasThere => State == JobState.Finished && StateDetails is not null;

    /// <summary>The step that says most about the job now: the one that runs, else the first that is not finished.</summary>
    public JobStep CurrentStep =>
        Steps.FirstOrDefault(step => step.State.IsRunning())
        ?? Steps.FirstOrDefault(step => step.State != JobState.Finished)
        ?? Steps[^1];

    /// <summary>Finds a step by name, or null.</summary>
    public JobStep? FindStep(string name) => Steps.FirstOrDefault(step => step.Name == name);

    /// <summary>True for a step of this job that waits for a worker and for nothing else.</summary>
    public bool IsFree(JobStep step) =>
        step.State == JobState.Pending
        && step.WaitsFor.All(name => FindStep(name) is { State: JobState.Finished });

    /// <summary>The same job with one step replaced by another of the same name.</summary>
    public Job WithStep(JobStep changed) =>
        this with { Steps = [.. Steps.Select(step => step.Name == changed.Name ? changed : step)] };

    /// <summary>A new id: time-ordered (UUID version 7), without dashes.</summary>
    public static string NewId(TimeProvider clock) => JobIds.Shared.New(clock.GetUtcNow());
}
