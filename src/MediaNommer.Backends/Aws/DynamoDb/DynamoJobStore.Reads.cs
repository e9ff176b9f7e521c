using MediaNommer.Core.Jobs;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <content>What is asked about jobs.</content>
internal sealed partial class DynamoJobStore
{
    private const int SearchTogether = 250;

    // While a transaction is being written, a query may see a part of it.
    private const int MostGlances = 4;

    private static readonly JobState[] Running = [JobState.Downloading, JobState.Encoding, JobState.Uploading];
    private static readonly JobState[] Unfinished = [JobState.Pending, .. Running];

    /// <summary>The most jobs that one call of <see cref="ListAsync"/> looks at.</summary>
    internal int ScanLimit { get; set; } = 1000;

    public async Task<Job?> GetAsync(string jobId, CancellationToken cancellation)
    {
        if (!TableKeys.IsPossible(jobId))
            return null;
        var item = await table.GetAsync(TableKeys.Job(jobId), cancellation);
        return item is null ? null : await ReadJobAsync(item, cancellation);
    }

    public async Task<JobPage> ListAsync(JobQuery query, CancellationToken cancellation)
    {
        if (!TableKeys.IsPossible(query.Label ?? "-") || !TableKeys.IsPossible(query.Cursor ?? "-"))
            return new JobPage([], Cursor: null);
        // Only a search may have to look at many jobs.
        var isSearch = query.Text is not null || (query.Label is not null && query.State is not null);
        var reader = ReaderOf(query, isSearch ? SearchTogether : query.Limit);
        var found = new List<Job>();
        var looked = 0;
        while (true)
        {
            var together = Math.Min(isSearch ? SearchTogether : query.Limit - found.Count, ScanLimit - looked);
            var entries = await reader.TakeAsync(together, cancellation);
            var jobs = await ReadJobsAsync(entries, cancellation);
            for (var i = 0; i < entries.Count; i++)
            {
                if (jobs[i] is { } job && Matches(job, query))
                    found.Add(job);
                if (found.Count == query.Limit && i < entries.Count - 1)
                    return new JobPage(found, entries[i].Sort);
            }

            looked += entries.Count;
            if (entries.Count < together || await reader.IsAtEndAsync(cancellation))
                return new JobPage(found, Cursor: null);
            if (found.Count == query.Limit || looked == ScanLimit)
                return new JobPage(found, entries[^1].Sort);
        }
    }

    public async Task<IReadOnlyList<JobEvent>> GetEventsAsync(string jobId, CancellationToken cancellation)
    {
        if (!TableKeys.IsPossible(jobId))
            return [];
        for (var tries = 1; ; tries++)
        {
            var items = await table.ReadAllAsync(
                TableQuery.BeginningWith(new ItemKey(jobId, TableKeys.HistoryPrefix)), cancellation);
            if (items.Count == 0 || JobItems.Read(items[0]) is not { } job)
                return [];
            var lines = items.SelectMany(JobItems.ReadLines).OrderBy(line => line.Sequence).ToList();
            if (tries == MostGlances || lines is [.., { } last] && last.Sequence >= job.EventCount)
                return lines;
            await connection.PauseAsync(tries, cancellation);
        }
    }

    public async Task<JobLog?> GetLogAsync(string jobId, int attempt, CancellationToken cancellation)
    {
        if (!TableKeys.IsPossible(jobId))
            return null;
        for (var tries = 1; ; tries++)
        {
            var parts = await table.ReadAllAsync(
                TableQuery.BeginningWith(TableKeys.LogPrefix(jobId, attempt)), cancellation);
            if (parts.Count > 0 && parts.Count >= JobItems.CountParts(parts[0]))
                return new JobLog(attempt, Packed.Unpack(parts.Take((int)JobItems.CountParts(parts[0])).Select(part => part[Names.Doc].B)));
            if (parts.Count == 0 || tries == MostGlances)
                return null;
            await connection.PauseAsync(tries, cancellation);
        }
    }

    public async Task<IReadOnlyList<Job>> GetDueAsync(DateTimeOffset now, int limit, CancellationToken cancellation)
    {
        var reader = new SpreadReader(
            table, Spread.Agenda, Spread.Agenda.AllKeys(Kinds.Due), ("<=", Values.Sortable(now)), backwards: false, limit);
        var jobs = await TakeAsync(reader, limit, job => job.NextCheckAt <= now, cancellation);
        return [.. jobs.OrderBy(job => job.NextCheckAt)];
    }

    public async Task<IReadOnlyList<Job>> GetRunningAsync(int limit, CancellationToken cancellation)
    {
        var keys = Running.SelectMany(state => Spread.State.AllKeys(Kinds.OfState(state)));
        var reader = new SpreadReader(table, Spread.State, keys, range: null, backwards: true, limit);
        return await TakeAsync(reader, limit, job => job.State.IsRunning(), cancellation);
    }

    public async Task<IReadOnlyDictionary<JobState, int>> CountUnfinishedAsync(CancellationToken cancellation)
    {
        var counts = await Task.WhenAll(Unfinished.Select(async state =>
        {
            var ofShards = await Task.WhenAll(Spread.State.AllKeys(Kinds.OfState(state)).Select(key => table.CountAsync(
                new TableQuery(key) { Index = Spread.State.Index, KeyName = Spread.State.Key }, cancellation)));
            return KeyValuePair.Create(state, ofShards.Sum());
        }));
        return counts.ToDictionary();
    }

    /// <summary>
    /// The next jobs that are as an index says they are: fewer than asked for only at its end. It lags behind, so what it
    /// leads to may have changed, and a job that changes in this moment may be met twice.
    /// </summary>
    private async Task<IReadOnlyList<Job>> TakeAsync(
        SpreadReader reader, int limit, Func<Job, bool> isMeant, CancellationToken cancellation)
    {
        var found = new Dictionary<string, Job>();
        while (found.Count < limit)
        {
            var entries = await reader.TakeAsync(limit - found.Count, cancellation);
            if (entries.Count == 0)
                break;
            foreach (var job in (await ReadJobsAsync(entries, cancellation)).OfType<Job>().Where(isMeant))
                found.TryAdd(job.Id, job);
        }

        return [.. found.Values];
    }

    private SpreadReader ReaderOf(JobQuery query, int wanted)
    {
        var (spread, kind) = query switch
        {
            { Label: { } label } => (Spread.List, Kinds.OfLabel(label)),
            { State: { } state } => (Spread.State, Kinds.OfState(state)),
            _ => (Spread.List, Kinds.Jobs),
        };
        return new SpreadReader(
            table, spread, spread.AllKeys(kind), query.Cursor is null ? null : ("<", query.Cursor), backwards: true, wanted);
    }

    private static bool Matches(Job job, JobQuery query)
    {
        return (query.State is null || job.State == query.State)
            && (query.Label is null || job.Spec.Labels.Contains(query.Label))
            && (query.Text is null || Holds(job.Spec.Source.Display) || Holds(job.Spec.Dest.Display));

        bool Holds(string address) => address.Contains(query.Text, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The jobs that entries lead to, as they are now; null for those that are gone.</summary>
    private async Task<Job?[]> ReadJobsAsync(IReadOnlyList<SpreadEntry> entries, CancellationToken cancellation)
    {
        var items = await table.GetAsync([.. entries.Select(entry => TableKeys.Job(entry.Key.Partition))], cancellation);
        return await Task.WhenAll(entries.Select(entry =>
            items.TryGetValue(TableKeys.Job(entry.Key.Partition), out var item)
                ? ReadJobAsync(item, cancellation)
                : Task.FromResult<Job?>(null)));
    }

    private async Task<Job?> ReadJobAsync(Item item, CancellationToken cancellation)
    {
        var job = JobItems.Read(item);
        var count = (int)JobItems.CountParts(item);
        if (job is null || count == 0)
            return job;
        var parts = await Task.WhenAll(
            Enumerable.Range(0, count).Select(part => table.GetAsync(TableKeys.Options(job.Id, part), cancellation)));
        // One is missing: the job is being pruned in this moment.
        return parts.Contains(null)
            ? null
            : job with { Spec = JobJson.ReadJob(Packed.Unpack(parts.Select(part => part![Names.Doc].B))).Spec };
    }
}
