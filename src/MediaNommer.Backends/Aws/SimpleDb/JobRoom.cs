using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// What may be in a job's item, so that no write of a job ever fails because the item is full: nobody could end the job
/// then. A new job leaves room free, and what comes later is shortened to fit there.
/// </summary>
internal static class JobRoom
{
    /// <summary>The logs of so many runs are kept.</summary>
    public const int Logs = 16;

    /// <summary>So many deliveries of a notification are kept, the latest.</summary>
    public const int Deliveries = 100;

    // Attributes for the logs, and for what any later write may bring: longer JSON, lines of history, a notification.
    // Other history moves away when there is no room.
    private const int Reserve = Logs + 48;

    // In characters; the end is kept.
    private const int LongestReason = 4000;

    /// <summary>Refuses a job whose item would leave no room for what comes later.</summary>
    /// <exception cref="RecordTooLargeException">It is too large.</exception>
    public static void Require(JobChange change)
    {
        const int Most = SimpleDbClient.MaxAttributes - Reserve;
        var count = JobAttributes.OfNew(change, keyUntil: null, log: null).Count();
        if (count > Most)
            throw new RecordTooLargeException(
                $"The job takes {count} KB of an item of SimpleDB, which has room for {Most} KB of a new job. Shorten its "
                + "options, or set Aws:StateStore to DynamoDb for jobs as large as that.");
    }

    /// <summary>The job as it is written.</summary>
    public static Job Fit(Job job)
    {
        foreach (var step in job.Steps.Where(step => step.Details is { Length: > LongestReason }).ToList())
            job = job.WithStep(step with { Details = step.Details![^LongestReason..] });
        return job;
    }

    /// <summary>A line of history as it is written.</summary>
    public static JobEvent Fit(JobEvent line) =>
        line.Reason.Length > LongestReason ? line with { Reason = line.Reason[^LongestReason..] } : line;
}
