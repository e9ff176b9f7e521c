using MediaNommer.Core.Notifications;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Feederd.Services;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

public class DeliveryScheduleTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FeederdOptions settings = new() { NotifyBackoff = 5, NotifyFor = 86400 };

    [Fact]
    public void Pauses_double_from_the_setting_up_to_an_hour()
    {
        var pauses = new List<double>();
        var now = Start;
        var notification = NewNotification(Start);
        while (pauses.Count < 13)
        {
            notification = DeliverySchedule.After(notification, Failure(now), now, 0.5, settings);
            pauses.Add((notification.NextAttemptAt - now).TotalSeconds);
            now = notification.NextAttemptAt;
        }

        pauses.ShouldBe([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);
    }

    [Fact]
    public void Jitter_moves_a_pause_by_a_fifth_at_most()
    {
        After(jitter: 0).NextAttemptAt.ShouldBe(Start.AddSeconds(4));
        After(jitter: 1).NextAttemptAt.ShouldBe(Start.AddSeconds(6));

        Notification After(double jitter) =>
            DeliverySchedule.After(NewNotification(Start), Failure(Start), Start, jitter, settings);
    }

    [Fact]
    public void The_last_try_is_at_the_deadline_and_then_it_is_given_up()
    {
        settings.NotifyFor = 12;
        var second = DeliverySchedule.After(NewNotification(Start), Failure(Start), Start, 0.5, settings);
        var third = DeliverySchedule.After(second, Failure(second.NextAttemptAt), second.NextAttemptAt, 0.5, settings);
        third.State.ShouldBe(NotificationState.Pending);
        third.NextAttemptAt.ShouldBe(Start.AddSeconds(12));
        DeliverySchedule.After(third, Failure(third.NextAttemptAt), third.NextAttemptAt, 0.5, settings)
            .State.ShouldBe(NotificationState.Failed);
    }

    [Fact]
    public void Without_time_for_retries_one_try_is_all()
    {
        settings.NotifyFor = 0;
        DeliverySchedule.After(NewNotification(Start), Failure(Start), Start, 0.5, settings)
            .State.ShouldBe(NotificationState.Failed);
    }

    [Fact]
    public void A_first_try_that_comes_days_late_still_has_an_hour_of_retries()
    {
        var late = Start.AddDays(3);
        var after = DeliverySchedule.After(NewNotification(Start), Failure(late), late, 0.5, settings);
        after.State.ShouldBe(NotificationState.Pending);
        (after.FirstDueAt.AddSeconds(settings.NotifyFor) - late).ShouldBe(TimeSpan.FromHours(1));
    }

    private static Notification NewNotification(DateTimeOffset at) => new()
    {
        Id = "job-000001", JobId = "job", Url = new MediaUri("http://localhost/", null), CreatedAt = at,
        NextAttemptAt = at, FirstDueAt = at,
    };

    private static DeliveryAttempt Failure(DateTimeOffset at) => new() { At = at, Error = "answered 500" };
}
