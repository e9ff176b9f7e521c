namespace MediaNommer.Core.Fleet;

/// <summary>What <see cref="BacklogPlan"/> decides from.</summary>
public sealed record BacklogWorkload
{
    /// <summary>Jobs that wait for a worker.</summary>
    public int WaitingJobs { get; init; }

    /// <summary>For each running job the seconds until it is likely to end.</summary>
    public IReadOnlyList<double> RunningSecondsLeft { get; init; } = [];

    /// <summary>Seconds that a waiting job is likely to take, in one slot of a worker; above 0.</summary>
    public double SecondsPerJob { get; init; }

    /// <summary>Workers that take jobs, whoever started them.</summary>
    public int Workers { get; init; }

    /// <summary>The fleet's machines that have started and cost money, those that drain included.</summary>
    public int Machines { get; init; }

    /// <summary>For each worker that still starts, how long ago it was launched.</summary>
    public IReadOnlyList<TimeSpan> Starting { get; init; } = [];

    /// <summary>Seconds from a launch to the first job.</summary>
    public double StartSeconds { get; init; }

    /// <summary>
    /// US dollars for an hour of the next machine, at most; 0 for what costs nothing; null when that is not known.
    /// </summary>
    public double? PricePerHour { get; init; }

    /// <summary>US dollars that the machines which run or start cost per hour.</summary>
    public double SpendPerHour { get; init; }

    /// <summary>US dollars that were spent since midnight UTC.</summary>
    public double SpentToday { get; init; }

    /// <summary>The last launch, or null when there was none yet.</summary>
    public LastLaunch? LastLaunch { get; init; }

    /// <summary>Jobs that are not finished.</summary>
    public int UnfinishedJobs => WaitingJobs + RunningSecondsLeft.Count;

    /// <summary>Workers that take jobs or soon will.</summary>
    public int AllWorkers => Workers + Starting.Count;

    /// <summary>The work of all unfinished jobs, in seconds of one slot.</summary>
    public double WorkSeconds => (WaitingJobs * SecondsPerJob) + RunningSecondsLeft.Sum();

    /// <summary>Slots of running workers that have nothing to do.</summary>
    public int IdleSlots(BacklogLimits limits) =>
        Math.Max(0, (Workers * limits.JobsPerWorker) - RunningSecondsLeft.Count);
}

/// <summary>What was launched last, and for what.</summary>
/// <param name="At">When.</param>
/// <param name="Workers">How many.</param>
/// <param name="UnfinishedJobs">How many jobs were unfinished then.</param>
public sealed record LastLaunch(DateTimeOffset At, int Workers, int UnfinishedJobs);

/// <summary>The settings that <see cref="BacklogPlan"/> obeys.</summary>
public sealed record BacklogLimits
{
    /// <summary>The most workers.</summary>
    public int MaxWorkers { get; init; } = 12;

    /// <summary>How many jobs a worker runs side by side; at least 1.</summary>
    public int JobsPerWorker { get; init; } = 2;

    /// <summary>Seconds within which the backlog shall be worked off; above 0.</summary>
    public double TargetSeconds { get; init; } = 210;

    /// <summary>Workers that are kept even when there is nothing to do.</summary>
    public int WarmWorkers { get; init; }

    /// <summary>US dollars per hour that all machines together may cost; 0: no limit.</summary>
    public double MaxSpendPerHour { get; init; }

    /// <summary>US dollars that may be spent between two midnights UTC; 0: no limit.</summary>
    public double MaxSpendPerDay { get; init; }

    /// <summary>Whether anything may be launched at all.</summary>
    public bool AllowLaunches { get; init; } = true;

    /// <summary>True when there is a limit that needs a price.</summary>
    public bool LimitsSpending => MaxSpendPerHour > 0 || MaxSpendPerDay > 0;
}
