namespace MediaNommer.Core.Queues;

/// <summary>A message that was received and is hidden from others until its visibility time-out ends.</summary>
/// <param name="Queue">The queue that it came from.</param>
/// <param name="Receipt">Names this receipt of the message; good until somebody else receives the message.</param>
/// <param name="Body">What was sent.</param>
/// <param name="ReceiveCount">How often it was received, this time included.</param>
public sealed record QueueMessage(string Queue, string Receipt, string Body, int ReceiveCount);

/// <summary>
/// Queues with the semantics of Amazon SQS: at least once, in no promised order (nearly first in, first out). A queue
/// comes into being when it is first used. Every method may throw <see cref="Jobs.BackendUnavailableException"/>.
/// </summary>
public interface IMessageQueue
{
    /// <summary>The most messages that one receive or batch send can carry.</summary>
    public const int MaxBatch = 10;

    /// <summary>Makes sure that the given queues exist.</summary>
    Task InitializeAsync(IReadOnlyList<string> queues, CancellationToken cancellation);

    /// <summary>Sends messages; they become visible after <paramref name="delay"/> (at most 15 minutes).</summary>
    Task SendAsync(string queue, IReadOnlyList<string> bodies, TimeSpan delay, CancellationToken cancellation);

    /// <summary>
    /// Takes up to <paramref name="max"/> (1 to 10) messages from the first of the queues that has any, and hides them
    /// for <paramref name="visibility"/>. Waits up to <paramref name="wait"/> for one to appear in any of them.
    /// </summary>
    /// <returns>Empty when the wait ended, or when <paramref name="cancellation"/> did.</returns>
    Task<IReadOnlyList<QueueMessage>> ReceiveAsync(
        IReadOnlyList<string> queues, int max, TimeSpan visibility, TimeSpan wait, CancellationToken cancellation);

    /// <summary>Hides a received message for another while from now; zero makes it visible at once.</summary>
    /// <returns>False when the receipt is no longer good: somebody else received or deleted the message.</returns>
    Task<bool> ChangeVisibilityAsync(QueueMessage message, TimeSpan visibility, CancellationToken cancellation);

    /// <summary>Deletes received messages. Stale receipts are passed over.</summary>
    Task DeleteAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellation);

    /// <summary>About how many messages are in the queue, visible or not.</summary>
    Task<long> ApproximateDepthAsync(string queue, CancellationToken cancellation);

    /// <summary>Finds out whether a message could be sent now, as well as that can be told without sending one.</summary>
    Task ProbeAsync(string queue, CancellationToken cancellation);

    /// <summary>Deletes every message of the queue.</summary>
    Task PurgeAsync(string queue, CancellationToken cancellation);
}
