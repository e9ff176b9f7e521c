using System.Threading.Channels;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Delivers what is in the outbox: at least once, in order within a job, many jobs side by side. The outbox alone says
/// what is to be done, so nothing is lost when feederd dies or was away; changes of state only make it look sooner.
/// </summary>
internal sealed class NotificationService(
    DeliveryDesk desk, JobEventHub hub, Stillness stillness, Duties duties, FeederdOptions settings, TimeProvider clock,
    ILogger<NotificationService> logger) : BackgroundService
{
    // Most changes of state come without a notification, and in bursts: one look serves all of a burst.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WhileBusy = TimeSpan.FromSeconds(1);

    // How long deliveries that are under way may take when feederd stops or is no longer on duty.
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(3);

    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>What does the work.</summary>
    public DeliveryDesk Desk => desk;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changes = hub.Subscribe();
        desk.Ended += Wake;
        await Task.WhenAll(duties.RunAsync(DeliverAsync, stoppingToken), WakeOnChangesAsync(changes, stoppingToken));
        desk.Ended -= Wake;
    }

    private void Wake() => wake.Writer.TryWrite(true);

    private async Task DeliverAsync(CancellationToken held)
    {
        // What is under way may end, so that a receiver is not called again without need.
        using var leaving = new CancellationTokenSource();
        await new RoundLoop("The delivery of notifications", clock, logger).RunAsync(
            token => LookAsync(token, leaving.Token), held);
        leaving.CancelAfter(LastWord);
        await desk.LeaveAsync(leaving.Token);
    }

    private async Task WakeOnChangesAsync(JobEventSubscription changes, CancellationToken stopping)
    {
        try
        {
            await foreach (var _ in changes.Changes.ReadAllAsync(stopping))
                Wake();
        }
        catch (OperationCanceledException)
        {
            // feederd stops.
        }
    }

    private async Task<TimeSpan> LookAsync(CancellationToken held, CancellationToken leaving)
    {
        wake.Reader.TryRead(out _);
        var next = await desk.GetNextTimeAsync(held);
        var isDue = next <= clock.GetUtcNow();
        if (isDue && await desk.TakeDueAsync(held, leaving) > 0)
            return ShortestPause;
        await Task.Delay(ShortestPause, clock, held);
        await WaitAsync(isDue ? clock.GetUtcNow() + WhileBusy : next, held);
        return TimeSpan.Zero;
    }

    /// <summary>Waits for a change, the end of a delivery, or the given time.</summary>
    private async Task WaitAsync(DateTimeOffset? until, CancellationToken held)
    {
        var longest = stillness.Stretch(TimeSpan.FromSeconds(settings.JobStateChangeCheckInterval));
        var pause = until - clock.GetUtcNow() is { } left && left < longest ? left : longest;
        if (pause <= TimeSpan.Zero)
            return;
        using var timer = new CancellationTokenSource(pause, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(held, timer.Token);
        try
        {
            await wake.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!held.IsCancellationRequested)
        {
            // The time has come.
        }
    }
}
