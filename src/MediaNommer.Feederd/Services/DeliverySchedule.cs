using MediaNommer.Core.Notifications;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>Decides what follows from a try to deliver a notification.</summary>
internal static class DeliverySchedule
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>The standing of the notification after the try.</summary>
    /// <param name="notification">As it was before.</param>
    /// <param name="attempt">What came of the try.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="jitter">0 to 1: spreads retries, so that they do not all come at once.</param>
    /// <param name="settings">How long to try, and the first pause.</param>
    public static Notification After(
        Notification notification, DeliveryAttempt attempt, DateTimeOffset now, double jitter,
        FeederdOptions settings)
    {
        var tried = notification with
        {
            Attempts = notification.Attempts + 1,
            FirstDueAt = notification.Attempts == 0 ? Window(notification, attempt.At, settings) : notification.FirstDueAt,
        };
        if (attempt.Error is null)
            return tried with { State = NotificationState.Delivered };
        var deadline = tried.FirstDueAt + TimeSpan.FromSeconds(settings.NotifyFor);
        if (now >= deadline)
            return tried with { State = NotificationState.Failed };
        var next = now + Pause(tried.Attempts, jitter, settings);
        return tried with { NextAttemptAt = next < deadline ? next : deadline };
    }

    // What comes to its first try very late, because feederd was down or an earlier one was in its way, still gets an
    // hour of tries.
    private static DateTimeOffset Window(Notification notification, DateTimeOffset firstTry, FeederdOptions settings)
    {
        var whole = TimeSpan.FromSeconds(settings.NotifyFor);
        var least = whole < LongestPause ? whole : LongestPause;
        var latest = firstTry + least - whole;
        return latest > notification.FirstDueAt ? latest : notification.FirstDueAt;
    }

    private static TimeSpan Pause(int attempts, double jitter, FeederdOptions settings)
    {
        var seconds = settings.NotifyBackoff * Math.Pow(2, Math.Min(attempts - 1, 30)) * (0.8 + (0.4 * jitter));
        return TimeSpan.FromSeconds(Math.Min(seconds, LongestPause.TotalSeconds));
    }
}
