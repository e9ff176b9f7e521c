namespace MediaNommer.Backends.Sqlite;

/// <summary>
/// Wakes who waits for messages: in this process directly, in others by a file for each queue that the sender writes
/// a byte to and the others watch. A ring wakes one waiter, and the one that was woken passes it on when it leaves
/// more messages behind; so fifty waiters don't all look for one message.
/// </summary>
internal sealed class QueueBells(string folder, TimeProvider clock) : IDisposable
{
    private readonly Lock gate = new();
    private readonly TimeProvider clock = clock;
    private readonly List<Waiter> waiters = [];
    private readonly Dictionary<string, Doorbell> doorbells = [];
    private DoorbellWatch? watch;

    /// <summary>Tells of new messages, here and in other processes.</summary>
    public void Ring(string queue, int messages)
    {
        Doorbell? doorbell;
        lock (gate)
        {
            for (var i = 0; i < messages && TryWakeOne(queue); i++)
            {
            }

            if (!doorbells.TryGetValue(queue, out doorbell))
                doorbells[queue] = doorbell = new Doorbell(folder, queue);
        }

        doorbell.Ring();
    }

    /// <summary>Wakes one more waiter of this process.</summary>
    public void WakeHere(string queue)
    {
        lock (gate)
            TryWakeOne(queue);
    }

    /// <summary>Begins to listen; rings count from now on.</summary>
    public Waiter Listen(IReadOnlyList<string> queues)
    {
        var waiter = new Waiter(this, queues);
        lock (gate)
        {
            watch ??= new DoorbellWatch(folder, WakeHere);
            waiters.Add(waiter);
        }

        return waiter;
    }

    public void Dispose()
    {
        watch?.Dispose();
        lock (gate)
        {
            foreach (var doorbell in doorbells.Values)
                doorbell.Dispose();
            doorbells.Clear();
        }
    }

    private bool TryWakeOne(string queue)
    {
        foreach (var waiter in waiters)
        {
            if (waiter.TryWake(queue))
                return true;
        }

        return false;
    }

    private void Leave(Waiter waiter)
    {
        lock (gate)
        {
            waiters.Remove(waiter);
            // Rung, but gone before it looked: the ring is somebody else's now.
            if (waiter.RungBy is { } queue)
                TryWakeOne(queue);
        }
    }

    /// <summary>One call that waits for messages of some queues.</summary>
    internal sealed class Waiter(QueueBells bells, IReadOnlyList<string> queues) : IDisposable
    {
        private TaskCompletionSource signal = new();

        /// <summary>The queue whose ring this waiter has taken and not yet looked after.</summary>
        public string? RungBy { get; private set; }

        /// <summary>To be called before each look at the queues: rings from now on are not lost.</summary>
        public void Reset()
        {
            lock (bells.gate)
            {
                RungBy = null;
                signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        /// <summary>Waits for a ring since <see cref="Reset"/>, the end of the time, or the cancellation.</summary>
        /// <returns>True when it was the ring.</returns>
        public async Task<bool> WaitAsync(TimeSpan time, CancellationToken cancellation)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var wholeMilliseconds = TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds));
            var first = await Task.WhenAny(signal.Task, Task.Delay(wholeMilliseconds, bells.clock, over.Token));
            await over.CancelAsync();
            return first == signal.Task;
        }

        public void Dispose() => bells.Leave(this);

        internal bool TryWake(string queue)
        {
            if (RungBy is not null || !queues.Contains(queue))
                return false;
            RungBy = queue;
            signal.TrySetResult();
            return true;
        }
    }
}
