namespace MediaNommer.Backends.Sqlite;

/// <summary>One piece of work that waits for the writer. Either the writer begins it or its caller gives it up.</summary>
internal abstract class WriteRequest(Durability durability)
{
    private int taken;

    /// <summary>What it must survive at least.</summary>
    public Durability Durability => durability;

    /// <summary>True for the first who asks: the writer that begins it, or the caller that gives it up.</summary>
    public bool TryTake() => Interlocked.Exchange(ref taken, 1) == 0;

    /// <summary>Does the work inside the writer's transaction.</summary>
    public abstract void Run(SqliteSession session);

    /// <summary>Notes that the work itself failed; the transaction goes on without it.</summary>
    public abstract void Spoil(Exception e);

    /// <summary>Tells the caller, once the transaction is over.</summary>
    /// <param name="failure">Why the transaction as a whole failed, or null.</param>
    public abstract void Complete(Exception? failure);
}

/// <inheritdoc/>
/// <param name="work">Reads and writes; when it throws, what it wrote is taken back.</param>
/// <param name="committed">Runs on the writer's thread right after the commit: must be short and not throw.</param>
/// <param name="durability">What it must survive at least.</param>
internal sealed class WriteRequest<T>(Func<SqliteSession, T> work, Action? committed, Durability durability)
    : WriteRequest(durability)
{
    private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? result;
    private Exception? spoiled;

    public Task<T> Task => done.Task;

    public override void Run(SqliteSession session) => result = work(session);

    public override void Spoil(Exception e) => spoiled = e;

    public override void Complete(Exception? failure)
    {
        if ((failure ?? spoiled) is { } e)
        {
            done.SetException(e);
            return;
        }

        committed?.Invoke();
        done.SetResult(result!);
    }
}
