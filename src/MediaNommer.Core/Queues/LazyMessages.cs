using MediaNommer.Core.Jobs;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Core.Queues;

/// <summary>
/// A worker's dealings with the queues that may come a moment later, and together: news of changed jobs, and the
/// deletion of messages that are done with. Should they get lost, nobody misses more than time: the store holds the
/// truth about a job, and a message that was not deleted comes back and is found to be settled.
/// </summary>
public sealed partial class LazyMessages(
    IMessageQueue queue, QueueNames queues, TimeProvider clock, ILogger<LazyMessages> logger) : IStateChanges
{
    /// <summary>How long the first waits for others to go with it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Lock gate = new();
    private readonly SemaphoreSlim somethingWaits = new(0);
    private List<string> changes = [];
    private List<QueueMessage> deletions = [];

    /// <inheritdoc/>
    public void Announce(StateChangeMessage change) => Add(() => changes.Add(change.ToBody()));

    /// <summary>Deletes a message soon. Neither waits nor fails.</summary>
    public void DeleteSoon(QueueMessage message) => Add(() => deletions.Add(message));

    /// <summary>Sends and deletes until cancelled, and once more then.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await somethingWaits.WaitAsync(cancellation);
                await Task.Delay(Pause, clock, cancellation);
                await FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            await FlushAsync();
        }
    }

    /// <summary>Sends and deletes at once what waits; does not fail.</summary>
    public async Task FlushAsync()
    {
        var (sending, deleting) = TakeAll();
        try
        {
            await Task.WhenAll(
            [
                .. sending.Chunk(IMessageQueue.MaxBatch).Select(
                    bodies => queue.SendAsync(queues.StateChanges, bodies, TimeSpan.Zero, CancellationToken.None)),
                .. deleting.Chunk(IMessageQueue.MaxBatch).Select(
                    messages => queue.DeleteAsync(messages, CancellationToken.None)),
            ]);
        }
        catch (Exception e)
        {
            // Whatever it was, the next ones may go through.
            Log.Lost(logger, e, sending.Count, deleting.Count);
        }
    }

    private void Add(Action add)
    {
        bool isFirst;
        lock (gate)
        {
            isFirst = changes.Count + deletions.Count == 0;
            add();
        }

        if (isFirst)
            somethingWaits.Release();
    }

    private (List<string> Changes, List<QueueMessage> Deletions) TakeAll()
    {
        lock (gate)
        {
            var taken = (changes, deletions);
            (changes, deletions) = ([], []);
            return taken;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(15, LogLevel.Warning,
            "The queue did not take {Changes} changes of state and {Deletions} deletions; they are made up for later.")]
        public static partial void Lost(ILogger logger, Exception e, int changes, int deletions);
    }
}
