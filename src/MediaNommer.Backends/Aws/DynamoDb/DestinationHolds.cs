using MediaNommer.Core.Jobs;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// Which jobs write to a destination: an item for each destination, written in one transaction with the job. Nothing is
/// written when a job ends: whoever finds the item of jobs that have ended takes it over. DynamoDB deletes it when the
/// destination was not used for a while.
/// </summary>
/// <param name="find">Reads a job.</param>
internal sealed class DestinationHolds(Func<string, CancellationToken, Task<Job?>> find)
{
    private const string Holders = "job";
    private const string Prefix = "dest/";

    // A job that waits for longer loses its right to be the only one; that it replaces nothing still holds.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(60);

    private string over = "";
    private bool mayShare;
    private IReadOnlyList<string> others = [];

    /// <summary>Adds the hold that a change wants, if any, to the writes of the change.</summary>
    public void Add(WriteBatch batch, JobChange change)
    {
        if (change.Hold is not { } hold)
            return;
        var item = TableKeys.Destination(Prefix + hold.Key).ToItem();
        mayShare = hold.MayShare;
        item[Holders] = Values.Of(DestinationHolders.Write(others, change.Job.Id));
        item[Names.Stamp] = Values.Of(batch.Stamp);
        item[Names.Expires] = Values.Of((change.Job.UpdatedAt + Kept).ToUnixTimeSeconds());
        batch.Put(item, new Requirement(
            $"{Requirement.IsNew.Expression} OR {Holders} = :mine OR {Names.Stamp} = :over",
            new Item { [":mine"] = Values.Of(change.Job.Id), [":over"] = Values.Of(over) }));
    }

    /// <summary>
    /// Whether a write was refused because of the destination, and may be tried again: its holders have ended, or it may be
    /// shared with them.
    /// </summary>
    /// <returns>False when the refusal is about something else.</returns>
    /// <exception cref="DestinationTakenException">A holder has not ended.</exception>
    public async Task<bool> MayRepeatAsync(Refusal refusal, CancellationToken cancellation)
    {
        if (refusal.Stored.Text(Names.Partition)?.StartsWith(Prefix, StringComparison.Ordinal) != true)
            return false;
        others = await DestinationHolders.UnfinishedAsync(
            refusal.Stored.Text(Holders)!, async id => await find(id, cancellation) is { } job && !job.State.IsFinished());
        if (!mayShare && others.Count > 0)
            throw new DestinationTakenException(others[0]);
        // The stamp of the very write that was found: a holder that is retried meanwhile leaves another.
        over = refusal.Stored.Text(Names.Stamp)!;
        return true;
    }
}
