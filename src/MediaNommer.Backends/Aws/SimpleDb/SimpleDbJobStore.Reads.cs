using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <content>What is asked about jobs.</content>
internal sealed partial class SimpleDbJobStore
{
    // The most jobs that one search looks at, and the most pages: SimpleDB may give empty ones when it is slow.
    private const int SearchLimit = 1000;
    private const int MaxPages = 20;
    private const int MaxPerPage = 2500;

    private const int FewUnfinished = 250;

    // Values of a job that a listing asks for; the few jobs that are longer are read again, whole.
    private const int ListedValues = 8;

    private static readonly string JobOutput = string.Join(
        ", ",
        Enumerable.Range(0, ListedValues).Select(i => SdbText.Name(JobAttributes.Doc, i)).Prepend(JobAttributes.Version));

    public async Task<Job?> GetAsync(string jobId, CancellationToken cancellation) =>
        await ItemAsync(jobId, cancellation) is { } item ? ReadJob(item) : null;

    public async Task<JobPage> ListAsync(JobQuery query, CancellationToken cancellation)
    {
        var isSearch = query.Text is not null;
        var where = WhereOf(query, isSearch ? SearchLimit : query.Limit + 1);
        var found = new List<Job>();
        var looked = 0;
        string? last = null, next = null;
        for (var pages = 0; pages < MaxPages; pages++)
        {
            var page = await jobs.SelectPageAsync(JobOutput, where, next, cancellation);
            foreach (var item in page.Items)
            {
                if (found.Count == query.Limit || looked == SearchLimit)
                    return new JobPage(found, last);
                looked++;
                last = item.Name;
                if (await ReadListedAsync(item, cancellation) is { } job && Matches(job, query))
                    found.Add(job);
            }

            next = page.NextToken;
            if (next is null)
                return new JobPage(found, Cursor: null);
        }

        return new JobPage(found, last ?? query.Cursor ?? SdbName.Never);
    }

    public async Task<IReadOnlyList<JobEvent>> GetEventsAsync(string jobId, CancellationToken cancellation) =>
        jobId.Length > 0 && await archive.ReadAsync(SdbName.Of(jobId), cancellation) is ({ }, { } past) ? past.Events : [];

    public async Task<JobLog?> GetLogAsync(string jobId, int attempt, CancellationToken cancellation)
    {
        if ((await ItemAsync(jobId, cancellation))?.LogOf(attempt) is not { } reference)
            return null;
        return await texts.ReadAsync(SdbName.Of(jobId), reference, cancellation) is { } text ? new JobLog(attempt, text) : null;
    }

    public Task<IReadOnlyList<Job>> GetDueAsync(DateTimeOffset now, int limit, CancellationToken cancellation) => SelectJobsAsync(
        $"where {JobAttributes.Due} <= {SdbName.Quoted(SdbName.Time(now))} order by {JobAttributes.Due}", limit, cancellation);

    public Task<IReadOnlyList<Job>> GetRunningAsync(int limit, CancellationToken cancellation) => SelectJobsAsync(
        $"where {JobAttributes.Running} >= '0' order by {JobAttributes.Running} desc", limit, cancellation);

    public async Task<IReadOnlyDictionary<JobState, int>> CountUnfinishedAsync(CancellationToken cancellation)
    {
        // Asked for often, and mostly there are few: one request, not one for each state.
        var few = await jobs.SelectPageAsync(
            JobAttributes.State, $"where {JobAttributes.Finished} = {SdbName.Quoted(SdbName.Never)} limit {FewUnfinished}",
            next: null, cancellation);
        if (few.NextToken is null)
            return few.Items.Select(JobAttributes.StateOf).CountBy(state => state).ToDictionary();

        var states = JobStates.All.Where(state => !state.IsFinished()).ToList();
        var counts = await Task.WhenAll(states.Select(state => jobs.CountAsync(
            $"where {JobAttributes.State} >= '{state.ToWire()}/' and {JobAttributes.State} < '{state.ToWire()}0'", cancellation)));
        return states.Zip(counts).Where(one => one.Second > 0).ToDictionary(one => one.First, one => one.Second);
    }

    /// <summary>The smallest range of one index that holds all that match, newest first.</summary>
    private static string WhereOf(JobQuery query, int limit)
    {
        var cursor = SdbName.Cursor(query.Cursor);
        var label = query.Label is null ? "" : $"{JobAttributes.Label} = {SdbName.Quoted(JobAttributes.LabelValue(query.Label))} and ";
        var (index, from, to) = query.State is { } state
            ? (JobAttributes.State, $"{state.ToWire()}/", $"{state.ToWire()}/{cursor}")
            : (JobAttributes.Id, "0", cursor);
        return $"where {label}{index} >= {SdbName.Quoted(from)} and {index} < {SdbName.Quoted(to)} "
            + $"order by {index} desc limit {Math.Min(limit, MaxPerPage)}";
    }

    // The label once more: two long ones may have one name.
    private static bool Matches(Job job, JobQuery query) =>
        (query.State is null || job.State == query.State)
        && (query.Label is null || job.Spec.Labels.Contains(query.Label))
        && (query.Text is not { } text
            || job.Spec.Source.Display.Contains(text, StringComparison.OrdinalIgnoreCase)
            || job.Spec.Dest.Display.Contains(text, StringComparison.OrdinalIgnoreCase));

    private static Job ReadJob(JobItem item) => item.ReadJob()
        ?? throw new InvalidDataException($"A part of item {item.Name} of SimpleDB is missing.");

    private async Task<JobItem?> ItemAsync(string jobId, CancellationToken cancellation) =>
        jobId.Length > 0 && await jobs.GetAsync(SdbName.Of(jobId), cancellation) is { } found
            && new JobItem(found) is { IsAlive: true } item ? item : null;

    private async Task<IReadOnlyList<Job>> SelectJobsAsync(string where, int limit, CancellationToken cancellation)
    {
        var found = new List<Job>();
        await foreach (var item in jobs.SelectAsync(JobOutput, $"{where} limit {Math.Clamp(limit, 1, MaxPerPage)}", cancellation))
        {
            if (found.Count >= limit)
                break;
            if (await ReadListedAsync(item, cancellation) is { } job)
                found.Add(job);
        }

        return found;
    }

    private async Task<Job?> ReadListedAsync(SdbItem listed, CancellationToken cancellation)
    {
        var item = new JobItem(listed);
        if (!item.IsAlive)
            return null;
        return item.ReadJob()
            ?? (await jobs.GetAsync(listed.Name, cancellation) is { } whole && new JobItem(whole) is { IsAlive: true } read
                ? ReadJob(read) : null);
    }
}
