using MediaNommer.Backends.Sqlite;
using MediaNommer.Tests;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Sqlite;

public sealed class SqliteMessageQueueFileTests : IDisposable
{
    private static readonly TimeSpan Hidden = TimeSpan.FromMinutes(1);
    private readonly DataFolder folder = new();
    private readonly FakeClock clock = new();
    private readonly SqliteMessageQueue queue;

    public SqliteMessageQueueFileTests() => queue = new SqliteMessageQueue(folder.Path, clock);

    private static CancellationToken None => CancellationToken.None;

    public void Dispose()
    {
        queue.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Messages_outlive_the_process()
    {
        await queue.SendAsync("q", ["a"], TimeSpan.Zero, None);
        queue.Dispose();

        using var again = new SqliteMessageQueue(folder.Path, clock);

        (await again.ReceiveAsync(["q"], 1, Hidden, TimeSpan.Zero, None)).Single().Body.ShouldBe("a");
    }

    [Fact]
    public async Task Messages_are_dropped_after_14_days()
    {
        await queue.SendAsync("q", [.. Enumerable.Range(0, 10).Select(i => $"{i}")], TimeSpan.Zero, None);
        clock.Advance(TimeSpan.FromDays(13));
        await queue.SendAsync("q", ["young"], TimeSpan.Zero, None);
        clock.Advance(TimeSpan.FromDays(1.1));

        (await queue.ApproximateDepthAsync("q", None)).ShouldBe(1);
        (await queue.ReceiveAsync(["q"], 1, Hidden, TimeSpan.Zero, None)).Single().Body.ShouldBe("young");
    }

    [Fact]
    public async Task Two_queues_over_one_file_never_give_a_message_twice()
    {
        using var other = new SqliteMessageQueue(folder.Path, clock);
        for (var i = 0; i < 300; i += 10)
            await queue.SendAsync("q", [.. Enumerable.Range(i, 10).Select(number => $"{number}")], TimeSpan.Zero, None);

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => TakeAllAsync(i))));

        taken.SelectMany(some => some).Order().ShouldBe(Enumerable.Range(0, 300));

        async Task<List<int>> TakeAllAsync(int who)
        {
            var mine = new List<int>();
            var from = who % 2 == 0 ? queue : other;
            while (await from.ReceiveAsync(["q"], 3, Hidden, TimeSpan.Zero, None) is { Count: > 0 } batch)
                mine.AddRange(batch.Select(message => int.Parse(message.Body)));
            return mine;
        }
    }

    [Fact]
    public async Task A_message_without_a_bell_is_found_at_the_next_look()
    {
        var waiting = queue.ReceiveAsync(["q"], 1, Hidden, TimeSpan.FromSeconds(20), None);
        Directory.Delete(Path.Combine(folder.Path, "bells"), recursive: true);
        using (var sender = new SqliteMessageQueue(folder.Path, clock))
            await sender.SendAsync("q", ["a"], TimeSpan.Zero, None);

        await Soon.BeAsync(
            () => waiting.IsCompleted, "the message is found", () => clock.Advance(TimeSpan.FromMilliseconds(100)));

        (await waiting).Single().Body.ShouldBe("a");
    }
}
