namespace MediaNommer.Client.Wire;

/// <summary>All workers that have reported themselves.</summary>
public sealed record NodeListResponse
{
    /// <summary>The workers.</summary>
    public IReadOnlyList<NodeResponse> Nodes { get; init; } = [];
}

/// <summary>One worker, as it last reported itself.</summary>
public sealed record NodeResponse
{
    /// <summary>Unique; the <c>worker_id</c> of its jobs.</summary>
    public required string Id { get; init; }

    /// <summary>ACTIVE (takes jobs), DRAINING (takes no more) or TERMINATED (has left).</summary>
    public required string State { get; init; }

    /// <summary>Why it is not active, in a sentence, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>False when it has not reported for longer than a lease lasts: its jobs go to others.</summary>
    public bool Responding { get; init; }

    /// <summary>Its host name.</summary>
    public string Host { get; init; } = "";

    /// <summary>Its process id on that host.</summary>
    public int ProcessId { get; init; }

    /// <summary>True for a machine that is never terminated by media-nommer.</summary>
    public bool IsLocal { get; init; }

    /// <summary>The type of the machine, for example <c>c7a.large</c>, or null where there are no types.</summary>
    public string? MachineType { get; init; }

    /// <summary>The availability zone that the machine is in, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>True for a spot instance, which its owner may take away at two minutes' notice.</summary>
    public bool IsSpot { get; init; }

    /// <summary>Which version of media-nommer it runs.</summary>
    public string SoftwareVersion { get; init; } = "";

    /// <summary>The nommers that it has.</summary>
    public IReadOnlyList<string> Nommers { get; init; } = [];

    /// <summary>How many jobs it runs side by side.</summary>
    public int Slots { get; init; }

    /// <summary>What it runs now.</summary>
    public IReadOnlyList<RunningStepResponse> Running { get; init; } = [];

    /// <summary>Processes that want a processor, averaged over a minute, or null where unknown.</summary>
    public double? LoadAverage { get; init; }

    /// <summary>Free bytes on the disk of its work folders.</summary>
    public long DiskFreeBytes { get; init; }

    /// <summary>When it started.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it last reported.</summary>
    public DateTimeOffset LastReportAt { get; init; }

    /// <summary>When it last had something to do.</summary>
    public DateTimeOffset LastActivityAt { get; init; }
}

/// <summary>One job step that a worker runs now.</summary>
public sealed record RunningStepResponse
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>The step of the job; a plain job has one, <c>encode</c>.</summary>
    public required string Step { get; init; }

    /// <summary>0 to 1.</summary>
    public double Progress { get; init; }
}

/// <summary>The fleet and what the scaler last decided about it.</summary>
public sealed record FleetResponse
{
    /// <summary>The kind of fleet: <c>local</c>, <c>ec2</c>, or <c>none</c> when workers are started by other means.</summary>
    public required string Name { get; init; }

    /// <summary>The number of workers that is kept alive whatever the workload, or null when the workload decides.</summary>
    public int? PinnedWorkers { get; init; }

    /// <summary>The rule that decides when nothing is pinned: <c>Classic</c> or <c>Backlog</c>.</summary>
    public string Policy { get; init; } = "";

    /// <summary>The most workers that the scaler keeps.</summary>
    public int MaxWorkers { get; init; }

    /// <summary>Workers that are kept even when there is nothing to do.</summary>
    public int WarmWorkers { get; init; }

    /// <summary>US dollars for an hour of the machine that is launched next; 0 for what costs nothing; null when that is not known.</summary>
    public double? PricePerHour { get; init; }

    /// <summary>US dollars that the present machines cost per hour.</summary>
    public double SpendPerHour { get; init; }

    /// <summary>US dollars that machines have cost since midnight UTC, as far as feederd knows.</summary>
    public double SpentToday { get; init; }

    /// <summary>The most that machines may cost per hour in US dollars; 0: no limit.</summary>
    public double MaxSpendPerHour { get; init; }

    /// <summary>The most that machines may cost per day in US dollars; 0: no limit.</summary>
    public double MaxSpendPerDay { get; init; }

    /// <summary>Jobs that one worker runs side by side.</summary>
    public int JobsPerWorker { get; init; }

    /// <summary>What was launched and has not ended.</summary>
    public IReadOnlyList<FleetMemberResponse> Members { get; init; } = [];

    /// <summary>Why the members cannot be listed now, in a sentence, or null.</summary>
    public string? Problem { get; init; }

    /// <summary>How many jobs are in each unfinished state.</summary>
    public IReadOnlyDictionary<string, int> Workload { get; init; } = new Dictionary<string, int>();

    /// <summary>The last decision, or null before the first.</summary>
    public FleetDecisionResponse? LastDecision { get; init; }
}

/// <summary>One worker that the fleet launched.</summary>
public sealed record FleetMemberResponse
{
    /// <summary>The fleet's own name for it.</summary>
    public required string Id { get; init; }

    /// <summary>STARTING, RUNNING (its worker has reported), or ORPHAN (it has not for long, and is ended soon).</summary>
    public required string State { get; init; }

    /// <summary>Why it is an orphan, in a sentence, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>The type of the machine, for example <c>c7a.large</c>, or null for a process of this machine.</summary>
    public string? MachineType { get; init; }

    /// <summary>The availability zone that the machine is in, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>True for a spot instance.</summary>
    public bool IsSpot { get; init; }

    /// <summary>When it was launched.</summary>
    public DateTimeOffset LaunchedAt { get; init; }

    /// <summary>The node that it reports itself as, or null while it has not reported.</summary>
    public string? NodeId { get; init; }
}

/// <summary>What the scaler decided.</summary>
public sealed record FleetDecisionResponse
{
    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>How many workers it launched.</summary>
    public int Launched { get; init; }

    /// <summary>Why, in a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>Jobs that were not finished then.</summary>
    public int UnfinishedJobs { get; init; }

    /// <summary>Workers that ran or were starting then.</summary>
    public int Workers { get; init; }

    /// <summary>Minutes of work for one worker that the unfinished jobs were estimated at; null under policy Classic.</summary>
    public double? BacklogMinutes { get; init; }
}
