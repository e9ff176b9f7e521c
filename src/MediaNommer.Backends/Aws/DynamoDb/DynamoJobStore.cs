using MediaNommer.Core.Jobs;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// The job store in one table of Amazon DynamoDB; the ADR about its keys draws it. What a decision hangs on is read
/// consistently from the table; the indexes, which lag a moment behind, only say where to look.
/// </summary>
internal sealed partial class DynamoJobStore : IJobStore, IDisposable
{
    private const string KeyOfJob = "job";
    private const string KeyUsedAt = "used_at";

    private readonly DynamoConnection connection;
    private readonly DynamoTable table;
    private readonly TableSetup setup;
    private readonly Retention retention;
    private readonly JobOutbox outbox;

    /// <param name="connection">Leads to the table.</param>
    /// <param name="keepFinished">How long finished jobs are kept: DynamoDB's own deletion comes later than that.</param>
    /// <param name="clock">The time.</param>
    public DynamoJobStore(DynamoConnection connection, TimeSpan keepFinished, TimeProvider clock)
    {
        this.connection = connection;
        table = new DynamoTable(connection);
        setup = new TableSetup(connection, clock);
        retention = new Retention(keepFinished);
        outbox = new JobOutbox(table, retention);
    }

    public Task InitializeAsync(CancellationToken cancellation) => setup.EnsureAsync(cancellation);

    public async Task<string> CreateAsync(JobChange change, string? idempotencyKey, CancellationToken cancellation)
    {
        var job = change.Job;
        var holds = new DestinationHolds(GetAsync);
        Refusal? refusal;
        do
        {
            var batch = table.NewBatch();
            new JobItems(change, retention).AddNew(batch, idempotencyKey);
            if (change.Notifications.Count > 0)
                outbox.Add(batch, OutboxRecord.Read(job.Id, item: null), change.Notifications);
            if (idempotencyKey is not null)
                AddKey(batch, idempotencyKey, job);
            holds.Add(batch, change);
            refusal = await table.WriteAsync(batch, cancellation);
            if (refusal is null)
                return job.Id;
        }
        while (await holds.MayRepeatAsync(refusal, cancellation));

        return refusal.Index > 0 && refusal.Stored.Text(KeyOfJob) is { } earlier
            ? earlier
            : throw new InvalidOperationException($"Job {job.Id} exists already.");
    }

    public async Task<bool> TryUpdateAsync(JobChange change, long expectedVersion, CancellationToken cancellation)
    {
        var items = new JobItems(change, retention);
        var holds = new DestinationHolds(GetAsync);
        while (true)
        {
            var batch = table.NewBatch();
            items.AddUpdate(batch, expectedVersion);
            if (change.Notifications.Count > 0)
                outbox.Add(batch, await outbox.ReadRecordAsync(change.Job.Id, cancellation), change.Notifications);
            holds.Add(batch, change);
            if (await table.WriteAsync(batch, cancellation) is not { } refusal)
                return true;
            if (refusal.Index == 0)
                return false;
            if (await holds.MayRepeatAsync(refusal, cancellation))
                continue;
            // Only the outbox has changed: a delivery has ended meanwhile.
        }
    }

    public void Dispose() => connection.Dispose();

    private static void AddKey(WriteBatch batch, string key, Job job)
    {
        var item = TableKeys.IdempotencyKey(key).ToItem();
        item[KeyOfJob] = Values.Of(job.Id);
        item[KeyUsedAt] = Values.Of(job.CreatedAt.UtcTicks);
        item[Names.Expires] = Values.Of(Retention.OfKey(job.CreatedAt));
        batch.Put(item, new Requirement(
            $"{Requirement.IsNew.Expression} OR {KeyUsedAt} <= :forgotten",
            new Item { [":forgotten"] = Values.Of(job.CreatedAt.UtcTicks - TimeSpan.TicksPerDay) }));
    }
}
