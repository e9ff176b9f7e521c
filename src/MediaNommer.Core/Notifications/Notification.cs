using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Notifications;

/// <summary>Whether a notification has arrived.</summary>
public enum NotificationState
{
    /// <summary>Still to be delivered.</summary>
    Pending,

    /// <summary>The other side answered with a 2xx status.</summary>
    Delivered,

    /// <summary>Given up after 24 hours; can be replayed.</summary>
    Failed,
}

/// <summary>One message to the outside about one change of a job's state, kept in the outbox until it arrives.</summary>
public sealed record Notification
{
    /// <summary>The job's id, a dash, and the number of the history line that it tells of, in six digits.</summary>
    public required string Id { get; init; }

    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>Orders the notifications of a job.</summary>
    public int Sequence { get; init; }

    /// <summary>Whom to tell.</summary>
    public required MediaUri Url { get; init; }

    /// <summary>How.</summary>
    public NotifyMethod Method { get; init; }

    /// <summary>What is in the body where there is one.</summary>
    public NotifyBody Body { get; init; }

    /// <summary>The state to tell of.</summary>
    public JobState JobState { get; init; }

    /// <summary>Its details, or null.</summary>
    public string? JobStateDetails { get; init; }

    /// <summary>Whether it has arrived.</summary>
    public NotificationState State { get; init; }

    /// <summary>How often delivery was tried since it was put into the outbox or last replayed.</summary>
    public int Attempts { get; init; }

    /// <summary>When it was put into the outbox.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// When delivery is tried next. While a feederd delivers it, the time at which another may, should that one die.
    /// </summary>
    public DateTimeOffset NextAttemptAt { get; init; }

    /// <summary>The feederd that delivers it now, or null.</summary>
    public string? ClaimedBy { get; init; }

    /// <summary>From when its 24 hours run; later than <see cref="CreatedAt"/> after a replay or a very late first try.</summary>
    public DateTimeOffset FirstDueAt { get; init; }

    /// <summary>True when nobody has written it between the two readings: each write changes one of these.</summary>
    public bool StandsAs(Notification other) =>
        (State, Attempts, NextAttemptAt, ClaimedBy) == (other.State, other.Attempts, other.NextAttemptAt, other.ClaimedBy);
}

/// <summary>One try to deliver a notification.</summary>
public sealed record DeliveryAttempt
{
    /// <summary>When it began.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public int Milliseconds { get; init; }

    /// <summary>The HTTP status of the answer, or null when there was none.</summary>
    public int? Status { get; init; }

    /// <summary>What went wrong, or null.</summary>
    public string? Error { get; init; }
}

/// <summary>A notification and every attempt to deliver it, oldest first.</summary>
public sealed record NotificationRecord(Notification Notification, IReadOnlyList<DeliveryAttempt> Deliveries);

/// <summary>Which notifications to list.</summary>
public sealed record NotificationQuery
{
    /// <summary>Only those of this job, or null for all.</summary>
    public string? JobId { get; init; }

    /// <summary>Only those in this state, or null for all.</summary>
    public NotificationState? State { get; init; }

    /// <summary>Go on behind the notification with this id, or null to begin with the newest.</summary>
    public string? Cursor { get; init; }

    /// <summary>1 to 1,000.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>One page of notifications, newest first, and the cursor of the next, or null at the end.</summary>
public sealed record NotificationPage(IReadOnlyList<NotificationRecord> Notifications, string? Cursor);
