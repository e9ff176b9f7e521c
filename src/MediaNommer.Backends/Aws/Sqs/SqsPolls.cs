using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.Sqs;

/// <summary>
/// Long polls of several queues at the same time, which SQS itself does not offer. A poll that is no longer wanted must
/// not be broken off: the message that SQS hands it in that moment would stay hidden for a whole lease. So it goes on,
/// the next receiver takes it over, and what it brings while there is none is put back at once.
/// </summary>
internal sealed class SqsPolls(SqsClient client, SqsQueues queues)
{
    private readonly Lock gate = new();
    private readonly List<SqsPoll> unwanted = [];

    /// <summary>
    /// A poll of that queue: one that is still under way, or a new one. Where nothing is to be waited for, always a new one.
    /// </summary>
    public SqsPoll Begin(string queue, int max, int visibilitySeconds, int waitSeconds)
    {
        lock (gate)
        {
            var index = unwanted.FindIndex(poll => poll.Queue == queue && poll.Max <= max && waitSeconds > 0);
            if (index >= 0)
            {
                var poll = unwanted[index];
                unwanted.RemoveAt(index);
                return poll;
            }
        }

        return new SqsPoll(queue, max, ReceiveAsync(queue, max, visibilitySeconds, waitSeconds));
    }

    // One that is gone is made again by the next.
    private async Task<IReadOnlyList<SqsMessage>> ReceiveAsync(string queue, int max, int visibilitySeconds, int waitSeconds)
    {
        try
        {
            var url = await queues.UrlOfAsync(queue);
            return await client.ReceiveAsync(url, max, visibilitySeconds, waitSeconds, CancellationToken.None);
        }
        catch (AwsException e) when (SqsClient.NoSuchQueue.Contains(e.Code))
        {
            queues.Forget(queue);
            throw;
        }
    }

    /// <summary>Leaves a poll to the next receiver.</summary>
    public void Abandon(SqsPoll poll)
    {
        lock (gate)
            unwanted.Add(poll);
        _ = PutBackAsync(poll);
    }

    private async Task PutBackAsync(SqsPoll poll)
    {
        try
        {
            var messages = await poll.Messages;
            lock (gate)
            {
                if (!unwanted.Remove(poll))
                    return;
            }

            await PutBackAsync(poll.Queue, messages);
        }
        catch (AwsException)
        {
            // Then the messages come back by themselves when their visibility ends.
            lock (gate)
                unwanted.Remove(poll);
        }
    }

    private async Task PutBackAsync(string queue, IReadOnlyList<SqsMessage> messages)
    {
        var url = await queues.UrlOfAsync(queue);
        await Task.WhenAll(messages.Select(
            message => client.ChangeVisibilityAsync(url, message.Receipt, 0, CancellationToken.None)));
    }
}

/// <summary>One long poll.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Max">The most messages that it brings.</param>
/// <param name="Messages">What it brings, perhaps nothing.</param>
internal sealed record SqsPoll(string Queue, int Max, Task<IReadOnlyList<SqsMessage>> Messages);
