using System.Collections.Concurrent;
using System.Threading.Channels;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Delivers what is in the outbox: at least once, in order within a job, many jobs side by side. The outbox alone says
/// what is to be done, so nothing is lost when feederd dies or was away; changes of state only make it look sooner.
/// </summary>
internal sealed partial class NotificationService(
    IJobStore store, JobEventHub hub, Stillness stillness, WebhookClient webhooks, FeederdOptions settings,
    TimeProvider clock, ILogger<NotificationService> logger) : BackgroundService
{
    private const int MaxAtOnce = 32;
    private const int MaxAtOncePerHost = 16;
    private const int LookAhead = 256;

    // Most changes of state come without a notification, and in bursts: one look serves all of a burst.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WhileBusy = TimeSpan.FromSeconds(1);

    // How long deliveries that are under way may take when feederd stops.
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource leaving = new();
    private readonly ConcurrentDictionary<string, Delivery> running = new();
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>How many deliveries are going on.</summary>
    public int Underway => running.Count;

    /// <summary>Is told of each try: how the notification stands after it.</summary>
    public event Action<NotificationState>? Tried;

    /// <summary>Has a notification delivered again, or a waiting one at once.</summary>
    /// <returns>False when there is none with that id.</returns>
    public async Task<bool> ReplayAsync(string notificationId, CancellationToken cancellation)
    {
        if (await store.GetNotificationAsync(notificationId, cancellation) is not { Notification: var notification })
            return false;
        // In the place of a delivery: one that ends meanwhile would write its outcome over the wish.
        await EnterAsync(notification.JobId, new Delivery(HostOf(notification)), cancellation);
        try
        {
            var now = clock.GetUtcNow();
            var renewed = notification with
            {
                State = NotificationState.Pending, Attempts = 0, NextAttemptAt = now, FirstDueAt = now,
            };
            await store.UpdateNotificationAsync(renewed, attempt: null, cancellation);
        }
        finally
        {
            running.TryRemove(notification.JobId, out _);
            wake.Writer.TryWrite(true);
        }

        return true;
    }

    private async Task EnterAsync(string jobId, Delivery delivery, CancellationToken cancellation)
    {
        while (!running.TryAdd(jobId, delivery))
        {
            if (running.TryGetValue(jobId, out var other))
                await other.Ended.WaitAsync(cancellation);
            await Task.Yield();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        leaving.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changes = hub.Subscribe();
        // What is under way may end, so that a receiver is not called again after a restart without need.
        await using var stop = stoppingToken.Register(() => leaving.CancelAfter(LastWord));
        await Task.WhenAll(
            new RoundLoop("The delivery of notifications", clock, logger).RunAsync(LookAsync, stoppingToken),
            WakeOnChangesAsync(changes, stoppingToken));
        await Task.WhenAll(running.Values.Select(delivery => delivery.Ended));
    }

    private async Task WakeOnChangesAsync(JobEventSubscription changes, CancellationToken stopping)
    {
        try
        {
            await foreach (var _ in changes.Changes.ReadAllAsync(stopping))
                wake.Writer.TryWrite(true);
        }
        catch (OperationCanceledException)
        {
            // feederd stops.
        }
    }

    private async Task<TimeSpan> LookAsync(CancellationToken stopping)
    {
        wake.Reader.TryRead(out _);
        var next = await store.GetNextNotificationTimeAsync(stopping);
        var isDue = next <= clock.GetUtcNow();
        if (isDue && await StartDueAsync(stopping) > 0)
            return ShortestPause;
        await Task.Delay(ShortestPause, clock, stopping);
        await WaitAsync(isDue ? clock.GetUtcNow() + WhileBusy : next, stopping);
        return TimeSpan.Zero;
    }

    private async Task<int> StartDueAsync(CancellationToken stopping)
    {
        // Taken before the store is asked: what it says of these may be out of date when it arrives.
        var busy = running.Keys.ToHashSet();
        if (busy.Count >= MaxAtOnce)
            return 0;
        var started = 0;
        foreach (var due in await store.GetDueNotificationsAsync(clock.GetUtcNow(), LookAhead, stopping))
        {
            var host = HostOf(due);
            if (busy.Contains(due.JobId) || running.Values.Count(one => one.Host == host) >= MaxAtOncePerHost)
                continue;
            var delivery = new Delivery(host);
            if (!running.TryAdd(due.JobId, delivery))
                continue;
            delivery.Ended = DeliverAsync(due);
            if (++started + busy.Count >= MaxAtOnce)
                break;
        }

        return started;
    }

    /// <summary>Waits for a change, the end of a delivery, or the given time.</summary>
    private async Task WaitAsync(DateTimeOffset? until, CancellationToken stopping)
    {
        var longest = stillness.Stretch(TimeSpan.FromSeconds(settings.JobStateChangeCheckInterval));
        var pause = until - clock.GetUtcNow() is { } left && left < longest ? left : longest;
        if (pause <= TimeSpan.Zero)
            return;
        using var timer = new CancellationTokenSource(pause, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timer.Token);
        try
        {
            await wake.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The time has come.
        }
    }

    private async Task DeliverAsync(Notification notification)
    {
        await Task.Yield();
        try
        {
            var attempt = await webhooks.SendAsync(notification, leaving.Token);
            var after = DeliverySchedule.After(
                notification, attempt, clock.GetUtcNow(), Random.Shared.NextDouble(), settings);
            LogOutcome(after, attempt);
            Tried?.Invoke(after.State);
            await RecordAsync(after, attempt);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // Not recorded, so it is delivered again after the restart: at least once.
        }
        finally
        {
            running.TryRemove(notification.JobId, out _);
            wake.Writer.TryWrite(true);
        }
    }

    // Until it is recorded the job counts as running: otherwise its receiver would be called over and over while the
    // store is out of reach.
    private Task RecordAsync(Notification after, DeliveryAttempt attempt) =>
        new RoundLoop($"The record of notification {after.Id}", clock, logger).RunUntilDoneAsync(
            () => store.UpdateNotificationAsync(after, attempt, CancellationToken.None), leaving.Token);

    private void LogOutcome(Notification after, DeliveryAttempt attempt)
    {
        if (after.State == NotificationState.Delivered)
            Log.Delivered(logger, after.Id, after.Attempts);
        else if (after.State == NotificationState.Failed)
            Log.GivenUp(logger, after.Id, after.Attempts, attempt.Error);
        else
            Log.Postponed(logger, after.Id, after.Attempts, attempt.Error, after.NextAttemptAt);
    }

    private static string HostOf(Notification notification) =>
        Uri.TryCreate(notification.Url.Display, UriKind.Absolute, out var url) ? url.Authority : "";

    private sealed class Delivery(string host)
    {
        public string Host => host;

        public Task Ended { get; set; } = Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(110, LogLevel.Debug, "Notification {Id} was delivered at try {Try}.")]
        public static partial void Delivered(ILogger logger, string id, int @try);

        [LoggerMessage(111, LogLevel.Information,
            "Notification {Id} was not delivered at try {Try} ({Error}); the next is at {Next:u}.")]
        public static partial void Postponed(ILogger logger, string id, int @try, string? error, DateTimeOffset next);

        [LoggerMessage(112, LogLevel.Warning,
            "Notification {Id} was given up after {Try} tries ({Error}); it can be replayed.")]
        public static partial void GivenUp(ILogger logger, string id, int @try, string? error);
    }
}
