using System.Text.Json.Serialization;

namespace MediaNommer.Client.Wire;

/// <summary>A job, as the API shows it. Secrets in addresses are replaced by asterisks.</summary>
public record JobResponse
{
    /// <summary>The job's id: 32 hexadecimal digits that grow with time.</summary>
    public string Id { get; init; } = "";

    /// <summary>The same id, under the original's name.</summary>
    public string JobId { get; init; } = "";

    /// <summary>
    /// PENDING, DOWNLOADING, ENCODING or UPLOADING; or, when it has ended, FINISHED, ERROR, ABANDONED or CANCELLED.
    /// </summary>
    public string JobState { get; init; } = "";

    /// <summary>Why it stands there, in a sentence, or null; at most the last 1,023 characters of an error.</summary>
    public string? JobStateDetails { get; init; }

    /// <summary>Why a pending job waits, or null when it only waits its turn.</summary>
    public string? WaitReason { get; init; }

    /// <summary>0 to 1 over everything: download, all passes, upload.</summary>
    public double Progress { get; init; }

    /// <summary>Frames encoded per second, or null when unknown.</summary>
    public double? Fps { get; init; }

    /// <summary>Seconds of media encoded per second, or null when unknown.</summary>
    public double? Speed { get; init; }

    /// <summary>Seconds until the job is likely to end, or null when unknown.</summary>
    public double? SecondsLeft { get; init; }

    /// <summary>A user wants it cancelled, and its worker has not obeyed yet.</summary>
    public bool CancelRequested { get; init; }

    /// <summary><c>high</c>, <c>normal</c> or <c>low</c>.</summary>
    public string Priority { get; init; } = "";

    /// <summary>The labels it was submitted with.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Where the source is.</summary>
    public string SourcePath { get; init; } = "";

    /// <summary>Where the output goes.</summary>
    public string DestPath { get; init; } = "";

    /// <summary>Who is told, or null.</summary>
    public string? NotifyUrl { get; init; }

    /// <summary><c>GET</c> or <c>POST</c>, or null when nobody is told.</summary>
    public string? NotifyMethod { get; init; }

    /// <summary>The short name of the nommer.</summary>
    public string Nommer { get; init; } = "";

    /// <summary>The preset that the options came from, or null.</summary>
    public string? Preset { get; init; }

    /// <summary>The passes, old flags already translated. Left out of listings.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PassResponse>? Options { get; init; }

    /// <summary>Whether an output shorter than its source is accepted.</summary>
    public bool AllowTruncated { get; init; }

    /// <summary>Whether all of the source's metadata is kept, position and device included.</summary>
    public bool KeepMetadata { get; init; }

    /// <summary>What is done when the destination exists: <c>fail</c>, <c>overwrite</c> or <c>skip</c>.</summary>
    public string IfExists { get; init; } = "";

    /// <summary>Whether the output gets the time at which its source was last changed.</summary>
    public bool PreserveMtime { get; init; }

    /// <summary>How often a worker took it.</summary>
    public int Attempt { get; init; }

    /// <summary>How many failed or vanished runs end it.</summary>
    public int MaxAttempts { get; init; }

    /// <summary>The worker that holds it or held it last, or null.</summary>
    public string? WorkerId { get; init; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When anything last happened to it.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When a worker first took it, or null.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended, or null.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What the source is, or null before a worker has looked at it.</summary>
    public SourceResponse? Source { get; init; }

    /// <summary>Facts about the verified output, or null before it is there.</summary>
    public OutputResponse? Output { get; init; }

    /// <summary>
    /// Where the output can be fetched from feederd, in whole or in parts, or null before it is there. Needs an API key
    /// like everything else, or a link of <c>POST /v1/jobs/{id}/link</c>.
    /// </summary>
    public string? OutputUrl { get; init; }

    /// <summary>True when the job has ended, for whatever reason.</summary>
    [JsonIgnore]
    public bool HasEnded => JobState is "FINISHED" or "ERROR" or "ABANDONED" or "CANCELLED";
}

/// <summary>One run of ffmpeg over the source.</summary>
public sealed record PassResponse
{
    /// <summary>Name and value of each option before the input; the value is null for a bare flag.</summary>
    public IReadOnlyList<IReadOnlyList<string?>> InfileOptions { get; init; } = [];

    /// <summary>Name and value of each option before the output; the value is null for a bare flag.</summary>
    public IReadOnlyList<IReadOnlyList<string?>> OutfileOptions { get; init; } = [];

    /// <summary>Put the index of an MP4 or MOV before its data, so that it plays while it loads.</summary>
    public bool MoveAtomToFront { get; init; }
}

/// <summary>Facts about a verified output.</summary>
public sealed record OutputResponse
{
    /// <summary>Size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Length in seconds, or null for an output without time, such as a picture.</summary>
    public double? Duration { get; init; }

    /// <summary>Width of the first video stream in pixels, or null.</summary>
    public int? Width { get; init; }

    /// <summary>Height of the first video stream in pixels, or null.</summary>
    public int? Height { get; init; }

    /// <summary>Kind and codec of each stream, for example <c>video:h264</c>.</summary>
    public IReadOnlyList<string> Streams { get; init; } = [];
}

/// <summary>One page of a listing, newest first.</summary>
public sealed record JobListResponse
{
    /// <summary>The jobs. May be fewer than asked for, even none, while there is a cursor.</summary>
    public IReadOnlyList<JobResponse> Jobs { get; init; } = [];

    /// <summary>Hand it in to get the next page; null at the end.</summary>
    public string? Cursor { get; init; }
}

/// <summary>What happened to a job, as server-sent events carry it: the job, and why.</summary>
public sealed record JobEventResponse : JobResponse
{
    /// <summary>What happened, in a sentence; null when the event is only about progress.</summary>
    public string? Reason { get; init; }
}
