using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;
using MediaNommer.Feederd.Services;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>Deliveries that end in another way, or sooner, than usual.</summary>
public sealed class DeliveryDeskTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly FeederdParts jobs = new();
    private readonly FlakyStore line;
    private readonly FeederdParts parts;
    private readonly DeliveryDesk desk;

    public DeliveryDeskTests()
    {
        (var store, line) = FlakyStore.Around(jobs.Memory);
        parts = new FeederdParts(store, jobs);
        desk = parts.NewNotificationService().Desk;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await parts.DisposeAsync();
        await jobs.DisposeAsync();
    }

    [Fact]
    public async Task Leaving_outlives_a_store_that_fails_while_a_delivery_is_under_way()
    {
        using var go = new ManualResetEventSlim();
        line.IsCut = method =>
        {
            if (method != nameof(IJobStore.GetAsync))
                return false;
            go.Wait(TimeSpan.FromSeconds(20));
            return true;
        };
        await SubmitAsync();
        (await desk.TakeDueAsync(None, None)).ShouldBe(1);

        var left = desk.LeaveAsync(None);
        go.Set();

        await left;
        desk.Underway.ShouldBe(0);
        parts.NotificationLog.Lines.ShouldContain(
            logged => logged.Level == LogLevel.Warning && logged.Text.Contains("not delivered now"));
    }

    [Fact]
    public async Task A_delivery_that_ends_before_its_start_returns_is_not_taken_for_one_that_goes_on()
    {
        line.IsCut = method => method == nameof(IJobStore.GetAsync);
        await SubmitAsync();

        var taken = await Task.Run(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new AtOnce());
            return desk.TakeDueAsync(None, None);
        });

        taken.ShouldBe(1);
        desk.Underway.ShouldBe(0);
    }

    /// <summary>A job whose delivery asks the store for it first.</summary>
    private Task<string> SubmitAsync() => jobs.Lifecycle.SubmitAsync(
        FeederdParts.Spec(MediaUri.Seal("http://127.0.0.1:1/", jobs.Secrets), NotifyMethod.Post) with { NotifyBody = NotifyBody.Job },
        null, [], None);

    /// <summary>Goes on at once, on the same thread, with whatever yields.</summary>
    private sealed class AtOnce : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            var before = Current;
            SetSynchronizationContext(this);
            d(state);
            SetSynchronizationContext(before);
        }
    }
}
