using System.Globalization;
using System.Security.Cryptography;
using MediaNommer.Core.Queues;

namespace MediaNommer.Backends.Sqlite;

/// <summary>Message queues in one SQLite file, shared by all processes of one machine; see <see cref="QueueBells"/>.</summary>
internal sealed class SqliteMessageQueue(string folder, TimeProvider clock) : IMessageQueue, IDisposable
{
    // Finds what no bell told of: messages of a process that died before it rang.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Retention = TimeSpan.FromDays(14);

    // A message that a power cut takes is sent again: the store is the truth.
    private static readonly SqliteSchema Schema = new(
        Version: 1,
        """
        CREATE TABLE messages(
          number INTEGER PRIMARY KEY, queue TEXT NOT NULL, visible_at INTEGER NOT NULL, sent_at INTEGER NOT NULL,
          receipt INTEGER, receives INTEGER NOT NULL, body TEXT NOT NULL);
        CREATE INDEX messages_by_time ON messages(queue, visible_at)
        """,
        Durability.Crash);

    private readonly SqliteFile file = new(Path.Combine(folder, "queue.db"), Schema);
    private readonly QueueBells bells = new(Path.Combine(folder, "bells"), clock);

    public Task InitializeAsync(IReadOnlyList<string> queues, CancellationToken cancellation) => file.WriteAsync(
        session => session.Execute("DELETE FROM messages WHERE sent_at<?1", OldestKept()), cancellation);

    public Task SendAsync(string queue, IReadOnlyList<string> bodies, TimeSpan delay, CancellationToken cancellation)
    {
        var now = Now();
        return file.WriteAsync(
            session =>
            {
                foreach (var body in bodies)
                    session.Execute(
                        """
                        INSERT INTO messages(queue, visible_at, sent_at, receives, body) VALUES(?1, ?2, ?3, 0, ?4)
                        """,
                        queue, now + delay.Ticks, now, body);
                return true;
            },
            cancellation,
            committed: () => bells.Ring(queue, bodies.Count));
    }

    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(
        IReadOnlyList<string> queues, int max, TimeSpan visibility, TimeSpan wait, CancellationToken cancellation)
    {
        var deadline = Now() + wait.Ticks;
        using var waiter = bells.Listen(queues);
        for (var isRung = false; !cancellation.IsCancellationRequested; )
        {
            waiter.Reset();
            // Who was rung for finds something nearly always, and can spare itself the look.
            var next = isRung ? 0 : await file.ReadAsync(session => NextVisible(session, queues));
            isRung = false;
            if (next <= Now())
            {
                var taken = await file.WriteAsync(
                    session => Take(session, queues, max, visibility), CancellationToken.None);
                if (taken.Count > 0)
                    return taken;
                continue;
            }

            var sleep = Math.Min(Math.Min(next, deadline) - Now(), LongestSleep.Ticks);
            if (Now() >= deadline)
                break;
            isRung = await waiter.WaitAsync(TimeSpan.FromTicks(sleep), cancellation);
        }

        return [];
    }

    public Task<bool> ChangeVisibilityAsync(
        QueueMessage message, TimeSpan visibility, CancellationToken cancellation)
    {
        var (number, receipt) = Parse(message.Receipt);
        var visibleAt = Now() + visibility.Ticks;
        return file.WriteAsync(
            session => session.Execute(
                "UPDATE messages SET visible_at=?3 WHERE number=?1 AND receipt=?2", number, receipt, visibleAt) > 0,
            cancellation,
            committed: visibility < LongestSleep ? () => bells.Ring(message.Queue, 1) : null);
    }

    public Task DeleteAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellation) => file.WriteAsync(
        session =>
        {
            foreach (var message in messages)
            {
                var (number, receipt) = Parse(message.Receipt);
                session.Execute("DELETE FROM messages WHERE number=?1 AND receipt=?2", number, receipt);
            }

            return true;
        },
        cancellation);

    public Task ProbeAsync(string queue, CancellationToken cancellation) => file.ProbeAsync(cancellation);

    public Task<long> ApproximateDepthAsync(string queue, CancellationToken cancellation) =>
        file.ReadAsync(session => session.First(
            "SELECT count(*) FROM messages WHERE queue=?1 AND sent_at>=?2", row => row.GetInt64(0),
            queue, OldestKept()));

    public Task PurgeAsync(string queue, CancellationToken cancellation) =>
        file.WriteAsync(session => session.Execute("DELETE FROM messages WHERE queue=?1", queue), cancellation);

    public void Dispose()
    {
        file.Dispose();
        bells.Dispose();
    }

    private static long NextVisible(SqliteSession session, IReadOnlyList<string> queues)
    {
        var next = long.MaxValue;
        foreach (var queue in queues)
            next = Math.Min(next, session.First(
                "SELECT coalesce(min(visible_at), ?2) FROM messages WHERE queue=?1", row => row.GetInt64(0),
                queue, long.MaxValue));
        return next;
    }

    private static (long Number, long Receipt) Parse(string receipt)
    {
        var dot = receipt.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && long.TryParse(receipt.AsSpan(0, dot), CultureInfo.InvariantCulture, out var number)
            && long.TryParse(receipt.AsSpan(dot + 1), CultureInfo.InvariantCulture, out var stamp)
            ? (number, stamp)
            : (-1, -1);
    }

    private List<QueueMessage> Take(
        SqliteSession session, IReadOnlyList<string> queues, int max, TimeSpan visibility)
    {
        var now = Now();
        foreach (var queue in queues)
        {
            // One more than asked for, to know whether to wake another waiter.
            var visible = FindVisible(session, queue, now, max + 1);
            if (visible.Count == 0)
                continue;
            if (visible.Count > max)
                bells.WakeHere(queue);
            return [.. visible.Take(max).Select(found => Hide(session, queue, found, now + visibility.Ticks))];
        }

        return [];
    }

    private List<Found> FindVisible(SqliteSession session, string queue, long now, int limit)
    {
        while (true)
        {
            var visible = session.Query(
                """
                SELECT number, sent_at, receives, body FROM messages
                WHERE queue=?1 AND visible_at<=?2 ORDER BY visible_at, number LIMIT ?3
                """,
                row => new Found(row.GetInt64(0), row.GetInt64(1), row.GetInt32(2), row.GetString(3)),
                queue, now, limit);
            if (visible.RemoveAll(found => found.SentAt < OldestKept()) == 0)
                return visible;
            session.Execute(
                "DELETE FROM messages WHERE queue=?1 AND visible_at<=?2 AND sent_at<?3", queue, now, OldestKept());
        }
    }

    private static QueueMessage Hide(SqliteSession session, string queue, Found found, long visibleAt)
    {
        // Random, so that a receipt stays worthless when the number is given to another message later.
        var receipt = RandomNumberGenerator.GetInt32(int.MaxValue);
        session.Execute(
            "UPDATE messages SET visible_at=?2, receipt=?3, receives=receives+1 WHERE number=?1",
            found.Number, visibleAt, receipt);
        return new QueueMessage(
            queue, string.Create(CultureInfo.InvariantCulture, $"{found.Number}.{receipt}"), found.Body,
            found.Receives + 1);
    }

    private long Now() => clock.GetUtcNow().UtcTicks;

    private long OldestKept() => Now() - Retention.Ticks;

    private sealed record Found(long Number, long SentAt, int Receives, string Body);
}
