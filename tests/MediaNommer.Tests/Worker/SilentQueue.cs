using MediaNommer.Core.Queues;

namespace MediaNommer.Tests.Worker;

/// <summary>A queue that hands out messages and then says nothing more, or what no queue should.</summary>
internal sealed class SilentQueue(IMessageQueue queue) : IMessageQueue
{
    private int thrown;

    /// <summary>How many receives fail at first in a way that nobody expects.</summary>
    public int Throws { get; set; }

    public Task InitializeAsync(IReadOnlyList<string> queues, CancellationToken cancellation) =>
        queue.InitializeAsync(queues, cancellation);

    public Task SendAsync(string name, IReadOnlyList<string> bodies, TimeSpan delay, CancellationToken cancellation) =>
        queue.SendAsync(name, bodies, delay, cancellation);

    public Task<IReadOnlyList<QueueMessage>> ReceiveAsync(
        IReadOnlyList<string> queues, int max, TimeSpan visibility, TimeSpan wait, CancellationToken cancellation) =>
        Interlocked.Increment(ref thrown) <= Throws
            ? throw new UriFormatException("never heard of it")
            : queue.ReceiveAsync(queues, max, visibility, wait, cancellation);

    public async Task<bool> ChangeVisibilityAsync(QueueMessage message, TimeSpan visibility, CancellationToken cancellation)
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        return true;
    }

    public Task DeleteAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellation) =>
        queue.DeleteAsync(messages, cancellation);

    public Task ProbeAsync(string name, CancellationToken cancellation) => queue.ProbeAsync(name, cancellation);

    public Task<long> ApproximateDepthAsync(string name, CancellationToken cancellation) =>
        queue.ApproximateDepthAsync(name, cancellation);

    public Task PurgeAsync(string name, CancellationToken cancellation) => queue.PurgeAsync(name, cancellation);
}
