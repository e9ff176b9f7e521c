using System.Collections.Concurrent;
using System.Threading.Channels;
using MediaNommer.Core.Queues;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Tells everybody in this process who listens that a job has changed. A listener that reads too slowly loses the
/// oldest changes, never holds up the others: a change only says which job to look at, the store says how it stands.
/// </summary>
internal sealed class JobEventHub : IStateChanges
{
    private readonly ConcurrentDictionary<JobEventSubscription, bool> subscriptions = new();
    private long announced;

    /// <summary>Grows with each change, and when some may have been missed.</summary>
    public long Announced => Interlocked.Read(ref announced);

    /// <summary>Says that changes may have happened of which nobody told us.</summary>
    public void MissSome() => Interlocked.Increment(ref announced);

    /// <summary>Hands a change to every listener.</summary>
    public void Announce(StateChangeMessage change)
    {
        Interlocked.Increment(ref announced);
        foreach (var subscription in subscriptions.Keys)
            subscription.Offer(change);
    }

    /// <summary>Listens from now on, until the subscription is disposed.</summary>
    public JobEventSubscription Subscribe()
    {
        var subscription = new JobEventSubscription(ended => subscriptions.TryRemove(ended, out _));
        subscriptions[subscription] = true;
        return subscription;
    }
}

/// <summary>One listener of a <see cref="JobEventHub"/>; holds at most the newest 1,024 changes.</summary>
internal sealed class JobEventSubscription(Action<JobEventSubscription> onDispose) : IDisposable
{
    private readonly Channel<StateChangeMessage> channel = Channel.CreateBounded<StateChangeMessage>(
        new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>The changes, in the order in which they became known; ends when the subscription is disposed.</summary>
    public ChannelReader<StateChangeMessage> Changes => channel.Reader;

    internal void Offer(StateChangeMessage change) => channel.Writer.TryWrite(change);

    /// <inheritdoc/>
    public void Dispose()
    {
        onDispose(this);
        channel.Writer.TryComplete();
    }
}
