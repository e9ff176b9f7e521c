namespace MediaNommer.Core.Nodes;

/// <summary>Where a worker machine stands.</summary>
public enum NodeState
{
    /// <summary>Takes jobs.</summary>
    Active,

    /// <summary>Takes no more jobs and leaves when its last one ends.</summary>
    Draining,

    /// <summary>Has left.</summary>
    Terminated,
}

/// <summary>One step that a node runs now.</summary>
public sealed record RunningStep
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>The step.</summary>
    public required string Step { get; init; }

    /// <summary>0 to 1.</summary>
    public double Progress { get; init; }
}

/// <summary>One worker, as it last reported itself.</summary>
public sealed record Node
{
    /// <summary>Unique: host name, process id and start time for local workers, the instance id on EC2.</summary>
    public required string Id { get; init; }

    /// <summary>Whether it takes jobs.</summary>
    public NodeState State { get; init; }

    /// <summary>Why it is not active, in a sentence, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>Its host name.</summary>
    public string Host { get; init; } = "";

    /// <summary>Its process id on that host.</summary>
    public int ProcessId { get; init; }

    /// <summary>True for a machine that must never be terminated by us.</summary>
    public bool IsLocal { get; init; }

    /// <summary>The type of the machine, for example <c>c7a.large</c>, or null where there are no types.</summary>
    public string? MachineType { get; init; }

    /// <summary>The availability zone, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>True for a spot instance, which its owner may take away at two minutes' notice.</summary>
    public bool IsSpot { get; init; }

    /// <summary>Which version of media-nommer it runs.</summary>
    public string SoftwareVersion { get; init; } = "";

    /// <summary>The nommers that it has, by short name.</summary>
    public IReadOnlyList<string> Nommers { get; init; } = [];

    /// <summary>How many steps it runs side by side.</summary>
    public int Slots { get; init; }

    /// <summary>The steps it runs now.</summary>
    public IReadOnlyList<RunningStep> Running { get; init; } = [];

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

    /// <summary>Counts the writes.</summary>
    public long Version { get; init; }
}
