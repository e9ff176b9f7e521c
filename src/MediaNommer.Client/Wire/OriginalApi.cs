using System.Text.Json.Serialization;

namespace MediaNommer.Client.Wire;

/// <summary>What the original API answers when it has nothing to show but success or an error.</summary>
public sealed record OriginalResponse
{
    /// <summary>Whether it was done.</summary>
    public bool Success { get; init; }

    /// <summary>The job, after a successful submission or cancellation.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? JobId { get; init; }

    /// <summary>What kind of error it is, for example <c>BADINPUT</c> or <c>NOTFOUND</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ErrorCode { get; init; }

    /// <summary>What is wrong, and the remedy.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }
}

/// <summary>The original API's view of one job.</summary>
public sealed record OriginalStatusResponse : JobResponse
{
    /// <summary>True.</summary>
    [JsonPropertyOrder(-1)]
    public bool Success { get; init; }
}

/// <summary>One page of the original API's listing.</summary>
public sealed record OriginalListResponse
{
    /// <summary>True.</summary>
    public bool Success { get; init; }

    /// <summary>The jobs, newest first. May be fewer than asked for, even none, while there is a cursor.</summary>
    public IReadOnlyList<JobResponse> Jobs { get; init; } = [];

    /// <summary>Hand it in to get the next page; null at the end.</summary>
    public string? Cursor { get; init; }
}

/// <summary>Names a job to the original API.</summary>
public sealed record OriginalJobRequest
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }
}

/// <summary>What to list by the original API.</summary>
public sealed record OriginalListRequest
{
    /// <summary>Only jobs in this state, or null for all.</summary>
    public string? JobState { get; init; }

    /// <summary>1 to 1,000; null: 50.</summary>
    public int? Limit { get; init; }

    /// <summary>The cursor of the page before, or null to begin with the newest.</summary>
    public string? Cursor { get; init; }
}
