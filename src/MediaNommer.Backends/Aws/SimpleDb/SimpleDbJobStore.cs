using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// The job store in the two domains of the original. A job is one item, the unit in which SimpleDB writes all or
/// nothing: its history and its outbox are in the same item.
/// </summary>
internal sealed partial class SimpleDbJobStore : IJobStore, IDisposable
{
    private readonly SimpleDbClient client;
    private readonly TimeProvider clock;
    private readonly SdbDomain jobs;
    private readonly SdbDomain nodes;
    private readonly SideTexts texts;
    private readonly JobArchive archive;
    private readonly IdempotencyKeys keys;
    private readonly DestinationHolds holds;
    private readonly JobRemoval removal;

    public SimpleDbJobStore(SimpleDbClient client, string jobDomain, string nodeDomain, TimeProvider clock)
    {
        this.client = client;
        this.clock = clock;
        jobs = new SdbDomain(client, jobDomain);
        nodes = new SdbDomain(client, nodeDomain);
        texts = new SideTexts(jobs);
        archive = new JobArchive(jobs, texts);
        keys = new IdempotencyKeys(jobs);
        holds = new DestinationHolds(jobs, GetAsync, clock);
        removal = new JobRemoval(jobs);
    }

    public Task InitializeAsync(CancellationToken cancellation) =>
        new SimpleDbSetup(client, clock).RunAsync([jobs.Name, nodes.Name], cancellation);

    public async Task<string> CreateAsync(JobChange change, string? idempotencyKey, CancellationToken cancellation)
    {
        JobRoom.Require(change);
        if (await TakeDestinationAsync(change, idempotencyKey, cancellation) is { } earlier)
            return earlier;
        var log = await WriteLogAsync(change, cancellation);
        if (idempotencyKey is not null)
            return await keys.StoreAsync(change, idempotencyKey, log, cancellation);
        await keys.InsertAsync(change, keyUntil: null, log, cancellation);
        return change.Job.Id;
    }

    public async Task<bool> TryUpdateAsync(JobChange change, long expectedVersion, CancellationToken cancellation)
    {
        if (change.Job.Id.Length == 0)
            return false;
        var job = SdbName.Of(change.Job.Id);
        if (JobArchive.IsTimeFor(change))
            await archive.MakeRoomAsync(job, cancellation);
        var watched = await FindLogAsync(change, cancellation);
        var log = await WriteLogAsync(change, cancellation);
        await holds.TakeAsync(change, cancellation);
        var isCurrent = new SdbCondition(JobAttributes.Version, SdbName.Number(expectedVersion));
        var attributes = JobAttributes.OfUpdate(change, log).ToList();
        var isWritten = await archive.TryPutAsync(job, attributes, isCurrent, cancellation, JobAttributes.ProofOf(change));
        if ((isWritten ? watched : log) is { } useless)
            await texts.DeleteAsync(job, useless, cancellation);
        return isWritten;
    }

    public Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellation) =>
        removal.PruneAsync(finishedBefore, limit, cancellation);

    public async Task WipeAsync(CancellationToken cancellation)
    {
        await JobRemoval.WipeAsync(jobs, cancellation);
        await JobRemoval.WipeAsync(nodes, cancellation, IsNode);
    }

    public void Dispose() => client.Dispose();

    /// <summary>The log that a change replaces: there is one when somebody watched the run.</summary>
    private async Task<string?> FindLogAsync(JobChange change, CancellationToken cancellation) =>
        change is { Log: { } log, Job.LogWantedUntil: not null }
            ? (await ItemAsync(change.Job.Id, cancellation))?.LogOf(log.Attempt)
            : null;

    /// <returns>The id of an earlier job with the same key, for which nothing has to be taken; else null.</returns>
    private async Task<string?> TakeDestinationAsync(JobChange change, string? key, CancellationToken cancellation)
    {
        if (change.Hold is null)
            return null;
        Task<string?> FindAsync() =>
            key is null ? Task.FromResult<string?>(null) : keys.FindAsync(key, change.Job.CreatedAt, cancellation);
        if (await FindAsync() is { } earlier)
            return earlier;
        try
        {
            await holds.TakeAsync(change, cancellation);
            return null;
        }
        catch (DestinationTakenException)
        {
            // By a request with the same key that came at the same time?
            if (await FindAsync() is { } now)
                return now;
            throw;
        }
    }

    private async Task<string?> WriteLogAsync(JobChange change, CancellationToken cancellation) =>
        change.Log is { } log ? await texts.WriteAsync(SdbName.Of(change.Job.Id), log.Text, cancellation) : null;
}
