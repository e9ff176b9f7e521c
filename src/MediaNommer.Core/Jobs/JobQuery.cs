namespace MediaNommer.Core.Jobs;

/// <summary>Which jobs to list, newest first.</summary>
public sealed record JobQuery
{
    /// <summary>The most jobs that one page may hold.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Only jobs in this state, or null for all.</summary>
    public JobState? State { get; init; }

    /// <summary>Only jobs with this label, or null for all.</summary>
    public string? Label { get; init; }

    /// <summary>Only jobs whose source or destination holds this text (any case), or null for all.</summary>
    public string? Text { get; init; }

    /// <summary>Go on behind the job with this id, or null to begin with the newest.</summary>
    public string? Cursor { get; init; }

    /// <summary>1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>One page of a listing.</summary>
/// <param name="Jobs">The jobs, newest first. May be fewer than asked for, even none, while there is a cursor.</param>
/// <param name="Cursor">Hand it in to get the next page; null at the end.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, string? Cursor);
