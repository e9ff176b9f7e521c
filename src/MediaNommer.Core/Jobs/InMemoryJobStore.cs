using MediaNommer.Core.Nodes;

namespace MediaNommer.Core.Jobs;

/// <summary>
/// The reference of <see cref="IJobStore"/>: everything in memory under one lock, nothing kept beyond the process. It
/// looks at every job where real stores use an index, so it is for tests and small things.
/// </summary>
public sealed partial class InMemoryJobStore : IJobStore
{
    private static readonly TimeSpan KeysLast = TimeSpan.FromHours(24);

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Job> jobs = new(NewestFirst);
    private readonly Dictionary<string, List<JobEvent>> events = [];
    private readonly Dictionary<(string JobId, int Attempt), JobLog> logs = [];
    private readonly Dictionary<string, (string JobId, DateTimeOffset At)> keys = [];
    private readonly Dictionary<string, Node> nodes = [];

    private static Comparer<string> NewestFirst { get; } =
        Comparer<string>.Create((left, right) => string.CompareOrdinal(right, left));

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<string> CreateAsync(JobChange change, string? idempotencyKey, CancellationToken cancellation)
    {
        var job = change.Job;
        lock (gate)
        {
            if (idempotencyKey is not null)
            {
                if (keys.TryGetValue(idempotencyKey, out var known) && known.At > job.CreatedAt - KeysLast)
                    return Task.FromResult(known.JobId);
            }

            if (FindHolder(change) is { } holder)
                return Task.FromException<string>(new DestinationTakenException(holder));
            if (idempotencyKey is not null)
                keys[idempotencyKey] = (job.Id, job.CreatedAt);

            jobs.Add(job.Id, job);
            WriteWhatBelongsTo(change);
        }

        return Task.FromResult(job.Id);
    }

    /// <inheritdoc/>
    public Task<Job?> GetAsync(string jobId, CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult(jobs.GetValueOrDefault(jobId));
    }

    /// <inheritdoc/>
    public Task<JobPage> ListAsync(JobQuery query, CancellationToken cancellation)
    {
        lock (gate)
        {
            var found = jobs.Values
                .Where(job => query.Cursor is null || string.CompareOrdinal(job.Id, query.Cursor) < 0)
                .Where(job => query.State is null || job.State == query.State)
                .Where(job => query.Label is null || job.Spec.Labels.Contains(query.Label))
                .Where(job => query.Text is null || Holds(job.Spec.Source.Display) || Holds(job.Spec.Dest.Display))
                .Take(query.Limit + 1)
                .ToList();
            var page = found.Take(query.Limit).ToList();
            return Task.FromResult(new JobPage(page, found.Count > page.Count ? page[^1].Id : null));
        }

        bool Holds(string address) => address.Contains(query.Text, StringComparison.OrdinalIgnoreCase);
    }

    /// <inheritdoc/>
    public Task<bool> TryUpdateAsync(JobChange change, long expectedVersion, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (!jobs.TryGetValue(change.Job.Id, out var stored) || stored.Version != expectedVersion)
                return Task.FromResult(false);
            if (FindHolder(change) is { } holder)
                return Task.FromException<bool>(new DestinationTakenException(holder));
            jobs[change.Job.Id] = change.Job;
            WriteWhatBelongsTo(change);
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<JobEvent>> GetEventsAsync(string jobId, CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult<IReadOnlyList<JobEvent>>([.. events.GetValueOrDefault(jobId, [])]);
    }

    /// <inheritdoc/>
    public Task<JobLog?> GetLogAsync(string jobId, int attempt, CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult(logs.GetValueOrDefault((jobId, attempt)));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Job>> GetDueAsync(DateTimeOffset now, int limit, CancellationToken cancellation)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<Job>>(
                [.. jobs.Values.Where(job => job.NextCheckAt <= now).OrderBy(job => job.NextCheckAt).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Job>> GetRunningAsync(int limit, CancellationToken cancellation)
    {
        lock (gate)
            return Task.FromResult<IReadOnlyList<Job>>(
                [.. jobs.Values.Where(job => job.State.IsRunning()).Take(limit)]);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<JobState, int>> CountUnfinishedAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyDictionary<JobState, int>>(jobs.Values
                .Where(job => !job.State.IsFinished())
                .CountBy(job => job.State)
                .ToDictionary());
        }
    }

    /// <inheritdoc/>
    public Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellation)
    {
        lock (gate)
        {
            var old = jobs.Values
                .Where(job => job.FinishedAt < finishedBefore && !HasUndelivered(job.Id))
                .OrderBy(job => job.FinishedAt)
                .Take(limit)
                .Select(job => job.Id)
                .ToHashSet();
            foreach (var id in old)
            {
                jobs.Remove(id);
                events.Remove(id);
            }

            Forget(logs, key => old.Contains(key.JobId));
            Forget(outbox, id => old.Contains(outbox[id].JobId));
            Forget(deliveries, id => !outbox.ContainsKey(id));
            Forget(keys, key => old.Contains(keys[key].JobId));
            return Task.FromResult(old.Count);
        }
    }

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task WipeAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            jobs.Clear();
            events.Clear();
            logs.Clear();
            keys.Clear();
            nodes.Clear();
            outbox.Clear();
            deliveries.Clear();
        }

        return Task.CompletedTask;
    }

    private string? FindHolder(JobChange change) => change.Hold is not { MayShare: false } hold
        ? null
        : jobs.Values.FirstOrDefault(
            job => job.Spec.DestKey == hold.Key && !job.State.IsFinished() && job.Id != change.Job.Id)?.Id;

    private static void Forget<TKey, TValue>(IDictionary<TKey, TValue> from, Func<TKey, bool> which)
        where TKey : notnull
    {
        foreach (var key in from.Keys.Where(which).ToList())
            from.Remove(key);
    }

    private void WriteWhatBelongsTo(JobChange change)
    {
        var id = change.Job.Id;
        if (!events.TryGetValue(id, out var history))
            events[id] = history = [];
        history.AddRange(change.Events);
        if (change.Log is { } log)
            logs[(id, log.Attempt)] = log;
        foreach (var notification in change.Notifications)
            outbox[notification.Id] = notification;
    }
}
