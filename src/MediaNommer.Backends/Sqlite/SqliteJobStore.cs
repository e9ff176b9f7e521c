using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Backends.Sqlite;

/// <summary>The job store in one SQLite file, shared by all processes of one machine.</summary>
internal sealed partial class SqliteJobStore(string folder) : IJobStore, IDisposable
{
    // Sorts behind every id.
    private const string NewerThanAll = "~";
    private const int PruneTogether = 100;

    private readonly SqliteFile file = new(Path.Combine(folder, "store.db"), StoreTables.Schema);

    /// <summary>The file, for tests that disturb it.</summary>
    internal SqliteFile File => file;

    public Task InitializeAsync(CancellationToken cancellation) => Task.Run(file.Prepare, cancellation);

    public Task<string> CreateAsync(JobChange change, string? idempotencyKey, CancellationToken cancellation)
    {
        var rows = new ChangeRows(change);
        return file.WriteAsync(
            session =>
            {
                if (idempotencyKey is not null && FindByKey(session, idempotencyKey, change.Job) is { } earlier)
                    return earlier;
                rows.Insert(session);
                return change.Job.Id;
            },
            cancellation);
    }

    public Task<bool> TryUpdateAsync(JobChange change, long expectedVersion, CancellationToken cancellation)
    {
        var rows = new ChangeRows(change);
        // A machine that loses its power loses the run with its claim or report; what a user was promised and what came
        // of a run must outlast that.
        var isOnlyOfARun = change.Job.State.IsRunning() && !change.Job.CancelRequested
            && change.Events.All(line => line.Outcome is null);
        return file.WriteAsync(
            session => rows.TryUpdate(session, expectedVersion), cancellation,
            durability: isOnlyOfARun ? Durability.Crash : Durability.PowerCut);
    }

    public async Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellation)
    {
        // In small bites, so that nobody who writes meanwhile waits for all of it.
        var pruned = 0;
        while (pruned < limit)
        {
            var bite = Math.Min(PruneTogether, limit - pruned);
            var gone = await file.WriteAsync(
                session => PruneSome(session, finishedBefore.UtcTicks, bite), cancellation);
            pruned += gone;
            if (gone < bite)
                break;
        }

        return pruned;
    }

    public Task ProbeAsync(CancellationToken cancellation) => file.ProbeAsync(cancellation);

    public Task WipeAsync(CancellationToken cancellation) => file.WriteAsync(
        session =>
        {
            foreach (var table in StoreTables.Names)
                session.Run($"DELETE FROM {table}");
            return true;
        },
        cancellation);

    public void Dispose() => file.Dispose();

    private static string? FindByKey(SqliteSession session, string key, Job job)
    {
        var keptSince = job.CreatedAt.UtcTicks - TimeSpan.TicksPerDay;
        var earlier = session.First(
            "SELECT job_id FROM keys WHERE key=?1 AND used>?2", row => row.GetString(0), key, keptSince);
        if (earlier is null)
            session.Execute(
                "INSERT OR REPLACE INTO keys(key, job_id, used) VALUES(?1, ?2, ?3)",
                key, job.Id, job.CreatedAt.UtcTicks);
        return earlier;
    }

    private static int PruneSome(SqliteSession session, long finishedBefore, int limit)
    {
        var old = session.Query(
            $"""
            SELECT id FROM jobs WHERE finished<?1 AND NOT EXISTS(
              SELECT 1 FROM outbox WHERE outbox.job_id=jobs.id AND outbox.state={(int)NotificationState.Pending})
            ORDER BY finished LIMIT ?2
            """,
            row => row.GetString(0), finishedBefore, limit);
        foreach (var id in old)
        {
            session.Execute(
                "DELETE FROM deliveries WHERE notification_id IN (SELECT id FROM outbox WHERE job_id=?1)", id);
            session.Execute("DELETE FROM outbox WHERE job_id=?1", id);
            session.Execute("DELETE FROM keys WHERE job_id=?1", id);
            session.Execute("DELETE FROM destinations WHERE job_id=?1", id);
            session.Execute("DELETE FROM logs WHERE job_id=?1", id);
            session.Execute("DELETE FROM events WHERE job_id=?1", id);
            session.Execute("DELETE FROM labels WHERE job_id=?1", id);
            session.Execute("DELETE FROM jobs WHERE id=?1", id);
        }

        return old.Count;
    }
}
