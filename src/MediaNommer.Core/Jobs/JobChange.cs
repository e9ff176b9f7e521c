using MediaNommer.Core.Notifications;

namespace MediaNommer.Core.Jobs;

/// <summary>Everything that one change of a job writes. A store writes all of it or nothing.</summary>
public sealed record JobChange
{
    /// <summary>The job as it shall be; its <see cref="Job.Version"/> is already the new one.</summary>
    public required Job Job { get; init; }

    /// <summary>Lines to add to its history.</summary>
    public IReadOnlyList<JobEvent> Events { get; init; } = [];

    /// <summary>Notifications to put into the outbox.</summary>
    public IReadOnlyList<Notification> Notifications { get; init; } = [];

    /// <summary>
    /// The destination that must be free of other unfinished jobs for the change to be written, or null when that does not
    /// matter. A store throws <see cref="DestinationTakenException"/> when it is not.
    /// </summary>
    public DestinationHold? Hold { get; init; }

    /// <summary>What the nommer printed in the attempt that just ended, or null.</summary>
    public JobLog? Log { get; init; }
}
