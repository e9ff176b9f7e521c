using System.Net.Sockets;
using MediaNommer.Core.Settings;

namespace MediaNommer.Core.Storage;

/// <summary>
/// The patience with one transfer over a network: how long nothing may move, how often and after what pause a broken
/// connection is made anew. After a good stretch (1 MiB) the count begins anew, so that a long file gets through a bad
/// line. Only bytes that no earlier try had reached make a stretch: one that begins at the start each time and always
/// breaks at the same place is given up.
/// </summary>
/// <param name="options">Time-outs and retries.</param>
/// <param name="clock">Measures them.</param>
/// <param name="atLeast">For how long nothing may move in any case: some questions take a server long.</param>
internal sealed class Transfer(StorageOptions options, TimeProvider clock, TimeSpan atLeast = default)
{
    private const long GoodStretch = 1 << 20;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly TimeSpan timeout = TimeSpan.FromSeconds(Math.Max(options.TransferTimeout, atLeast.TotalSeconds));
    private CancellationTokenSource silence = new();
    private int breaks;
    private long furthest;
    private long stretchFrom;

    /// <summary>Runs a try, and further ones as long as it ends in a broken connection and the patience lasts.</summary>
    /// <param name="tryOnce">One try. Its token ends with the caller's, or when nothing moved for too long.</param>
    /// <param name="giveUp">Makes the error from the reason why the last try broke.</param>
    /// <param name="cancellation">Ends the transfer.</param>
    public async Task<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> tryOnce, Func<string, Exception, MediaStorageException> giveUp,
        CancellationToken cancellation)
    {
        while (true)
        {
            using var timer = silence = new CancellationTokenSource(timeout, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
            try
            {
                return await tryOnce(either.Token);
            }
            catch (Exception e) when (cancellation.IsCancellationRequested && e is not MediaStorageException)
            {
                throw new OperationCanceledException("The transfer was cancelled.", e, cancellation);
            }
            catch (Exception e) when (IsBreak(e))
            {
                if (breaks >= options.TransferRetries)
                    throw giveUp($"{Describe(e)} (given up after {breaks + 1} tries)", e);
                await PauseAsync((e as TransferBrokenException)?.RetryAfter, cancellation);
            }
        }
    }

    /// <summary>Something moved: the time-out begins anew.</summary>
    public void Moved() => silence.CancelAfter(timeout);

    /// <summary>Reads a stream, and counts what comes as a move.</summary>
    public Func<Memory<byte>, CancellationToken, ValueTask<int>> Watch(Stream stream) => async (buffer, cancellation) =>
    {
        var read = await stream.ReadAsync(buffer, cancellation);
        Moved();
        return read;
    };

    /// <summary>The file was moved up to this byte.</summary>
    public void MovedTo(long position)
    {
        Moved();
        furthest = Math.Max(furthest, position);
        if (furthest - stretchFrom >= GoodStretch)
            (stretchFrom, breaks) = (furthest, 0);
    }

    private static bool IsBreak(Exception e) =>
        e is HttpRequestException or SocketException or TransferBrokenException or OperationCanceledException
        || (e is IOException && !FileErrors.IsFull(e));

    private string Describe(Exception e)
    {
        if (e is OperationCanceledException)
            return $"nothing moved for {timeout.TotalSeconds:0.#} s{(atLeast < timeout ? " (TransferTimeout)" : "")}";
        var cause = e.InnerException is { } inner && !e.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $": {inner.Message.TrimEnd('.')}"
            : "";
        return e.Message.TrimEnd('.') + cause;
    }

    private Task PauseAsync(TimeSpan? atLeast, CancellationToken cancellation)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(breaks, 10)) * (0.75 + (Random.Shared.NextDouble() / 2));
        pause = atLeast > pause ? atLeast.Value : pause;
        breaks++;
        stretchFrom = furthest;
        return Task.Delay(pause < LongestPause ? pause : LongestPause, clock, cancellation);
    }
}

/// <summary>The other side broke off, or said that trying again may help.</summary>
internal sealed class TransferBrokenException(string message, TimeSpan? retryAfter = null) : Exception(message)
{
    /// <summary>How long it asks us to wait, or null.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
