namespace MediaNommer.Client.Wire;

/// <summary>One page of notifications, newest first.</summary>
public sealed record NotificationListResponse
{
    /// <summary>The notifications.</summary>
    public IReadOnlyList<NotificationResponse> Notifications { get; init; } = [];

    /// <summary>Hand it in to get the next page; null at the end.</summary>
    public string? Cursor { get; init; }

    /// <summary>
    /// Receivers that are being called, or waited for, or failed when they were called last: the worst first, at most 100,
    /// as the feederd sees them that answers this. Only the one on duty calls receivers.
    /// </summary>
    public IReadOnlyList<ReceiverResponse> Receivers { get; init; } = [];
}

/// <summary>How one receiver of notifications stands.</summary>
public sealed record ReceiverResponse
{
    /// <summary>Its host, and its port where that is not the usual one.</summary>
    public required string Host { get; init; }

    /// <summary>
    /// CLOSED: it is called. OPEN: it failed again and again and is not called for a while. HALF_OPEN: it is called once to
    /// see whether it answers again.
    /// </summary>
    public required string Circuit { get; init; }

    /// <summary>Failures since it answered last.</summary>
    public int Failures { get; init; }

    /// <summary>From when it is called again; null unless the circuit is open.</summary>
    public DateTimeOffset? OpenUntil { get; init; }

    /// <summary>Calls that are going on.</summary>
    public int Underway { get; init; }

    /// <summary>Deliveries that wait for their turn.</summary>
    public int Waiting { get; init; }

    /// <summary>How long it is given to answer the next call.</summary>
    public double TimeoutSeconds { get; init; }

    /// <summary>Why it was not reached, or null.</summary>
    public string? LastError { get; init; }
}

/// <summary>One message to the outside about one change of a job's state.</summary>
public sealed record NotificationResponse
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>Whom to tell; secrets are replaced by asterisks.</summary>
    public required string Url { get; init; }

    /// <summary><c>GET</c> or <c>POST</c>.</summary>
    public required string Method { get; init; }

    /// <summary>The state that it tells of.</summary>
    public required string JobState { get; init; }

    /// <summary>The details of that state, or null.</summary>
    public string? JobStateDetails { get; init; }

    /// <summary>PENDING, DELIVERED or FAILED.</summary>
    public required string State { get; init; }

    /// <summary>When it was put into the outbox.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// When delivery is tried next, or null when it is not tried any more. While a feederd delivers it: when another
    /// would, should that one die.
    /// </summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The feederd that delivers it just now, or null.</summary>
    public string? ClaimedBy { get; init; }

    /// <summary>Every attempt to deliver it, oldest first.</summary>
    public IReadOnlyList<DeliveryResponse> Deliveries { get; init; } = [];
}

/// <summary>One attempt to deliver a notification.</summary>
public sealed record DeliveryResponse
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
