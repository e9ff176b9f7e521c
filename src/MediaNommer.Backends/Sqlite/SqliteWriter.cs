using System.Collections.Concurrent;
using MediaNommer.Core.Jobs;
using Microsoft.Data.Sqlite;

namespace MediaNommer.Backends.Sqlite;

/// <summary>
/// Writes to a database, one transaction after the other. What arrives while one commits goes into the next together,
/// so that many callers share one flush of the disk. In quiet times a caller writes itself, which spares it two changes
/// of thread; when it would have to wait for another process, or others write too, a thread of its own does it.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private const int MaxTogether = 256;

    // Longer than any transaction: only a process that was stopped in the middle of one holds the others up so long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const long QuietMilliseconds = 20;

    private readonly SqliteFile file;
    private readonly WriteTurn turn;
    private readonly ConcurrentQueue<WriteRequest> waiting = [];

    // Not a SemaphoreSlim: it spins before it sleeps, which would cost a core whenever there is a little to do.
    private readonly AutoResetEvent handedOver = new(false);
    private readonly Thread thread;
    private int isWriting;
    private long busyAt = -QuietMilliseconds;
    private volatile bool isEnding;
    private volatile bool isOver;

    // Both belong to who has set isWriting.
    private readonly List<WriteRequest> batch = new(MaxTogether);
    private SqliteSession? session;

    public SqliteWriter(SqliteFile file, WriteTurn turn)
    {
        this.file = file;
        this.turn = turn;
        thread = new Thread(WorkWhenAsked) { IsBackground = true, Name = $"write {Path.GetFileName(file.Path)}" };
        thread.Start();
    }

    /// <summary>Runs work in a transaction; the task ends when it is committed.</summary>
    public Task<T> RunAsync<T>(WriteRequest<T> request, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellation);
        ObjectDisposedException.ThrowIf(isEnding, this);
        waiting.Enqueue(request);
        if (TryBeginWriting())
        {
            if (Environment.TickCount64 - Volatile.Read(ref busyAt) > QuietMilliseconds && turn.TryEnter())
                CommitTogether();
            EndWriting();
        }

        return request.Task.IsCompleted ? request.Task : WaitForAsync(request, cancellation);
    }

    public void Dispose()
    {
        isEnding = true;
        if (!SpinWait.SpinUntil(TryBeginWriting, Patience))
            return;
        WriteAll();
        isOver = true;
        handedOver.Set();
        thread.Join();
        session?.Dispose();
        handedOver.Dispose();
    }

    private async Task<T> WaitForAsync<T>(WriteRequest<T> request, CancellationToken cancellation)
    {
        var patience = CallLimit.Within(Patience);
        try
        {
            return await request.Task.WaitAsync(patience, cancellation);
        }
        catch (OperationCanceledException) when (!request.Task.IsCompleted && request.TryTake())
        {
            throw;
        }
        catch (TimeoutException) when (!request.Task.IsCompleted && request.TryTake())
        {
            throw new BackendUnavailableException(
                $"{file.Path} could not be written to for {patience.TotalSeconds:0.#} s: another process holds it.");
        }
        catch (TimeoutException) when (CallLimit.Current is not null && !request.Task.IsCompleted)
        {
            throw new BackendUnavailableException(
                $"{file.Path} takes longer than {patience.TotalSeconds:0.#} s to be written to, and may still be: its disk is "
                + "slow or does not answer.");
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // It is being written: its caller must know what came of it.
            return await request.Task;
        }
    }

    private bool TryBeginWriting() => Interlocked.CompareExchange(ref isWriting, 1, 0) == 0;

    /// <summary>Lets the next one write; what still waits goes to the thread.</summary>
    private void EndWriting()
    {
        Interlocked.Exchange(ref isWriting, 0);
        if (!waiting.IsEmpty && TryBeginWriting())
        {
            Volatile.Write(ref busyAt, Environment.TickCount64);
            handedOver.Set();
        }
    }

    private void WriteAll()
    {
        while (!waiting.IsEmpty)
        {
            turn.Enter();
            CommitTogether();
        }
    }

    /// <summary>What the thread does: writes until nothing is left, each time it is handed the work.</summary>
    private void WorkWhenAsked()
    {
        while (true)
        {
            handedOver.WaitOne();
            if (isOver)
                return;
            WriteAll();
            Volatile.Write(ref busyAt, Environment.TickCount64);
            EndWriting();
        }
    }

    /// <summary>Writes what waits in one transaction. Has the turn and gives it up.</summary>
    private void CommitTogether()
    {
        Exception? failure = null;
        try
        {
            Gather();
            Commit();
        }
        catch (Exception e) when (e is SqliteException or BackendUnavailableException or IOException)
        {
            failure = e is SqliteException inSqlite ? file.Explain(inSqlite) : e;
            session?.Dispose();
            session = null;
        }
        finally
        {
            turn.Leave();
        }

        foreach (var request in batch)
            request.Complete(failure);
        batch.Clear();
    }

    private void Gather()
    {
        while (batch.Count < MaxTogether && waiting.TryDequeue(out var next))
        {
            if (next.TryTake())
                batch.Add(next);
        }
    }

    private void Commit()
    {
        if (batch.Count == 0)
            return;
        session ??= file.Open();
        session.Require(batch.Max(request => request.Durability));
        session.Execute("BEGIN IMMEDIATE");
        if (batch.Count == 1)
        {
            session.Execute(TryRun(session, batch[0]) ? "COMMIT" : "ROLLBACK");
            return;
        }

        foreach (var request in batch)
        {
            session.Execute("SAVEPOINT one");
            if (!TryRun(session, request))
                session.Execute("ROLLBACK TO one");
            session.Execute("RELEASE one");
        }

        session.Execute("COMMIT");
    }

    private bool TryRun(SqliteSession session, WriteRequest request)
    {
        try
        {
            request.Run(session);
            return true;
        }
        catch (Exception e) when (!SqliteFile.ConcernsAll(e))
        {
            request.Spoil(e is SqliteException inSqlite ? file.Explain(inSqlite) : e);
            return false;
        }
    }
}
