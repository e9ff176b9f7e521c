using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Queues;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Queues;

public sealed class InMemoryMessageQueueTests : MessageQueueConformance
{
    private readonly FakeClock clock = new();

    [Fact]
    public async Task Messages_are_dropped_after_14_days()
    {
        await Queue.SendAsync("old", ["a"], TimeSpan.Zero, CancellationToken.None);

        clock.Advance(TimeSpan.FromDays(14) + TimeSpan.FromSeconds(1));

        (await Queue.ApproximateDepthAsync("old", CancellationToken.None)).ShouldBe(0);
    }

    protected override Task<IMessageQueue> OpenAsync() =>
        Task.FromResult<IMessageQueue>(new InMemoryMessageQueue(clock));

    protected override Task PassAsync(TimeSpan time)
    {
        clock.Advance(time);
        return Task.CompletedTask;
    }
}
