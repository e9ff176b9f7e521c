using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Jobs;

/// <summary>How the outside is told of a job's states.</summary>
public enum NotifyMethod
{
    /// <summary>A bare GET when the job reaches a finished state (the original's way).</summary>
    Get,

    /// <summary>A form-encoded POST on every change of state (the way of the original's last versions).</summary>
    Post,
}

/// <summary>What a POST about a job's state has in its body.</summary>
public enum NotifyBody
{
    /// <summary>A form with three fields, as the original's.</summary>
    Form,

    /// <summary>JSON, with the whole job in it.</summary>
    Job,
}

/// <summary>What a user asked for. Never changes after the job was accepted.</summary>
public sealed record JobSpec
{
    /// <summary>Where the source is.</summary>
    public required MediaUri Source { get; init; }

    /// <summary>Where the output goes.</summary>
    public required MediaUri Dest { get; init; }

    /// <summary>What to do with it.</summary>
    public required EncodeOptions Options { get; init; }

    /// <summary>Whom to tell, or null for nobody.</summary>
    public MediaUri? NotifyUrl { get; init; }

    /// <summary>How to tell them.</summary>
    public NotifyMethod NotifyMethod { get; init; }

    /// <summary>What they are told where there is a body.</summary>
    public NotifyBody NotifyBody { get; init; }

    /// <summary>Which queue the job waits in.</summary>
    public JobPriority Priority { get; init; } = JobPriority.Normal;

    /// <summary>Free words to find the job by, for example <c>team=news</c>.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Accept an output that is shorter than its source says it should be.</summary>
    public bool AllowTruncated { get; init; }

    /// <summary>Keep all of the source's metadata, position and devices included, where a preset would drop them.</summary>
    public bool KeepMetadata { get; init; }

    /// <summary>What to do when the destination exists. Jobs of versions that did not ask replaced it.</summary>
    public IfExists IfExists { get; init; } = IfExists.Overwrite;

    /// <summary>Stands for the destination in whatever spelling; null for jobs of versions that did not keep it.</summary>
    public string? DestKey { get; init; }

    /// <summary>Give the output the time at which its source was last changed.</summary>
    public bool PreserveMtime { get; init; }

    /// <summary>How many failed or vanished runs end the job; at least 1.</summary>
    public int MaxAttempts { get; init; } = 3;
}
