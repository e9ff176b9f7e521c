namespace MediaNommer.Core.Queues;

/// <summary>The reference of <see cref="IMessageQueue"/>: everything in memory, nothing kept beyond the process.</summary>
public sealed class InMemoryMessageQueue(TimeProvider clock) : IMessageQueue
{
    private static readonly TimeSpan Retention = TimeSpan.FromDays(14);

    private readonly Lock gate = new();
    private readonly List<Entry> entries = [];
    private TaskCompletionSource changed = NewSignal();
    private long receipts;

    /// <inheritdoc/>
    public Task InitializeAsync(IReadOnlyList<string> queues, CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task SendAsync(string queue, IReadOnlyList<string> bodies, TimeSpan delay, CancellationToken cancellation)
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            entries.AddRange(bodies.Select(body => new Entry(queue, body, now) { VisibleAt = now + delay }));
            WakeAll();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(
        IReadOnlyList<string> queues, int max, TimeSpan visibility, TimeSpan wait, CancellationToken cancellation)
    {
        var deadline = clock.GetUtcNow() + wait;
        while (!cancellation.IsCancellationRequested)
        {
            Task signal;
            TimeSpan pause;
            lock (gate)
            {
                if (Take(queues, max, visibility) is { Count: > 0 } taken)
                    return taken;
                signal = changed.Task;
                var next = entries
                    .Where(entry => queues.Contains(entry.Queue))
                    .Min(entry => (DateTimeOffset?)entry.VisibleAt);
                var now = clock.GetUtcNow();
                if (now >= deadline)
                    return [];
                pause = (next < deadline ? next.Value : deadline) - now;
            }

            // Not positive when a message became visible since the look: look again at once.
            if (pause > TimeSpan.Zero)
                await WaitAsync(signal, pause, cancellation);
        }

        return [];
    }

    /// <inheritdoc/>
    public Task<bool> ChangeVisibilityAsync(
        QueueMessage message, TimeSpan visibility, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (Find(message) is not { } entry)
                return Task.FromResult(false);
            entry.VisibleAt = clock.GetUtcNow() + visibility;
            WakeAll();
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellation)
    {
        lock (gate)
        {
            foreach (var entry in messages.Select(Find).OfType<Entry>())
                entries.Remove(entry);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ProbeAsync(string queue, CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<long> ApproximateDepthAsync(string queue, CancellationToken cancellation)
    {
        lock (gate)
        {
            ForgetOld();
            return Task.FromResult(entries.LongCount(entry => entry.Queue == queue));
        }
    }

    /// <inheritdoc/>
    public Task PurgeAsync(string queue, CancellationToken cancellation)
    {
        lock (gate)
            entries.RemoveAll(entry => entry.Queue == queue);
        return Task.CompletedTask;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task WaitAsync(Task signal, TimeSpan pause, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var wholeMilliseconds = TimeSpan.FromMilliseconds(Math.Ceiling(pause.TotalMilliseconds));
        await Task.WhenAny(signal, Task.Delay(wholeMilliseconds, clock, over.Token));
        await over.CancelAsync();
    }

    private void WakeAll()
    {
        changed.SetResult();
        changed = NewSignal();
    }

    private List<QueueMessage> Take(IReadOnlyList<string> queues, int max, TimeSpan visibility)
    {
        ForgetOld();
        var now = clock.GetUtcNow();
        foreach (var queue in queues)
        {
            var visible = entries.Where(entry => entry.Queue == queue && entry.VisibleAt <= now).Take(max).ToList();
            if (visible.Count > 0)
                return [.. visible.Select(entry => entry.Receive($"{++receipts}", now + visibility))];
        }

        return [];
    }

    private Entry? Find(QueueMessage message) => entries.Find(entry => entry.Receipt == message.Receipt);

    private void ForgetOld()
    {
        var oldest = clock.GetUtcNow() - Retention;
        entries.RemoveAll(entry => entry.SentAt < oldest);
    }

    private sealed class Entry(string queue, string body, DateTimeOffset sentAt)
    {
        private int receiveCount;

        public string Queue => queue;

        public DateTimeOffset SentAt => sentAt;

        public DateTimeOffset VisibleAt { get; set; }

        public string? Receipt { get; private set; }

        public QueueMessage Receive(string receipt, DateTimeOffset hiddenUntil)
        {
            Receipt = receipt;
            VisibleAt = hiddenUntil;
            return new QueueMessage(queue, receipt, body, ++receiveCount);
        }
    }
}
