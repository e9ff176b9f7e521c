using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;
using Microsoft.Data.Sqlite;

namespace MediaNommer.Backends.Sqlite;

/// <summary>How a database is made.</summary>
/// <param name="Version">Kept in the file; grows with every change of the tables.</param>
/// <param name="Tables">The statements that make the tables.</param>
/// <param name="Durability">What a write survives that says nothing else.</param>
/// <param name="Additions">Statements that make what older files lack; they do nothing where it is there.</param>
internal sealed record SqliteSchema(int Version, string Tables, Durability Durability, string Additions = "");

/// <summary>One database file: writes go through one thread, reads through a pool of connections beside it.</summary>
internal sealed class SqliteFile(string path, SqliteSchema schema) : IDisposable
{
    private const int MostIdleReaders = 8;
    private const string ProbeTable = "CREATE TABLE IF NOT EXISTS probe(id INTEGER PRIMARY KEY, number INTEGER NOT NULL)";

    private readonly Lock gate = new();
    private readonly Stack<SqliteSession> idleReaders = [];
    private WriteTurn? turn;
    private SqliteWriter? writer;
    private bool isReady;
    private bool isDisposed;

    /// <summary>Where the database lies.</summary>
    public string Path => path;

    /// <summary>Makes the file and its tables when they are not there.</summary>
    /// <exception cref="BackendUnavailableException">It cannot be used; the message says why.</exception>
    public void Prepare()
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (Volatile.Read(ref isReady))
            return;
        SqliteLibrary.Require();
        lock (gate)
        {
            if (isReady)
                return;
            try
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
                // SQLite gives what it puts beside a database the database's own mode.
                PrivateFolder.MakeFile(path);
                turn ??= new WriteTurn(path);
                MakeTables(turn);
                writer ??= new SqliteWriter(this, turn);
                Volatile.Write(ref isReady, true);
            }
            catch (SqliteException e)
            {
                throw Explain(e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new BackendUnavailableException($"{path} cannot be opened: {e.Message}", e);
            }
        }
    }

    /// <summary>Runs work in a transaction; the task ends when it is committed.</summary>
    public Task<T> WriteAsync<T>(
        Func<SqliteSession, T> work, CancellationToken cancellation, Action? committed = null,
        Durability? durability = null)
    {
        try
        {
            Prepare();
            var request = new WriteRequest<T>(work, committed, durability ?? schema.Durability);
            return writer!.RunAsync(request, cancellation);
        }
        catch (Exception e) when (e is BackendUnavailableException or ObjectDisposedException)
        {
            return Task.FromException<T>(e);
        }
    }

    /// <summary>Writes something that nobody reads, as durably as all else.</summary>
    public Task ProbeAsync(CancellationToken cancellation) => WriteAsync(
        session => session.Execute(
            "INSERT INTO probe(id, number) VALUES(1, 1) ON CONFLICT(id) DO UPDATE SET number=number+1"),
        cancellation);

    /// <summary>Runs a query that takes no longer than handing it to another thread would.</summary>
    public Task<T> ReadAsync<T>(Func<SqliteSession, T> query)
    {
        try
        {
            return Task.FromResult(Read(query));
        }
        catch (Exception e) when (e is BackendUnavailableException or ObjectDisposedException)
        {
            return Task.FromException<T>(e);
        }
    }

    /// <summary>Runs a query and blocks meanwhile.</summary>
    public T Read<T>(Func<SqliteSession, T> query)
    {
        Prepare();
        SqliteSession? session = null;
        try
        {
            session = TakeReader() ?? Open();
            var result = query(session);
            if (TryKeep(session))
                session = null;
            return result;
        }
        catch (SqliteException e)
        {
            throw Explain(e);
        }
        finally
        {
            session?.Dispose();
        }
    }

    /// <summary>A new connection to the file.</summary>
    public SqliteSession Open()
    {
        var session = new SqliteSession(path);
        // The log is copied into the database every 8 MB or so and cut back to 32 MB after a burst.
        session.Run("PRAGMA wal_autocheckpoint=2000; PRAGMA journal_size_limit=33554432");
        return session;
    }

    /// <summary>True for errors of the database as a whole, after which nothing of a transaction can be kept.</summary>
    public static bool ConcernsAll(Exception e) =>
        e is SqliteException { SqliteErrorCode: not SQLitePCL.raw.SQLITE_CONSTRAINT };

    /// <summary>Puts an error of SQLite into words that say what to do.</summary>
    public Exception Explain(SqliteException e) => e.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_CONSTRAINT => new InvalidOperationException($"{path}: {e.Message}", e),
        SQLitePCL.raw.SQLITE_FULL => Unavailable("the disk is full; nothing was written. Make room there.", e),
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED =>
            Unavailable("another program keeps it locked. Close that program.", e),
        SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB =>
            Unavailable("it is damaged or no database. Restore it from a backup, or move it away to begin anew.", e),
        SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_PERM =>
            Unavailable("it cannot be opened for writing. Check the permissions of the data folder.", e),
        _ => Unavailable(e.Message, e),
    };

    public void Dispose()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        writer?.Dispose();
        while (TakeReader() is { } session)
            session.Dispose();
        turn?.Dispose();
    }

    private SqliteSession? TakeReader()
    {
        lock (gate)
            return idleReaders.TryPop(out var session) ? session : null;
    }

    private bool TryKeep(SqliteSession session)
    {
        lock (gate)
        {
            if (idleReaders.Count == MostIdleReaders)
                return false;
            idleReaders.Push(session);
            return true;
        }
    }

    private BackendUnavailableException Unavailable(string what, Exception e) => new($"{path}: {what}", e);

    private void MakeTables(WriteTurn turn)
    {
        turn.Enter();
        try
        {
            using var session = Open();
            session.Run("PRAGMA journal_mode=WAL");
            var found = session.First("PRAGMA user_version", row => row.GetInt32(0));
            if (found > schema.Version)
                throw new BackendUnavailableException(
                    $"{path} was written by a newer media-nommer (format {found}; this one knows {schema.Version}). "
                    + "Install that version again, or choose another data folder.");
            if (found == 0)
                session.Run($"BEGIN IMMEDIATE; {schema.Tables}; PRAGMA user_version={schema.Version}; COMMIT");
            session.Run($"{ProbeTable}; {schema.Additions}");
        }
        finally
        {
            turn.Leave();
        }
    }
}
