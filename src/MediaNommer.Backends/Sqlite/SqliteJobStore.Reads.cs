using System.Data.Common;
using System.Text;
using MediaNommer.Core.Jobs;
using Microsoft.Data.Sqlite;

namespace MediaNommer.Backends.Sqlite;

/// <content>What is asked about jobs.</content>
internal sealed partial class SqliteJobStore
{
    /// <summary>The most jobs that one call of <see cref="ListAsync"/> looks at.</summary>
    internal const int ScanLimit = 20_000;

    public Task<Job?> GetAsync(string jobId, CancellationToken cancellation) =>
        file.ReadAsync(session => session.First("SELECT doc FROM jobs WHERE id=?1", ReadJob, jobId));

    public Task<JobPage> ListAsync(JobQuery query, CancellationToken cancellation)
    {
        // Only a search may have to look at many jobs.
        var isSearch = query.Text is not null || (query.Label is not null && query.State is not null);
        return isSearch
            ? Task.Run(() => file.Read(session => List(session, query)), cancellation)
            : file.ReadAsync(session => List(session, query));
    }

    public Task<IReadOnlyList<JobEvent>> GetEventsAsync(string jobId, CancellationToken cancellation) =>
        file.ReadAsync<IReadOnlyList<JobEvent>>(session => session.Query(
            "SELECT doc FROM events WHERE job_id=?1 ORDER BY sequence",
            row => JobJson.ReadEvent(row.GetString(0)), jobId));

    public Task<JobLog?> GetLogAsync(string jobId, int attempt, CancellationToken cancellation) =>
        file.ReadAsync(session => session.First(
            "SELECT utf8 FROM logs WHERE job_id=?1 AND attempt=?2",
            row => new JobLog(attempt, Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(0))), jobId, attempt));

    public Task<IReadOnlyList<Job>> GetDueAsync(DateTimeOffset now, int limit, CancellationToken cancellation) =>
        file.ReadAsync<IReadOnlyList<Job>>(session => session.Query(
            "SELECT doc FROM jobs WHERE next_check<=?1 ORDER BY next_check LIMIT ?2", ReadJob, now.UtcTicks, limit));

    public Task<IReadOnlyList<Job>> GetRunningAsync(int limit, CancellationToken cancellation) =>
        file.ReadAsync<IReadOnlyList<Job>>(session => session.Query(
            "SELECT doc FROM jobs WHERE state BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT ?3",
            ReadJob, (int)JobState.Downloading, (int)JobState.Uploading, limit));

    public Task<IReadOnlyDictionary<JobState, int>> CountUnfinishedAsync(CancellationToken cancellation) =>
        file.ReadAsync<IReadOnlyDictionary<JobState, int>>(session => session
            .Query(
                "SELECT state, count(*) FROM jobs WHERE state<?1 GROUP BY state",
                row => KeyValuePair.Create((JobState)row.GetInt32(0), row.GetInt32(1)), (int)JobState.Finished)
            .ToDictionary());

    private static Job ReadJob(DbDataReader row) => JobJson.ReadJob(row.GetString(0));

    private static JobPage List(SqliteSession session, JobQuery query)
    {
        using var candidates = FindCandidates(session, query);
        var found = new List<Job>();
        string? last = null;
        for (var looked = 0; candidates.Read(); looked++)
        {
            if (looked == ScanLimit || found.Count == query.Limit)
                return new JobPage(found, last);
            last = candidates.GetString(1);
            if (Matches(candidates, query) && ReadDoc(session, candidates.GetInt64(0)) is { } job)
                found.Add(job);
        }

        return new JobPage(found, Cursor: null);
    }

    private static SqliteDataReader FindCandidates(SqliteSession session, JobQuery query)
    {
        var cursor = query.Cursor ?? NewerThanAll;
        if (query.Label is not null)
            return session.Read(
                """
                SELECT number, id, state, source, dest FROM labels CROSS JOIN jobs ON jobs.id=labels.job_id
                WHERE label=?1 AND job_id<?2 ORDER BY job_id DESC
                """,
                query.Label, cursor);
        return query.State is { } state
            ? session.Read(
                """
                SELECT number, id, state, source, dest FROM jobs INDEXED BY jobs_by_state
                WHERE state=?1 AND id<?2 ORDER BY id DESC
                """,
                (int)state, cursor)
            : session.Read("SELECT number, id, state, source, dest FROM jobs WHERE id<?1 ORDER BY id DESC", cursor);
    }

    private static bool Matches(SqliteDataReader candidate, JobQuery query)
    {
        if (query.State is { } state && candidate.GetInt32(2) != (int)state)
            return false;
        // Not LIKE, which ignores case for ASCII only and gives % and _ a meaning.
        return query.Text is not { } text
            || candidate.GetString(3).Contains(text, StringComparison.OrdinalIgnoreCase)
            || candidate.GetString(4).Contains(text, StringComparison.OrdinalIgnoreCase);
    }

    private static Job? ReadDoc(SqliteSession session, long number) =>
        session.First("SELECT doc FROM jobs WHERE number=?1", ReadJob, number);
}
