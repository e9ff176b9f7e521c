using MediaNommer.Core.Notifications;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// Removes old jobs with all that belongs to them. First the job's item becomes a tombstone, by a conditional write, so
/// that nobody finds or changes the job any more; then the items beside it go, the tombstone last. A removal that was
/// interrupted is gone on with by the next one, because tombstones keep their time.
/// </summary>
internal sealed class JobRemoval(SdbDomain jobs)
{
    private const int Together = 16;
    private const int WipesTogether = 4;

    /// <summary>Removes jobs that finished before a time and have nothing more to tell anybody.</summary>
    /// <returns>How many.</returns>
    public async Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellation)
    {
        var before = SdbName.Time(finishedBefore);
        var pruned = 0;
        while (pruned < limit)
        {
            var (candidates, wasLast) = await FindAsync(before, Math.Min(Together, limit - pruned), cancellation);
            var buried = await Task.WhenAll(candidates.Select(item => BuryAsync(item, cancellation)));
            pruned += candidates.Zip(buried).Count(one => one.First.IsAlive && one.Second is not null);
            var gone = candidates.Zip(buried).Where(one => one.Second is not null).ToList();
            await RemoveBesideAsync([.. gone.Select(one => one.First.Name)], cancellation);
            await jobs.DeleteItemsAsync(
                gone.Where(one => string.CompareOrdinal(one.Second, before) < 0).Select(one => one.First.Name), cancellation);
            if (wasLast || gone.Count == 0)
                break;
        }

        return pruned;
    }

    /// <summary>Deletes every item of a domain, or those that meet a condition.</summary>
    public static async Task WipeAsync(SdbDomain domain, CancellationToken cancellation, string where = "")
    {
        string? next = null;
        while (true)
        {
            var page = await domain.SelectPageAsync("itemName()", $"{where} limit 2500", next, cancellation);
            if (page.Items.Count == 0 && page.NextToken is null)
                return;
            // What was found goes, so the next look begins anew; an empty page only says that the search took long.
            next = page.Items.Count == 0 ? page.NextToken : null;
            await Parallel.ForEachAsync(
                page.Items.Select(item => item.Name).Chunk(SimpleDbClient.MaxBatch),
                new ParallelOptions { MaxDegreeOfParallelism = WipesTogether, CancellationToken = cancellation },
                async (names, token) => await domain.DeleteItemsAsync(names, token));
        }
    }

    private async Task<(List<JobItem> Items, bool WasLast)> FindAsync(
        string before, int limit, CancellationToken cancellation)
    {
        var items = new List<JobItem>();
        var found = jobs.SelectAsync(
            $"{JobAttributes.Version}, {SdbDomain.Token}, {JobAttributes.Finished}, {JobAttributes.KeyUntil}",
            $"where {JobAttributes.Finished} < {SdbName.Quoted(before)} "
            + $"and {JobAttributes.Told(NotificationState.Pending)} = {SdbName.Quoted(SdbName.None)} "
            + $"order by {JobAttributes.Finished} limit {limit}",
            cancellation);
        await foreach (var item in found)
        {
            items.Add(new JobItem(item));
            if (items.Count == limit)
                return (items, false);
        }

        return (items, true);
    }

    /// <summary>Makes a job a tombstone.</summary>
    /// <returns>The time of the tombstone, or null when somebody wrote the job meanwhile.</returns>
    private async Task<string?> BuryAsync(JobItem item, CancellationToken cancellation)
    {
        if (!item.IsAlive)
            return item.Finished;
        // Whoever found the job's key may still be about to store the job that it stands for. The tombstone stays in
        // their way for as long as that can be.
        var until = string.CompareOrdinal(item.KeyUntil, item.Finished) > 0 ? item.KeyUntil! : item.Finished;
        var isDone = await jobs.TryPutAsync(item.Name, JobAttributes.OfTombstone(until), item.IsUnchanged, cancellation);
        return isDone is null ? null : until;
    }

    private async Task RemoveBesideAsync(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        if (names.Count == 0)
            return;
        var beside = (await jobs.FindAsync(JobAttributes.Job, names, cancellation)).Except(names).ToLookup(IsKey);
        await jobs.DeleteItemsAsync(beside[false], cancellation);
        // A key may have passed to another job since.
        foreach (var key in beside[true])
        {
            if ((await jobs.GetAsync(key, cancellation))?[JobAttributes.Job] is { } job && names.Contains(job))
                await jobs.TryDeleteAsync(key, [], new SdbCondition(JobAttributes.Job, job), cancellation);
        }
    }

    private static bool IsKey(string name) => name.StartsWith(IdempotencyKeys.Prefix, StringComparison.Ordinal)
        || name.StartsWith(DestinationHolds.Prefix, StringComparison.Ordinal);
}
