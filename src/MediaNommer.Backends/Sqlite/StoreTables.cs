namespace MediaNommer.Backends.Sqlite;

/// <summary>
/// The tables of the job store. Each record is kept whole as JSON in <c>doc</c>; beside it stand the columns that are
/// searched and sorted by, before <c>doc</c> so that a scan need not read over it. Times are ticks of UTC.
/// </summary>
internal static class StoreTables
{
    // Logs are bytes, because what a program prints may hold zeros, where SQLite's texts end when they are read.
    // Finished jobs are in none of the partial indexes that workers and sweepers use, however many they become.
    private const string Tables = """
        CREATE TABLE jobs(
          number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state INTEGER NOT NULL, version INTEGER NOT NULL,
          next_check INTEGER, finished INTEGER, source TEXT NOT NULL, dest TEXT NOT NULL, doc TEXT NOT NULL);
        CREATE INDEX jobs_by_state ON jobs(state, id);
        CREATE INDEX jobs_to_check ON jobs(next_check) WHERE next_check IS NOT NULL;
        CREATE INDEX jobs_to_prune ON jobs(finished) WHERE finished IS NOT NULL;

        CREATE TABLE labels(label TEXT NOT NULL, job_id TEXT NOT NULL, PRIMARY KEY(label, job_id)) WITHOUT ROWID;
        CREATE INDEX labels_by_job ON labels(job_id);

        CREATE TABLE events(
          job_id TEXT NOT NULL, sequence INTEGER NOT NULL, doc TEXT NOT NULL,
          PRIMARY KEY(job_id, sequence)) WITHOUT ROWID;

        CREATE TABLE logs(job_id TEXT NOT NULL, attempt INTEGER NOT NULL, utf8 BLOB NOT NULL, UNIQUE(job_id, attempt));

        CREATE TABLE keys(
          key TEXT PRIMARY KEY, job_id TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX keys_by_job ON keys(job_id);

        CREATE TABLE nodes(id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE outbox(
          id TEXT NOT NULL UNIQUE, job_id TEXT NOT NULL, sequence INTEGER NOT NULL, state INTEGER NOT NULL,
          next_attempt INTEGER NOT NULL, is_head INTEGER NOT NULL, doc TEXT NOT NULL);
        CREATE INDEX outbox_by_job ON outbox(job_id, sequence);
        CREATE INDEX outbox_by_state ON outbox(state, id);
        CREATE INDEX outbox_heads ON outbox(next_attempt) WHERE is_head = 1;

        CREATE TABLE deliveries(
          notification_id TEXT NOT NULL, number INTEGER NOT NULL, doc TEXT NOT NULL,
          PRIMARY KEY(notification_id, number)) WITHOUT ROWID
        """;

    // Came later; added to older files. Destinations say which jobs write where: what belongs to jobs that have ended goes when
    // the destination is used again.
    private const string Additions = """
        CREATE TABLE IF NOT EXISTS leases(name TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS destinations(
          key TEXT NOT NULL, job_id TEXT NOT NULL, PRIMARY KEY(key, job_id)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS destinations_by_job ON destinations(job_id)
        """;

    /// <summary>How <c>store.db</c> is made.</summary>
    public static SqliteSchema Schema { get; } = new(Version: 1, Tables, Durability.PowerCut, Additions);

    /// <summary>The names of all tables that a wipe empties.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["jobs", "labels", "events", "logs", "keys", "nodes", "outbox", "deliveries", "destinations"];
}
