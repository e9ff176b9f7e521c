using System.Collections.Concurrent;
using System.Diagnostics;
using MediaNommer.Core.Queues;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Conformance;

/// <summary>
/// What every message queue must do. An adapter inherits it, says how to open one, and how to let time pass. Nothing
/// here counts on strict order, and times are whole seconds, because SQS knows no finer ones.
/// </summary>
public abstract partial class MessageQueueConformance : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Hidden = TimeSpan.FromSeconds(30);
    private readonly string name = $"test_{Guid.NewGuid():N}";

    protected IMessageQueue Queue { get; private set; } = null!;

    private static CancellationToken None => CancellationToken.None;

    private string Other => name + "_other";

    public async Task InitializeAsync()
    {
        Queue = await OpenAsync();
        await Queue.InitializeAsync([name, Other], None);
    }

    public virtual Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_message_is_received_as_it_was_sent()
    {
        var body = $"{{\"text\": \"it's 100 % {OddCharacters} \\u0041\"}}";
        await SendAsync(body);

        var message = await ReceiveOneAsync();

        message.Body.ShouldBe(body);
        message.Queue.ShouldBe(name);
        message.ReceiveCount.ShouldBe(1);
    }

    [Fact]
    public async Task Initializing_again_loses_nothing()
    {
        await SendAsync("a");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Queue.InitializeAsync([name, Other], None)));

        (await ReceiveOneAsync()).Body.ShouldBe("a");
    }

    [Fact]
    public async Task A_batch_arrives_whole()
    {
        await SendAsync([.. Enumerable.Range(0, IMessageQueue.MaxBatch).Select(i => $"{i}")]);

        (await ReceiveAllAsync()).Select(message => message.Body).Order()
            .ShouldBe(Enumerable.Range(0, IMessageQueue.MaxBatch).Select(i => $"{i}"));
    }

    [Fact]
    public async Task No_more_than_asked_for_are_received()
    {
        await SendAsync("a", "b", "c");

        (await Queue.ReceiveAsync([name], 2, Hidden, TimeSpan.Zero, None)).Count.ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task An_empty_queue_gives_nothing_at_once_when_not_told_to_wait()
    {
        var clock = Stopwatch.StartNew();

        (await LookAsync()).ShouldBeEmpty();

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_received_message_is_hidden_until_its_time_is_over()
    {
        await SendAsync("a");
        var first = await ReceiveOneAsync(TimeSpan.FromSeconds(2));
        (await LookAsync()).ShouldBeEmpty();

        await PassAsync(TimeSpan.FromSeconds(2.1));

        var second = await ReceiveOneAsync();
        second.Body.ShouldBe("a");
        second.ReceiveCount.ShouldBe(2);
        second.Receipt.ShouldNotBe(first.Receipt);
    }

    [Fact]
    public async Task A_deleted_message_does_not_come_back()
    {
        await SendAsync("a");
        var message = await ReceiveOneAsync(TimeSpan.FromSeconds(1));

        await Queue.DeleteAsync([message], None);
        await PassAsync(TimeSpan.FromSeconds(1.1));

        (await LookAsync()).ShouldBeEmpty();
        await DepthBecomesAsync(0);
    }

    [Fact]
    public async Task A_stale_receipt_neither_deletes_nor_hides()
    {
        await SendAsync("a");
        var stale = await ReceiveOneAsync(TimeSpan.FromSeconds(1));
        await PassAsync(TimeSpan.FromSeconds(1.1));
        var current = await ReceiveOneAsync(TimeSpan.FromSeconds(1));

        if (!KnowsStaleReceipts)
            return;
        (await Queue.ChangeVisibilityAsync(stale, Hidden, None)).ShouldBeFalse();
        await Queue.DeleteAsync([stale], None);
        await PassAsync(TimeSpan.FromSeconds(1.1));

        (await ReceiveOneAsync()).ReceiveCount.ShouldBe(current.ReceiveCount + 1);
    }

    [Fact]
    public async Task Stale_receipts_among_good_ones_are_passed_over()
    {
        await SendAsync("a");
        var stale = await ReceiveOneAsync();
        await Queue.DeleteAsync([stale], None);
        await SendAsync("b");
        var good = await ReceiveOneAsync();

        await Queue.DeleteAsync([stale, good, good], None);

        await DepthBecomesAsync(0);
    }

    [Fact]
    public async Task A_receipt_of_a_deleted_message_is_no_longer_good()
    {
        await SendAsync("a");
        var message = await ReceiveOneAsync();
        await Queue.DeleteAsync([message], None);
        await SendAsync("b");
        await ReceiveOneAsync();

        (await Queue.ChangeVisibilityAsync(message, TimeSpan.Zero, None)).ShouldBeFalse();

        (await LookAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Longer_visibility_keeps_a_message_hidden()
    {
        await SendAsync("a");
        var message = await ReceiveOneAsync(TimeSpan.FromSeconds(2));

        (await Queue.ChangeVisibilityAsync(message, Hidden, None)).ShouldBeTrue();
        await PassAsync(TimeSpan.FromSeconds(2.1));

        (await LookAsync()).ShouldBeEmpty();
        (await Queue.ChangeVisibilityAsync(message, Hidden, None)).ShouldBeTrue();
    }

    [Fact]
    public async Task Visibility_zero_gives_a_message_back_at_once()
    {
        await SendAsync("a");
        var message = await ReceiveOneAsync();

        (await Queue.ChangeVisibilityAsync(message, TimeSpan.Zero, None)).ShouldBeTrue();

        (await ReceiveOneAsync()).ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_delayed_message_appears_after_its_delay()
    {
        await Queue.SendAsync(name, ["late"], TimeSpan.FromSeconds(2), None);
        (await LookAsync()).ShouldBeEmpty();

        await PassAsync(TimeSpan.FromSeconds(2.1));

        (await ReceiveOneAsync()).Body.ShouldBe("late");
    }

    [Fact]
    public async Task The_first_queue_that_has_messages_is_served()
    {
        await Queue.SendAsync(Other, ["other"], TimeSpan.Zero, None);
        await SendAsync("first");
        await DepthBecomesAsync(1);

        (await Queue.ReceiveAsync([name, Other], 10, Hidden, Patience, None)).Single().Body.ShouldBe("first");
        (await Queue.ReceiveAsync([name, Other], 10, Hidden, Patience, None)).Single().Body.ShouldBe("other");
    }

    [Fact]
    public async Task Queues_are_separate()
    {
        await Queue.SendAsync(Other, ["other"], TimeSpan.Zero, None);

        (await LookAsync()).ShouldBeEmpty();
        (await Queue.ApproximateDepthAsync(name, None)).ShouldBe(0);
    }

    [Fact]
    public async Task Depth_counts_hidden_and_delayed_messages_too()
    {
        await SendAsync("a", "b");
        await Queue.SendAsync(name, ["late"], TimeSpan.FromSeconds(30), None);
        await ReceiveOneAsync();

        await DepthBecomesAsync(3);
    }

    [Fact]
    public async Task Purging_empties_one_queue()
    {
        await SendAsync("a", "b");
        await Queue.SendAsync(Other, ["other"], TimeSpan.Zero, None);
        await ReceiveOneAsync();

        await Queue.PurgeAsync(name, None);

        await DepthBecomesAsync(0);
        (await Queue.ApproximateDepthAsync(Other, None)).ShouldBe(1);
    }

    [Fact]
    public async Task Many_receivers_share_the_messages_and_none_is_given_twice()
    {
        const int Total = 200;
        var seen = new ConcurrentBag<string>();
        using var enough = new CancellationTokenSource(Patience);
        var receivers = Enumerable.Range(0, 50).Select(_ => Task.Run(() => ReceiveUntilAsync(seen, Total, enough)));
        var all = Task.WhenAll(receivers);

        for (var i = 0; i < Total; i += 10)
            await SendAsync([.. Enumerable.Range(i, 10).Select(number => $"{number}")]);

        await all.WaitAsync(Patience);
        seen.Select(int.Parse).Order().ShouldBe(Enumerable.Range(0, Total));
        await DepthBecomesAsync(0);
    }

    /// <summary>A queue to test; others may use it at the same time.</summary>
    protected abstract Task<IMessageQueue> OpenAsync();

    /// <summary>
    /// Whether a receipt ends when its message is received again. SQS promises that only to FIFO queues; the store sees
    /// to it that a message which an earlier receiver deletes is not missed.
    /// </summary>
    protected virtual bool KnowsStaleReceipts => true;

    /// <summary>
    /// Whether a wait that is cancelled is over at once. At SQS it goes on for a while, and puts back what it is handed,
    /// which counts as a receive.
    /// </summary>
    protected virtual bool BreaksWaitsOff => true;

    /// <summary>Characters that a message may hold.</summary>
    protected virtual string OddCharacters => "ü映🎬";

    /// <summary>Lets the queue's time pass.</summary>
    protected abstract Task PassAsync(TimeSpan time);

    private async Task ReceiveUntilAsync(ConcurrentBag<string> seen, int total, CancellationTokenSource enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var batch = await Queue.ReceiveAsync([Other, name], 3, Hidden, TimeSpan.FromSeconds(5), enough.Token);
            foreach (var message in batch)
                seen.Add(message.Body);
            await Queue.DeleteAsync(batch, None);
            if (seen.Count >= total)
                await enough.CancelAsync();
        }
    }

    private Task SendAsync(params string[] bodies) => Queue.SendAsync(name, bodies, TimeSpan.Zero, None);

    /// <summary>What is visible now, without waiting.</summary>
    private Task<IReadOnlyList<QueueMessage>> LookAsync() =>
        Queue.ReceiveAsync([name], 1, Hidden, TimeSpan.Zero, None);

    private async Task<QueueMessage> ReceiveOneAsync(TimeSpan? visibility = null)
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < Patience)
        {
            var batch = await Queue.ReceiveAsync([name], 1, visibility ?? Hidden, TimeSpan.Zero, None);
            if (batch.Count > 0)
                return batch[0];
            await Task.Delay(20);
        }

        throw new TimeoutException("No message came.");
    }

    private async Task<List<QueueMessage>> ReceiveAllAsync()
    {
        var all = new List<QueueMessage>();
        while (all.Count < await Queue.ApproximateDepthAsync(name, None))
            all.Add(await ReceiveOneAsync());
        return all;
    }

    private async Task DepthBecomesAsync(long expected)
    {
        var deadline = Stopwatch.StartNew();
        while (await Queue.ApproximateDepthAsync(name, None) != expected && deadline.Elapsed < Patience)
            await Task.Delay(20);
        (await Queue.ApproximateDepthAsync(name, None)).ShouldBe(expected);
    }
}
