using System.Diagnostics;
using MediaNommer.Backends.Sqlite;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;
using MediaNommer.Tests;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Sqlite;

/// <summary>Several processes over the same files, some of them killed.</summary>
public sealed class SqliteProcessTests : IDisposable
{
    private readonly DataFolder folder = new();

    private static CancellationToken None => CancellationToken.None;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_confirmed_survives_kill_9()
    {
        var confirmed = new List<int>();
        for (var round = 0; round < 3; round++)
        {
            using var writer = new WriterProcess("create", folder.Path, firstJob: round * 100_000);
            for (var i = 0; i < 300; i++)
                confirmed.Add(int.Parse((await writer.ReadLineAsync()).ShouldNotBeNull()));
            writer.Kill();
        }

        using var store = new SqliteJobStore(folder.Path);
        foreach (var number in confirmed)
        {
            (await store.GetAsync(SampleJobs.Id(number), None)).ShouldNotBeNull();
            (await store.GetEventsAsync(SampleJobs.Id(number), None)).Count.ShouldBe(1);
        }

        File.Exists(Path.Combine(folder.Path, "store.db-wal")).ShouldBeTrue("Nobody closed the store in order.");
    }

    [Fact]
    public async Task A_killed_process_leaves_no_lock_behind()
    {
        using (var writer = new WriterProcess("create", folder.Path))
        {
            await writer.ReadLineAsync();
            writer.Kill();
        }

        using var store = new SqliteJobStore(folder.Path);
        var clock = Stopwatch.StartNew();
        await store.CreateAsync(SampleJobs.Make(1_000_000).Accepted(), null, None);

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Processes_that_start_and_write_at_the_same_time_all_get_their_turn()
    {
        for (var round = 0; round < 3; round++)
        {
            using var fresh = new DataFolder();
            var writers = Enumerable.Range(0, 3)
                .Select(i => new WriterProcess("create", fresh.Path, firstJob: i * 100_000))
                .ToList();
            try
            {
                foreach (var writer in writers)
                {
                    for (var i = 0; i < 50; i++)
                        (await writer.ReadLineAsync()).ShouldNotBeNull();
                }
            }
            finally
            {
                writers.ForEach(writer => writer.Dispose());
            }
        }
    }

    [Fact]
    public async Task A_lone_writer_is_not_starved_by_a_busy_process()
    {
        using var busy = new WriterProcess("create", folder.Path);
        using var store = new SqliteJobStore(folder.Path);
        var reading = Task.Run(async () =>
        {
            while (await busy.ReadLineAsync() is not null)
            {
            }
        });
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 100; i++)
        {
            var clock = Stopwatch.StartNew();
            await store.CreateAsync(SampleJobs.Make(1_000_000 + i).Accepted(), null, None);
            waits.Add(clock.Elapsed);
        }

        await busy.EndAsync();
        await reading;
        // Usually some milliseconds; SQLite's own waiting takes seconds here. Much room for a loaded machine.
        waits.Order().ElementAt(90).ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_message_from_another_process_wakes_a_waiter_by_the_bell()
    {
        // A clock that stands still: who waits never looks by itself, so only the bell can wake it.
        var clock = new FakeClock(DateTimeOffset.UtcNow + TimeSpan.FromHours(1));
        using var queue = new SqliteMessageQueue(folder.Path, clock);
        await queue.InitializeAsync([], None);
        using var sender = new WriterProcess("send", folder.Path);
        for (var i = 0; i < 30; i++)
        {
            var receiving = queue.ReceiveAsync(
                ["from afar"], 1, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(60), None);
            await Soon.BeAsync(() => clock.WaitingTimers > 0, "the queue waits for a message");
            await sender.WriteLineAsync($"message {i}");
            await queue.DeleteAsync(await receiving.WaitAsync(TimeSpan.FromSeconds(60)), None);
        }

        await sender.EndAsync();
    }
}
