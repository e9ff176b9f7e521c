using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Whether a job could be taken now, by a write to the store and to the queue. What was found counts for a moment:
/// everybody may ask, and a cloud bills each write.
/// </summary>
internal sealed class Readiness(IJobStore store, IMessageQueue queue, QueueNames queues, TimeProvider clock)
{
    private static readonly TimeSpan Counts = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private Task? last;
    private long begunAt;

    /// <summary>Ends when both can be written to.</summary>
    /// <exception cref="BackendUnavailableException">One of them cannot; the message says why.</exception>
    public Task CheckAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            if (last is null || (last.IsCompleted && clock.GetElapsedTime(begunAt) >= Counts))
                (last, begunAt) = (ProbeAsync(), clock.GetTimestamp());
            return last.WaitAsync(cancellation);
        }
    }

    private async Task ProbeAsync()
    {
        // Not cancelled with the first who asks: others may wait for the same answer.
        await store.ProbeAsync(CancellationToken.None);
        await queue.ProbeAsync(queues.Normal, CancellationToken.None);
    }
}
