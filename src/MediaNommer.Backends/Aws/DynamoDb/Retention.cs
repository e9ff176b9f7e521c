namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// When DynamoDB may delete what the pruner has left behind. Late enough that it never is before the pruner, and that
/// nothing of a job goes while the job is wanted: at worst the oldest lines of one that waits for more than a year.
/// </summary>
/// <param name="KeepFinished">How long finished jobs are kept.</param>
internal sealed record Retention(TimeSpan KeepFinished)
{
    private static readonly TimeSpan Margin = TimeSpan.FromDays(7);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(400);

    public long OfJob(DateTimeOffset finished) => (finished + KeepFinished + Margin).ToUnixTimeSeconds();

    public long OfPart(DateTimeOffset written) => (written + (2 * KeepFinished) + LongestLife).ToUnixTimeSeconds();

    public static long OfKey(DateTimeOffset used) => (used + TimeSpan.FromDays(2)).ToUnixTimeSeconds();

    public static long OfNode(DateTimeOffset reported) => (reported + Margin).ToUnixTimeSeconds();
}
