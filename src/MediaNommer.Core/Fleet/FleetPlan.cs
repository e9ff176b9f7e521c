namespace MediaNommer.Core.Fleet;

/// <summary>What <see cref="FleetPlan"/> decides from.</summary>
public sealed record FleetWorkload
{
    /// <summary>Jobs that are not finished: waiting and running.</summary>
    public int UnfinishedJobs { get; init; }

    /// <summary>Workers that run or are still starting.</summary>
    public int Workers { get; init; }
}

/// <summary>The original's four numbers of scaling.</summary>
public sealed record FleetLimits
{
    /// <summary>MAX_NUM_EC2_INSTANCES.</summary>
    public int MaxWorkers { get; init; } = 3;

    /// <summary>MAX_ENCODING_JOBS_PER_EC2_INSTANCE; at least 1.</summary>
    public int JobsPerWorker { get; init; } = 2;

    /// <summary>JOB_OVERFLOW_THRESH.</summary>
    public int OverflowThreshold { get; init; } = 2;

    /// <summary>FEEDERD_ALLOW_EC2_LAUNCHES.</summary>
    public bool AllowLaunches { get; init; } = true;
}

/// <summary>How many workers to launch, and why.</summary>
/// <param name="Launch">Zero or more.</param>
/// <param name="Reason">One sentence for the operator.</param>
public sealed record FleetDecision(int Launch, string Reason)
{
    /// <summary>Workers shall finish what they run and leave, because no more may be spent.</summary>
    public bool Drain { get; init; }
}

/// <summary>The original's rule for the size of a fleet, as a pure function; <see cref="BacklogPlan"/> is the other.</summary>
public static class FleetPlan
{
    /// <summary>Decides how many workers to launch now.</summary>
    public static FleetDecision Decide(FleetWorkload load, FleetLimits limits)
    {
        if (!limits.AllowLaunches)
            return new(0, "Launches are switched off by the settings.");
        if (load.UnfinishedJobs == 0)
            return new(0, "No job is waiting or running.");
        if (load.Workers >= limits.MaxWorkers)
            return new(0, $"Workers: {load.Workers}, and at most {limits.MaxWorkers} are allowed.");

        var capacity = load.Workers * limits.JobsPerWorker;
        var threshold = capacity == 0 ? 0 : limits.OverflowThreshold;
        if (capacity > 0 && load.UnfinishedJobs <= capacity + threshold)
            return new(0, $"Workers: {load.Workers}, with room for {capacity} jobs. Unfinished jobs: "
                + $"{load.UnfinishedJobs}, no more than {capacity} + {threshold} (JobOverflowThresh).");

        // The original forgot the workers that already run when it applied the maximum; this does not.
        var overage = load.UnfinishedJobs - capacity - threshold;
        var wanted = Math.Max(1, overage / limits.JobsPerWorker);
        var launch = Math.Min(wanted, limits.MaxWorkers - load.Workers);
        return new(launch, $"Workers: {load.Workers}, with room for {capacity} jobs. Unfinished jobs: "
            + $"{load.UnfinishedJobs}. Launching {launch} (at most {limits.MaxWorkers} in all).");
    }
}
