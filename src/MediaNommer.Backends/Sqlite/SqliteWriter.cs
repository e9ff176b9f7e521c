using System.Collections.Concurrent;
using MediaNommer.Core.Jobs;
using Microsoft.Data.Sqlite;

namespace MediaNommer.Backends.Sqlite;

/// <summary>
/// The one thread of this process that writes to a database. What arrives while it commits goes into its next
/// transaction together, so that many callers share one flush of the disk, and a lone one waits for nothing else.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private const int MaxTogether = 256;

    // Longer than any transaction: only a process that was stopped in the middle of one holds the others up so long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SqliteFile file;
    private readonly WriteTurn turn;
    private readonly BlockingCollection<WriteRequest> waiting = [];
    private readonly Thread thread;

    public SqliteWriter(SqliteFile file, WriteTurn turn)
    {
        this.file = file;
        this.turn = turn;
        thread = new Thread(Work) { IsBackground = true, Name = $"write {Path.GetFileName(file.Path)}" };
        thread.Start();
    }

    /// <summary>Runs work in a transaction; the task ends when it is committed.</summary>
    public async Task<T> RunAsync<T>(Func<SqliteSession, T> work, Action? committed, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var request = new WriteRequest<T>(work, committed);
        waiting.Add(request, CancellationToken.None);
        try
        {
            return await request.Task.WaitAsync(Patience, CancellationToken.None);
        }
        catch (TimeoutException) when (!request.Task.IsCompleted && request.TryTake())
        {
            throw new BackendUnavailableException(
                $"{file.Path} could not be written to for {Patience.TotalSeconds:0} s: another process holds it.");
        }
        catch (TimeoutException)
        {
            return await request.Task;
        }
    }

    public void Dispose()
    {
        waiting.CompleteAdding();
        thread.Join();
        waiting.Dispose();
    }

    private void Work()
    {
        SqliteSession? session = null;
        var batch = new List<WriteRequest>(MaxTogether);
        foreach (var first in waiting.GetConsumingEnumerable())
        {
            Exception? failure = null;
            try
            {
                session ??= file.Open();
                CommitTogether(session, first, batch);
            }
            catch (Exception e) when (e is SqliteException or BackendUnavailableException or IOException)
            {
                failure = e is SqliteException inSqlite ? file.Explain(inSqlite) : e;
                session?.Dispose();
                session = null;
            }

            if (batch.Count == 0 && first.TryTake())
                batch.Add(first);
            foreach (var request in batch)
                request.Complete(failure);
            batch.Clear();
        }

        session?.Dispose();
    }

    private void CommitTogether(SqliteSession session, WriteRequest first, List<WriteRequest> batch)
    {
        turn.Enter();
        try
        {
            Gather(first, batch);
            if (batch.Count == 0)
                return;
            session.Execute("BEGIN IMMEDIATE");
            foreach (var request in batch)
                RunOne(session, request);
            session.Execute("COMMIT");
        }
        finally
        {
            turn.Leave();
        }
    }

    private void Gather(WriteRequest first, List<WriteRequest> batch)
    {
        if (first.TryTake())
            batch.Add(first);
        while (batch.Count < MaxTogether && waiting.TryTake(out var next))
        {
            if (next.TryTake())
                batch.Add(next);
        }
    }

    private void RunOne(SqliteSession session, WriteRequest request)
    {
        session.Execute("SAVEPOINT one");
        try
        {
            request.Run(session);
        }
        catch (Exception e) when (!SqliteFile.ConcernsAll(e))
        {
            request.Spoil(e is SqliteException inSqlite ? file.Explain(inSqlite) : e);
            session.Execute("ROLLBACK TO one");
        }

        session.Execute("RELEASE one");
    }
}
