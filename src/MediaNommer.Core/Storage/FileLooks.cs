namespace MediaNommer.Core.Storage;

/// <summary>
/// Looks at files whose file system may hang, as a network mount does when its server is gone: on another thread, and
/// with a patience of two seconds. All of feederd's API looks through this one.
/// </summary>
/// <param name="clock">Measures the patience.</param>
public sealed class FileLooks(TimeProvider clock)
{
    /// <summary>How long a look may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int MostInPool = 4;
    private const int MostHanging = 64;

    private int underway;
    private int hanging;

    /// <summary>Looks. What comes too late is disposed of.</summary>
    /// <param name="look">The look; its token ends with the patience.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="TimeoutException">It took too long, or too many others hang already.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> look, CancellationToken cancellation)
    {
        if (Volatile.Read(ref hanging) >= MostHanging)
            throw new TimeoutException($"{MostHanging} looks at files hang already.");
        var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var task = Begin(() => look(end.Token));
        try
        {
            return await task.WaitAsync(Patience, clock, cancellation);
        }
        finally
        {
            if (task.IsCompleted)
                end.Dispose();
            else
                _ = EndLateAsync(task, end);
        }
    }

    /// <summary>Opens what a storage reads in place with the patience, and everything else as the storage does.</summary>
    /// <exception cref="MediaStorageException">It cannot be opened, or its file system does not answer.</exception>
    public async Task<IMediaContent?> OpenAsync(IMediaStorage storage, string address, CancellationToken cancellation)
    {
        if (!storage.ReadsInPlace)
            return await storage.OpenAsync(address, cancellation);
        try
        {
            return await RunAsync(token => storage.OpenAsync(address, token), cancellation);
        }
        catch (TimeoutException e)
        {
            throw new MediaStorageException(
                MediaStorageErrors.TransferFailed,
                $"{MediaUri.Redact(address)} could not be opened within {Patience.TotalSeconds:0} s: its file system does not answer.",
                isTransient: true, e);
        }
    }

    // The threads of the pool are everybody's: it lends a few, and further looks get threads of their own.
    private Task<T> Begin<T>(Func<Task<T>> look) => Interlocked.Increment(ref underway) <= MostInPool
        ? Task.Run(() => CountedAsync(look), CancellationToken.None)
        : Task.Factory.StartNew(
            () => CountedAsync(look), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    private async Task<T> CountedAsync<T>(Func<Task<T>> look)
    {
        try
        {
            return await look();
        }
        finally
        {
            Interlocked.Decrement(ref underway);
        }
    }

    private async Task EndLateAsync<T>(Task<T> task, CancellationTokenSource end)
    {
        Interlocked.Increment(ref hanging);
        await end.CancelAsync();
        await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Interlocked.Decrement(ref hanging);
        end.Dispose();
        if (task.IsCompletedSuccessfully && task.Result is IAsyncDisposable late)
            await late.DisposeAsync();
    }
}
