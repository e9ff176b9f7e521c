using System.Collections.Concurrent;
using MediaNommer.Core.Storage;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// Asks storages for what a job needs first, and gives up when they do not answer: a look at a network mount whose server
/// is gone blocks its thread in spite of any cancellation. While a call hangs, no further one is made at the same place,
/// so that a queue full of such jobs does not use up the threads.
/// </summary>
internal sealed class StorageCalls(MediaStorages storages, TimeProvider clock)
{
    /// <summary>Longer than a disk takes to spin up.</summary>
    private static readonly TimeSpan RunPatience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, Task> hanging = new(StringComparer.Ordinal);

    /// <summary>Size and revision of a source.</summary>
    /// <param name="address">The source.</param>
    /// <param name="display">The same as it may be shown.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <param name="patience">How long to wait; null: as long as a run does.</param>
    /// <exception cref="MediaStorageException">It is missing or may not be read, or nothing answers.</exception>
    public Task<MediaStat> StatAsync(string address, string display, CancellationToken cancellation, TimeSpan? patience = null)
    {
        var storage = storages.For(address);
        return RunAsync(
            address, storage, () => storage.StatAsync(address, cancellation), patience ?? RunPatience,
            () => Silent(MediaStorageErrors.SourceUnreadable, $"The source {display} cannot be read now"), cancellation);
    }

    /// <summary>Makes a destination ready.</summary>
    /// <exception cref="MediaStorageException">It cannot be written to, or nothing answers.</exception>
    public Task PrepareAsync(string address, string display, OutputTag tag, CancellationToken cancellation)
    {
        var storage = storages.For(address);
        return RunAsync(
            address, storage,
            async () =>
            {
                await storage.PrepareAsync(address, tag, cancellation);
                return true;
            },
            RunPatience, () => Silent(MediaStorageErrors.DestNotWritable, $"The destination {display} cannot be written to now"),
            cancellation);
    }

    private async Task<T> RunAsync<T>(
        string address, IMediaStorage storage, Func<Task<T>> call, TimeSpan patience, Func<MediaStorageException> silence,
        CancellationToken cancellation)
    {
        var place = storages.PlaceOf(address);
        if (hanging.ContainsKey(place))
            throw silence();
        // A thread of its own: blocked ones would be missing from the pool.
        var begun = Task.Factory.StartNew(call, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var answer = begun.Unwrap();
        // Storages on the network have time-outs and retries of their own, once they are on their way.
        Task bounded = storage.ReadsInPlace ? answer : begun;
        try
        {
            await bounded.WaitAsync(patience, clock, cancellation);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException && !bounded.IsCompleted)
        {
            hanging[place] = bounded;
            _ = bounded.ContinueWith(_ => hanging.TryRemove(place, out Task? _), TaskScheduler.Default);
            if (e is TimeoutException)
                throw silence();
            throw;
        }

        return await answer;
    }

    // The same at every look, as what is waited for must be.
    private static MediaStorageException Silent(string code, string what) =>
        new(code, $"{what}: its disk or share does not answer.", isTransient: true) { IsAwaited = true };
}
