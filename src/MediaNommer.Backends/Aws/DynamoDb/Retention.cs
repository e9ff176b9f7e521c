namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// When DynamoDB may delete what the pruner has left behind: a net far below it. A job goes no earlier than all that belongs
/// to it, so that the pruner always finds what there is, and not before its notifications can have been given up, which
/// takes a year at most. At worst the oldest lines of a job that waits for more than a year are lost.
/// </summary>
/// <param name="KeepFinished">
/// How long finished jobs are kept, as set when something is written. What was written before somebody raised it much
/// (from 30 days to more than 460) keeps its date.
/// </param>
internal sealed record Retention(TimeSpan KeepFinished)
{
    private static readonly TimeSpan Margin = TimeSpan.FromDays(7);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(400);

    /// <summary>Of a job that ended, and of each item that belongs to a job.</summary>
    public long OfJob(DateTimeOffset written) => (written + (2 * KeepFinished) + LongestLife).ToUnixTimeSeconds();

    public static long OfKey(DateTimeOffset used) => (used + TimeSpan.FromDays(2)).ToUnixTimeSeconds();

    public static long OfNode(DateTimeOffset reported) => (reported + Margin).ToUnixTimeSeconds();
}
