using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <content>Deletes what is old, or everything.</content>
internal sealed partial class DynamoJobStore
{
    private const int PruneTogether = 16;

    // So many jobs that cannot be pruned yet are passed over in one call.
    private const int MostPassedOver = 1000;

    private static readonly string FactsForPruning = string.Join(
        ", ", Names.Partition, Names.Sort, Names.Version, Names.AgendaKey, Names.AgendaAt, JobItems.KeyUsed, OutboxRecord.PendingName);

    public async Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellation)
    {
        var before = Values.Sortable(finishedBefore);
        var reader = new SpreadReader(
            table, Spread.Agenda, Spread.Agenda.AllKeys(Kinds.Ended), ("<", before), backwards: false, limit);
        var (pruned, passedOver) = (0, 0);
        while (pruned < limit && passedOver < MostPassedOver)
        {
            var entries = await reader.TakeAsync(Math.Min(PruneTogether, limit - pruned), cancellation);
            if (entries.Count == 0)
                break;
            var results = await Task.WhenAll(
                entries.Select(entry => TryPruneAsync(entry.Key.Partition, before, cancellation)));
            pruned += results.Count(gone => gone);
            passedOver += results.Count(gone => !gone);
        }

        return pruned;
    }

    public async Task WipeAsync(CancellationToken cancellation)
    {
        Item? next = null;
        do
        {
            var page = await table.ScanKeysAsync(next, cancellation);
            await table.DeleteAsync(page.Items.Select(ItemKey.Of).Where(key => !TableKeys.IsLease(key)), cancellation);
            next = page.Next;
        }
        while (next is not null);
    }

    /// <summary>
    /// Deletes a job with all that belongs to it. From the first write on nobody sees it any more; the item of the job goes
    /// last, so that the next pruning finds it again when this one breaks off.
    /// </summary>
    private async Task<bool> TryPruneAsync(string jobId, string finishedBefore, CancellationToken cancellation)
    {
        var items = await table.ReadAllAsync(new TableQuery(jobId) { Only = FactsForPruning }, cancellation);
        var job = items.Find(item => ItemKey.Of(item) == TableKeys.Job(jobId));
        var record = items.Find(item => ItemKey.Of(item) == TableKeys.Outbox(jobId));
        // What the index said may be out of date: somebody may have retried it.
        if (job is null || !IsOld(job, finishedBefore) || (record?.ContainsKey(OutboxRecord.PendingName) ?? false))
            return false;
        var version = job.Number(Names.Version);
        var isAlone = items.Count == 1 && !job.ContainsKey(JobItems.KeyUsed);
        if (!isAlone && version != JobItems.Buried)
        {
            if (!await TryBuryAsync(jobId, version, record, cancellation))
                return false;
            version = JobItems.Buried;
        }

        await table.DeleteAsync(items.Where(item => item != job).Select(ItemKey.Of), cancellation);
        if (job.Text(JobItems.KeyUsed) is { } key)
            await WriteAsync(batch => batch.Delete(TableKeys.IdempotencyKey(key), IsOfJob(jobId)), cancellation);
        return await WriteAsync(
            batch => batch.Delete(TableKeys.Job(jobId), Requirement.VersionIs(version)), cancellation);
    }

    private Task<bool> TryBuryAsync(string jobId, long version, Item? record, CancellationToken cancellation) =>
        WriteAsync(
            batch =>
            {
                JobItems.AddBurial(batch, jobId, version);
                // Without it no notification of the job can be written any more.
                if (record is not null)
                    batch.Delete(TableKeys.Outbox(jobId), Requirement.VersionIs(record.Number(Names.Version)));
            },
            cancellation);

    private async Task<bool> WriteAsync(Action<WriteBatch> add, CancellationToken cancellation)
    {
        var batch = table.NewBatch();
        add(batch);
        return await table.WriteAsync(batch, cancellation) is null;
    }

    private static bool IsOld(Item job, string finishedBefore) =>
        (job.Text(Names.AgendaKey) ?? "").StartsWith($"{Kinds.Ended}#", StringComparison.Ordinal)
        && string.CompareOrdinal(job.Text(Names.AgendaAt), finishedBefore) < 0;

    // The key may have been used again for another job since.
    private static Requirement IsOfJob(string jobId) =>
        new($"{KeyOfJob} = :job", new Item { [":job"] = Values.Of(jobId) });
}
