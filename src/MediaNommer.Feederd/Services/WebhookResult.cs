using MediaNommer.Core.Notifications;

namespace MediaNommer.Feederd.Services;

/// <summary>What came of a call.</summary>
/// <param name="Attempt">As it is kept with the notification.</param>
/// <param name="CutOffAfter">How long an answer was waited for in vain, or null.</param>
internal sealed record WebhookResult(DeliveryAttempt Attempt, TimeSpan? CutOffAfter)
{
    /// <summary>
    /// True when the receiver answered, even if with a refusal, which concerns this one address. One that says that it
    /// is out of order or overloaded counts as not answering.
    /// </summary>
    public bool IsAnswer => Attempt.Status is not (null or 429 or 502 or 503 or 504);
}
