namespace MediaNommer.Client.Wire;

/// <summary>What is posted to the <c>notify_url</c> of a job that was submitted by <c>/v1/jobs</c>.</summary>
public sealed record NotificationBody
{
    /// <summary>The same for every try to deliver this; also in the header <c>Nommer-Delivery-Id</c>.</summary>
    public required string DeliveryId { get; init; }

    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>The state that is told of.</summary>
    public required string JobState { get; init; }

    /// <summary>The details of that state, or null.</summary>
    public string? JobStateDetails { get; init; }

    /// <summary>When the job entered that state.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The job as it stands when this is sent: of a message that was late, later than what it tells of.</summary>
    public JobResponse? Job { get; init; }
}
