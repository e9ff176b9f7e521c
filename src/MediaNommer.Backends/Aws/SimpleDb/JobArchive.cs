using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// An item has room for 256 attributes. Before a job's history and notifications fill it, all of them go into one long
/// text beside it. Some may be found in both: readers take each once, and what the item says of a notification is newer.
/// </summary>
internal sealed class JobArchive(SdbDomain jobs, SideTexts texts)
{
    private const int LinesInItem = 40;
    private const int MaxTries = 10;

    /// <summary>True when this change is the one before which to make room.</summary>
    public static bool IsTimeFor(JobChange change)
    {
        var after = change.Job.EventCount;
        return after / LinesInItem > (after - change.Events.Count) / LinesInItem;
    }

    /// <summary>A job's item with all its history and notifications; null when there is no such job.</summary>
    public async Task<(JobItem Item, JobPast Past)?> ReadAsync(string job, CancellationToken cancellation)
    {
        // What the item refers to may be replaced between the two reads.
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (await jobs.GetAsync(job, cancellation) is not { } found || new JobItem(found) is not { IsAlive: true } item)
                return null;
            if (await ReadPastAsync(item, cancellation) is { } past)
                return (item, past);
        }

        throw new InvalidDataException($"The archive that item {job} of SimpleDB refers to is missing.");
    }

    /// <summary>All history and notifications of an item; null when its archive was replaced since the item was read.</summary>
    public async Task<JobPast?> ReadPastAsync(JobItem item, CancellationToken cancellation)
    {
        var here = item.Past;
        if (item.Archive is not { } reference)
            return here;
        if (await texts.ReadAsync(item.Name, reference, cancellation) is not { } text)
            return null;
        var archived = Documents.ReadPast(text);
        return new JobPast(
            [.. here.Events.Concat(archived.Events).DistinctBy(line => line.Sequence).OrderBy(line => line.Sequence)],
            [
                .. here.Notes.Concat(archived.Notes).DistinctBy(note => note.Notification.Sequence)
                    .OrderBy(note => note.Notification.Sequence),
            ]);
    }

    /// <summary>Writes attributes of a job's item if the condition holds; makes room for them if need be.</summary>
    /// <returns>True when they were written.</returns>
    public async Task<bool> TryPutAsync(
        string job, IReadOnlyList<SdbAttribute> attributes, SdbCondition condition, CancellationToken cancellation,
        string proof = SdbDomain.Token)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await jobs.TryPutAsync(job, attributes, condition, cancellation, proof) is not null;
            }
            catch (AwsException e) when (e.Code == SimpleDbClient.ItemIsFull)
            {
                if (tries == MaxTries || !await MakeRoomAsync(job, cancellation))
                    throw new RecordTooLargeException(
                        $"Job {job} has grown too large for an item of SimpleDB. Set Aws:StateStore to DynamoDb for jobs as "
                        + "large as that.", e);
            }
        }
    }

    /// <summary>Makes room in a job's item. Does nothing when somebody else writes it meanwhile.</summary>
    /// <returns>False when there is nothing in it that could be moved.</returns>
    public async Task<bool> MakeRoomAsync(string job, CancellationToken cancellation)
    {
        if (await ReadAsync(job, cancellation) is not ({ } item, { } past))
            return false;
        if (item.NamesOfPast() is not { Count: > 0 } moved)
            return false;

        var reference = await texts.WriteAsync(job, Documents.Write(past), cancellation);
        var token = await jobs.TryPutAsync(
            job, [new SdbAttribute(JobAttributes.Archive, reference)], item.IsUnchanged, cancellation, JobAttributes.Archive);
        if (token is null)
        {
            await texts.DeleteAsync(job, reference, cancellation);
            return true;
        }

        // Only while nobody wrote after us: a notification may have changed.
        await jobs.TryDeleteAsync(job, moved, new SdbCondition(SdbDomain.Token, token), cancellation);
        if (item.Archive is { } former)
            await texts.DeleteAsync(job, former, cancellation);
        return true;
    }
}
