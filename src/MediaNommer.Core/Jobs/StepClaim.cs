namespace MediaNommer.Core.Jobs;

/// <summary>A worker's hold on one step: proof of the attempt that every write of its run carries.</summary>
public sealed class StepClaim
{
    internal StepClaim(Job job, string stepName)
    {
        Job = job;
        StepName = stepName;
        Attempt = Step.Attempt;
        WorkerId = Step.WorkerId!;
    }

    /// <summary>The job as this worker last saw it.</summary>
    public Job Job { get; internal set; }

    /// <summary>The step that is held.</summary>
    public string StepName { get; }

    /// <summary>The attempt that holds it.</summary>
    public int Attempt { get; }

    /// <summary>The worker that holds it.</summary>
    public string WorkerId { get; }

    /// <summary>The step as this worker last saw it.</summary>
    public JobStep Step => Job.FindStep(StepName)!;

    internal bool IsCurrentIn(Job job) =>
        IsLatestIn(job) && job.FindStep(StepName) is { IsClosing: false } step && step.State.IsRunning();

    /// <summary>True while no later attempt has begun, whatever became of this one.</summary>
    internal bool IsLatestIn(Job job) =>
        job.FindStep(StepName) is { } step && step.Attempt == Attempt && step.WorkerId == WorkerId;
}

/// <summary>Why a claim was refused.</summary>
public enum ClaimRefusal
{
    /// <summary>It was not: the claim is held.</summary>
    None,

    /// <summary>The job is finished or unknown; its message can be deleted.</summary>
    Gone,

    /// <summary>Another worker holds it, or it may not begin yet; look again later.</summary>
    NotYet,
}

/// <summary>What came of a claim.</summary>
/// <param name="Claim">The hold, or null.</param>
/// <param name="Refusal">Why there is none.</param>
/// <param name="RetryAfter">When to look again after <see cref="ClaimRefusal.NotYet"/>.</param>
public sealed record ClaimResult(StepClaim? Claim, ClaimRefusal Refusal, TimeSpan RetryAfter)
{
    internal static ClaimResult Gone { get; } = new(null, ClaimRefusal.Gone, TimeSpan.Zero);
}

/// <summary>What a worker is to do after a report.</summary>
public enum RunDirective
{
    /// <summary>Go on.</summary>
    Continue,

    /// <summary>A user cancelled the job: stop and complete as cancelled.</summary>
    Cancel,

    /// <summary>The step is no longer held: stop and write nothing more.</summary>
    LeaseLost,
}

/// <summary>What a run learned since its last report.</summary>
/// <param name="Log">What it has printed so far, or null to leave what is stored as it is.</param>
/// <param name="Source">What the source is, or null.</param>
public sealed record RunNews(string? Log = null, SourceFacts? Source = null);

/// <summary>How a run ended.</summary>
public sealed record RunResult
{
    /// <summary>Why it ended.</summary>
    public required RunOutcome Outcome { get; init; }

    /// <summary>What happened, in a sentence.</summary>
    public string Message { get; init; } = "";

    /// <summary>After a failure: true when another run may succeed.</summary>
    public bool IsTransient { get; init; }

    /// <summary>After a failure that is nobody's fault: what the job must wait for. It does not count as an attempt.</summary>
    public Awaited? Awaits { get; init; }

    /// <summary>
    /// After success without an output, because the destination exists and was to be kept: what the API shows of that, in a
    /// sentence; else null.
    /// </summary>
    public string? Kept { get; init; }

    /// <summary>True when neither this run nor one before it can put an output in place any more.</summary>
    public bool IsClean { get; init; }

    /// <summary>After success: what came out.</summary>
    public OutputFacts? Output { get; init; }

    /// <summary>What the source is, or null when the run did not get to know it.</summary>
    public SourceFacts? Source { get; init; }

    /// <summary>What was decided on the way, in sentences for the job's history; often empty.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
