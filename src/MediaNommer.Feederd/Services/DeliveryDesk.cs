using System.Collections.Concurrent;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Claims what is due in the outbox, delivers it, and records what came of it. A claim is a conditional write that puts
/// the time of the next try off: whoever made it delivers alone, and when he dies the notification is due again by itself.
/// </summary>
internal sealed partial class DeliveryDesk(
    IJobStore store, WebhookClient webhooks, Receivers receivers, IStateChanges changes, FeederdOptions settings,
    TimeProvider clock, ILogger<DeliveryDesk> logger)
{
    private const int LookAhead = 256;
    private const int WritesAtOnce = 32;

    /// <summary>How long a claim lasts: longer than the longest time-out, and not longer than a user may wait.</summary>
    public static readonly TimeSpan ClaimLasts = TimeSpan.FromSeconds(28);

    // What a claim must still last when a call has taken its longest: the outcome is to be recorded.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(3);

    // Claimed or being delivered here, by job, and what tells their end: a job's notifications go one after the other.
    private readonly ConcurrentDictionary<string, TaskCompletionSource> running = new();
    private readonly string name = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>How many deliveries are claimed here, those that wait included.</summary>
    public int Underway => running.Count;

    /// <summary>Is told of each try: how the notification stands after it.</summary>
    public event Action<NotificationState>? Tried;

    /// <summary>Is told when a delivery has ended, so that there may be more to do.</summary>
    public event Action? Ended;

    /// <summary>When the next notification is due, or null.</summary>
    public Task<DateTimeOffset?> GetNextTimeAsync(CancellationToken cancellation) =>
        store.GetNextNotificationTimeAsync(cancellation);

    /// <summary>Claims what is due and begins to deliver it.</summary>
    /// <param name="held">Ends when this feederd is no longer on duty: nothing is begun then.</param>
    /// <param name="leaving">Ends deliveries that are going on.</param>
    /// <returns>For how many there was something to do.</returns>
    public async Task<int> TakeDueAsync(CancellationToken held, CancellationToken leaving)
    {
        var due = await store.GetDueNotificationsAsync(clock.GetUtcNow(), LookAhead, held);
        var taken = 0;
        await Parallel.ForEachAsync(
            due.Where(one => !running.ContainsKey(one.JobId)),
            new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = held },
            async (one, _) =>
            {
                if (await TryTakeAsync(one, held))
                    Interlocked.Increment(ref taken);
            });
        Start(leaving);
        return taken;
    }

    /// <summary>Waits for the deliveries that are going on, and gives back what only waits.</summary>
    public async Task LeaveAsync(CancellationToken leaving)
    {
        var unused = receivers.TakeOut(all: true);
        try
        {
            await Parallel.ForEachAsync(
                unused, new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = leaving },
                async (one, token) => await store.TryUpdateNotificationAsync(one.Before, one.Notification, attempt: null, token));
        }
        catch (Exception e)
        {
            // Their claims end by themselves.
            Log.NotGivenBack(logger, e, unused.Count);
        }

        foreach (var one in unused)
            Forget(one.Notification);
        await Task.WhenAll(running.Values.Select(delivery => delivery.Task));
    }

    /// <summary>Has a notification delivered again, or a waiting one at once.</summary>
    /// <returns>False when there is none with that id.</returns>
    public async Task<bool> ReplayAsync(string notificationId, CancellationToken cancellation)
    {
        while (await store.GetNotificationAsync(notificationId, cancellation) is { Notification: var known })
        {
            var now = clock.GetUtcNow();
            var renewed = known with
            {
                State = NotificationState.Pending, Attempts = 0, NextAttemptAt = now, FirstDueAt = now, ClaimedBy = null,
            };
            if (!await store.TryUpdateNotificationAsync(renewed, known, attempt: null, cancellation))
                continue;
            changes.Announce(new StateChangeMessage(known.JobId, known.JobState));
            return true;
        }

        return false;
    }

    private async Task<bool> TryTakeAsync(Notification due, CancellationToken held)
    {
        if (!running.TryAdd(due.JobId, new(TaskCreationOptions.RunContinuationsAsynchronously)))
            return false;
        var host = Receivers.HostOf(due);
        var isMine = false;
        try
        {
            if (receivers.WhyNot(host) is { } why)
                return await PostponeAsync(due, why, held);
            var now = clock.GetUtcNow();
            if (!receivers.HasPlace(host))
                return await store.TryUpdateNotificationAsync(
                    due with { NextAttemptAt = now + receivers.DrainTime(host), ClaimedBy = null }, due, attempt: null, held);
            var claimed = due with { NextAttemptAt = now + ClaimLasts, ClaimedBy = name };
            isMine = await store.TryUpdateNotificationAsync(claimed, due, attempt: null, held);
            if (isMine)
                receivers.Add(new ClaimedDelivery(due, claimed));
            return isMine;
        }
        finally
        {
            if (!isMine)
                Forget(due);
        }
    }

    private void Start(CancellationToken leaving)
    {
        foreach (var turn in receivers.TakeTurns())
            _ = RunAsync(turn.Claimed.Notification, () => DeliverAsync(turn, leaving), leaving);
        foreach (var claimed in receivers.TakeOut(all: false))
            _ = RunAsync(claimed.Notification, () => GiveUpAsync(claimed, leaving), leaving);
    }

    /// <summary>Runs one delivery. Whatever it fails with concerns it alone, and its claim ends by itself.</summary>
    private async Task RunAsync(Notification notification, Func<Task> deliver, CancellationToken leaving)
    {
        await Task.Yield();
        try
        {
            await deliver();
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // Not recorded, so it is delivered again after the restart: at least once.
        }
        catch (BackendUnavailableException e)
        {
            Log.NotNow(logger, e, notification.Id);
        }
        catch (Exception e)
        {
            Log.Defect(logger, e, notification.Id);
        }
        finally
        {
            End(notification, leaving);
        }
    }

    private async Task DeliverAsync(DeliveryTurn turn, CancellationToken leaving)
    {
        var notification = turn.Claimed.Notification;
        if (await CallAsync(turn.Receiver, notification, leaving) is { } attempt)
            await RecordAsync(notification, attempt, leaving);
    }

    /// <summary>Calls the receiver.</summary>
    /// <returns>
    /// What came of it; null for one whose turn came so late that its claim might end before its outcome is recorded: it
    /// is due again by itself.
    /// </returns>
    private async Task<DeliveryAttempt?> CallAsync(Receiver receiver, Notification notification, CancellationToken leaving)
    {
        var timeout = receiver.Timeout;
        WebhookResult? result = null;
        try
        {
            if (notification.NextAttemptAt - clock.GetUtcNow() >= timeout + Margin)
                result = await webhooks.SendAsync(notification, await JobOfAsync(notification, leaving), timeout, leaving);
            return result?.Attempt;
        }
        finally
        {
            receivers.End(receiver, result);
        }
    }

    private async Task<Job?> JobOfAsync(Notification notification, CancellationToken leaving) =>
        notification is { Method: NotifyMethod.Post, Body: NotifyBody.Job }
            ? await store.GetAsync(notification.JobId, leaving)
            : null;

    private Task GiveUpAsync(ClaimedDelivery claimed, CancellationToken leaving)
    {
        var why = receivers.WhyNot(Receivers.HostOf(claimed.Notification)) ?? "not called: its receiver failed for others";
        return RecordAsync(claimed.Notification, NotMade(why), leaving);
    }

    private void End(Notification notification, CancellationToken leaving)
    {
        // Before it counts as ended: once all have, nobody may start another under this term.
        if (!leaving.IsCancellationRequested)
            Start(leaving);
        Forget(notification);
        Ended?.Invoke();
    }

    private void Forget(Notification notification)
    {
        if (running.TryRemove(notification.JobId, out var delivery))
            delivery.SetResult();
    }

    private async Task<bool> PostponeAsync(Notification due, string why, CancellationToken held)
    {
        var attempt = NotMade(why);
        var after = After(due, attempt);
        if (!await store.TryUpdateNotificationAsync(after, due, attempt, held))
            return false;
        LogOutcome(after, attempt);
        return true;
    }

    // Until it is recorded the job counts as running: otherwise its receiver would be called over and over while the
    // store is out of reach.
    private async Task RecordAsync(Notification claimed, DeliveryAttempt attempt, CancellationToken leaving)
    {
        var after = After(claimed, attempt);
        LogOutcome(after, attempt);
        Tried?.Invoke(after.State);
        await new RoundLoop($"The record of notification {after.Id}", clock, logger).RunUntilDoneAsync(
            async () =>
            {
                if (!await store.TryUpdateNotificationAsync(after, claimed, attempt, CancellationToken.None))
                    await AddAttemptAsync(after.Id, attempt);
            },
            leaving);
    }

    /// <summary>Somebody replayed it, or took it over when the claim had ended: how it stands is theirs to say.</summary>
    private async Task AddAttemptAsync(string notificationId, DeliveryAttempt attempt)
    {
        while (await store.GetNotificationAsync(notificationId, CancellationToken.None) is { Notification: var known }
            && !await store.TryUpdateNotificationAsync(known, known, attempt, CancellationToken.None))
        {
        }
    }

    private Notification After(Notification before, DeliveryAttempt attempt) => DeliverySchedule.After(
        before, attempt, clock.GetUtcNow(), Random.Shared.NextDouble(), settings) with { ClaimedBy = null };

    private DeliveryAttempt NotMade(string why) => new() { At = clock.GetUtcNow(), Error = why };

    private void LogOutcome(Notification after, DeliveryAttempt attempt)
    {
        if (after.State == NotificationState.Delivered)
            Log.Delivered(logger, after.Id, after.Attempts);
        else if (after.State == NotificationState.Failed)
            Log.GivenUp(logger, after.Id, after.Attempts, attempt.Error);
        else
            Log.Postponed(logger, after.Id, after.Attempts, attempt.Error, after.NextAttemptAt.UtcDateTime);
    }

    private static partial class Log
    {
        [LoggerMessage(110, LogLevel.Debug, "Notification {Id} was delivered at try {Try}.")]
        public static partial void Delivered(ILogger logger, string id, int @try);

        [LoggerMessage(111, LogLevel.Information,
            "Notification {Id} was not delivered at try {Try} ({Error}); the next is at {Next:yyyy-MM-ddTHH:mm:ss.fffZ}.")]
        public static partial void Postponed(ILogger logger, string id, int @try, string? error, DateTime next);

        [LoggerMessage(112, LogLevel.Warning,
            "Notification {Id} was given up after {Try} tries ({Error}); it can be replayed.")]
        public static partial void GivenUp(ILogger logger, string id, int @try, string? error);

        [LoggerMessage(113, LogLevel.Warning,
            "{Count} notifications that were claimed could not be given back; they are delivered in half a minute.")]
        public static partial void NotGivenBack(ILogger logger, Exception e, int count);

        [LoggerMessage(114, LogLevel.Warning,
            "The store is out of reach, so notification {Id} is not delivered now; it is tried again in half a minute.")]
        public static partial void NotNow(ILogger logger, Exception e, string id);

        [LoggerMessage(115, LogLevel.Error,
            "An unexpected error ended the delivery of notification {Id}; it is tried again in half a minute.")]
        public static partial void Defect(ILogger logger, Exception e, string id);
    }
}
