namespace MediaNommer.Core.Jobs;

/// <summary>A job's wish to be the only unfinished one that writes to its destination.</summary>
/// <param name="Key">Stands for the destination in whatever spelling.</param>
/// <param name="MayShare">
/// True for a job that replaces what it finds: it is let in beside others, and still keeps those out that do not.
/// </param>
public sealed record DestinationHold(string Key, bool MayShare);

/// <summary>Another unfinished job writes to the same destination. Nothing was written.</summary>
public sealed class DestinationTakenException(string jobId)
    : Exception($"Job {jobId} writes to the same destination and has not ended yet.")
{
    /// <summary>That job.</summary>
    public string JobId => jobId;
}
