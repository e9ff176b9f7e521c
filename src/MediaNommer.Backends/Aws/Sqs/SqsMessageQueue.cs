using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Queues;

namespace MediaNommer.Backends.Aws.Sqs;

/// <summary>Message queues in Amazon SQS. Times are rounded up to whole seconds, because SQS knows no finer ones.</summary>
internal sealed class SqsMessageQueue(SqsClient client, SqsQueues queues, TimeProvider clock) : IMessageQueue, IDisposable
{
    private const int LongestWait = 20;
    private const int LongestVisibility = 43_200;
    private const int LongestDelay = 900;
    private const int SendTries = 4;

    // By then a queue that has messages has answered.
    private static readonly TimeSpan InOrder = TimeSpan.FromMilliseconds(200);

    // What SQS says of a receipt that is no longer good.
    private static readonly HashSet<string> Stale = new(StringComparer.Ordinal)
    {
        "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", "ReceiptHandleIsInvalid",
        "InvalidParameterValue", "InvalidParameterValueException",
    };

    // Within this time after a long wait that brought nothing the queues count as empty still.
    private static readonly TimeSpan StillEmpty = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(0.5);

    private readonly SqsPolls polls = new(client, queues);
    private long emptyAt;

    public Task InitializeAsync(IReadOnlyList<string> names, CancellationToken cancellation) =>
        Task.WhenAll(names.Append(queues.DeadLetters).Select(queues.UrlOfAsync)).WaitAsync(cancellation);

    public Task SendAsync(string queue, IReadOnlyList<string> bodies, TimeSpan delay, CancellationToken cancellation) =>
        WithQueueAsync(queue, async url =>
        {
            var left = bodies;
            for (var tries = 1; left.Count > 0; tries++)
            {
                var failures = await client.SendBatchAsync(url, left, Seconds(delay, LongestDelay), cancellation);
                if (failures.FirstOrDefault(failure => failure.IsOurFault || tries == SendTries) is { } final)
                    throw new AwsException($"SQS did not take a message for {queue}: {final.Code}: {final.Message}", final.Code, null);
                left = [.. failures.Select(failure => left[failure.Index])];
                if (left.Count > 0)
                    await Task.Delay(TimeSpan.FromMilliseconds(50 << tries), clock, cancellation);
            }

            return true;
        });

    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(
        IReadOnlyList<string> names, int max, TimeSpan visibility, TimeSpan wait, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return [];
        var hidden = Seconds(visibility, LongestVisibility);
        // Long polls of several queues are answered in no order, so they are for queues in which nothing waits already.
        if (wait <= TimeSpan.Zero || clock.GetUtcNow().Ticks - emptyAt > StillEmpty.Ticks)
        {
            foreach (var name in names)
            {
                if (await LookAsync(name, max, hidden, cancellation) is { Count: > 0 } found)
                    return Taken(name, found);
            }
        }

        if (wait <= TimeSpan.Zero || cancellation.IsCancellationRequested)
            return [];
        var late = await WaitAsync(names, max, hidden, wait, cancellation);
        emptyAt = late.Count > 0 || cancellation.IsCancellationRequested ? 0 : clock.GetUtcNow().Ticks;
        return late;
    }

    public Task<bool> ChangeVisibilityAsync(QueueMessage message, TimeSpan visibility, CancellationToken cancellation) =>
        WithQueueAsync(message.Queue, async url =>
        {
            try
            {
                await client.ChangeVisibilityAsync(url, message.Receipt, Seconds(visibility, LongestVisibility), cancellation);
                return true;
            }
            catch (AwsException e) when (Stale.Contains(e.Code))
            {
                return false;
            }
        });

    public async Task DeleteAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellation)
    {
        foreach (var ofQueue in messages.GroupBy(message => message.Queue))
        {
            foreach (var batch in ofQueue.Select(message => message.Receipt).Distinct().Chunk(IMessageQueue.MaxBatch))
                await DeleteAsync(ofQueue.Key, batch, cancellation);
        }
    }

    // SQS has no disk that could be full: what answers takes messages.
    public Task ProbeAsync(string queue, CancellationToken cancellation) =>
        WithQueueAsync(queue, url => client.GetAttributesAsync(url, ["QueueArn"], cancellation));

    public Task<long> ApproximateDepthAsync(string queue, CancellationToken cancellation) =>
        WithQueueAsync(queue, async url =>
        {
            var attributes = await client.GetAttributesAsync(
                url,
                [
                    "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
                cancellation);
            return attributes.Values.Sum(value => long.TryParse(value, out var number) ? number : 0);
        });

    public Task PurgeAsync(string queue, CancellationToken cancellation) => WithQueueAsync(queue, async url =>
    {
        await client.PurgeAsync(url, cancellation);
        return true;
    });

    public void Dispose() => client.Dispose();

    private static int Seconds(TimeSpan time, int longest) =>
        (int)Math.Clamp(Math.Ceiling(time.TotalSeconds), 0, longest);

    private static IReadOnlyList<QueueMessage> Taken(string queue, IReadOnlyList<SqsMessage> messages) =>
        [.. messages.Select(message => new QueueMessage(queue, message.Receipt, message.Body, message.ReceiveCount))];

    private async Task<IReadOnlyList<SqsMessage>> LookAsync(string name, int max, int hidden, CancellationToken cancellation)
    {
        var look = polls.Begin(name, max, hidden, waitSeconds: 0);
        try
        {
            return await look.Messages.WaitAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            polls.Abandon(look);
            return [];
        }
    }

    /// <summary>Long polls of all queues side by side, until one brings something or the time is over.</summary>
    private async Task<IReadOnlyList<QueueMessage>> WaitAsync(
        IReadOnlyList<string> names, int max, int hidden, TimeSpan wait, CancellationToken cancellation)
    {
        var deadline = clock.GetUtcNow() + wait;
        var running = names.Select(name => polls.Begin(name, max, hidden, Seconds(wait, LongestWait))).ToList();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Only polls that were taken over, or a server that does not keep its time, are still under way then.
        var over = Task.Delay(wait + Grace, clock, end.Token);
        try
        {
            while (running.Count > 0)
            {
                if (await Task.WhenAny(running.Select(poll => (Task)poll.Messages).Append(over)) == over)
                    return [];
                var index = running.FindIndex(poll => poll.Messages.IsCompleted);
                var ended = running[index];
                running.RemoveAt(index);
                if (await ended.Messages is { Count: > 0 } found)
                    return Taken(ended.Queue, found);
                if (deadline - clock.GetUtcNow() is var left && left > Grace)
                    running.Insert(index, polls.Begin(ended.Queue, max, hidden, Seconds(left, LongestWait)));
            }

            return [];
        }
        finally
        {
            running.ForEach(polls.Abandon);
            await end.CancelAsync();
        }
    }

    private Task DeleteAsync(string queue, string[] receipts, CancellationToken cancellation) =>
        WithQueueAsync(queue, async url =>
        {
            var failures = await client.DeleteBatchAsync(url, receipts, cancellation);
            if (failures.FirstOrDefault(failure => !failure.IsOurFault) is { } failed)
                throw new AwsException($"SQS did not delete a message of {queue}: {failed.Code}: {failed.Message}", failed.Code, null);
            return true;
        });

    private async Task<T> WithQueueAsync<T>(string queue, Func<string, Task<T>> act)
    {
        try
        {
            return await act(await queues.UrlOfAsync(queue));
        }
        catch (AwsException e) when (SqsClient.NoSuchQueue.Contains(e.Code))
        {
            // Somebody deleted it since: it comes into being again.
            queues.Forget(queue);
            return await act(await queues.UrlOfAsync(queue));
        }
    }
}
