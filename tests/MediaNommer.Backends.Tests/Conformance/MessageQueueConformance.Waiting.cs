using System.Diagnostics;
using MediaNommer.Core.Queues;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Conformance;

/// <content>Receivers that wait: what wakes them, and when they give up.</content>
public abstract partial class MessageQueueConformance
{
    [Fact]
    public async Task A_message_wakes_a_waiter()
    {
        var waiting = Queue.ReceiveAsync([name], 1, Hidden, TimeSpan.FromSeconds(10), None);
        waiting.IsCompleted.ShouldBeFalse();

        await SendAsync("a");

        (await waiting.WaitAsync(Patience)).Single().Body.ShouldBe("a");
    }

    [Fact]
    public async Task A_waiter_wakes_for_any_of_its_queues()
    {
        var waiting = Queue.ReceiveAsync([name, Other], 1, Hidden, TimeSpan.FromSeconds(10), None);

        await Queue.SendAsync(Other, ["a"], TimeSpan.Zero, None);

        (await waiting.WaitAsync(Patience)).Single().Queue.ShouldBe(Other);
    }

    [Fact]
    public async Task A_message_that_is_given_back_wakes_a_waiter()
    {
        await SendAsync("a");
        var message = await ReceiveOneAsync();
        var waiting = Queue.ReceiveAsync([name], 1, Hidden, TimeSpan.FromSeconds(10), None);

        await Queue.ChangeVisibilityAsync(message, TimeSpan.Zero, None);

        (await waiting.WaitAsync(Patience)).Single().ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_delayed_message_wakes_a_waiter_when_its_time_comes()
    {
        var waiting = Queue.ReceiveAsync([name], 1, Hidden, TimeSpan.FromSeconds(10), None);

        await Queue.SendAsync(name, ["late"], TimeSpan.FromSeconds(2), None);
        await PassAsync(TimeSpan.FromSeconds(2.1));

        (await waiting.WaitAsync(Patience)).Single().Body.ShouldBe("late");
    }

    [Fact]
    public async Task A_message_whose_visibility_ends_wakes_a_waiter()
    {
        await SendAsync("a");
        await ReceiveOneAsync(TimeSpan.FromSeconds(1));
        var waiting = Queue.ReceiveAsync([name], 1, Hidden, TimeSpan.FromSeconds(10), None);

        await PassAsync(TimeSpan.FromSeconds(1.1));

        (await waiting.WaitAsync(Patience)).Single().ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_wait_ends_empty_handed_when_its_time_is_over()
    {
        var waiting = Queue.ReceiveAsync([name], 1, Hidden, TimeSpan.FromSeconds(1), None);

        await PassAsync(TimeSpan.FromSeconds(1.1));

        (await waiting.WaitAsync(Patience)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancelled_wait_ends_empty_handed()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = Queue.ReceiveAsync([name], 1, Hidden, TimeSpan.FromSeconds(20), cancel.Token);

        await cancel.CancelAsync();

        (await waiting.WaitAsync(Patience)).ShouldBeEmpty();
        await SendAsync("a");
        var message = await ReceiveOneAsync();
        message.Body.ShouldBe("a", "the wait that is over keeps it from nobody");
        if (BreaksWaitsOff)
            message.ReceiveCount.ShouldBe(1);
    }
}
