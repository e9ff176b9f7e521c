using MediaNommer.Core.Leases;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Core.Jobs;

/// <summary>
/// The truth about jobs, nodes, notifications and leases. Each call costs the same however many finished jobs there are.
/// Every method may throw <see cref="BackendUnavailableException"/>, and one that writes <see cref="RecordTooLargeException"/>.
/// </summary>
public interface IJobStore : ILeaseStore
{
    /// <summary>Makes sure that tables and the like exist. Safe to call by many at once.</summary>
    Task InitializeAsync(CancellationToken cancellation);

    /// <summary>
    /// Stores a new job durably. With an idempotency key that was used less than 24 hours before <c>CreatedAt</c>,
    /// nothing is stored and the id of the job of that time is returned.
    /// </summary>
    /// <returns>The id of the job that was stored, now or then.</returns>
    /// <exception cref="DestinationTakenException">The change wants a destination that another unfinished job has.</exception>
    Task<string> CreateAsync(JobChange change, string? idempotencyKey, CancellationToken cancellation);

    /// <summary>The job, or null when there is none with that id.</summary>
    Task<Job?> GetAsync(string jobId, CancellationToken cancellation);

    /// <summary>
    /// Lists jobs, newest first. Looks at a bounded number of jobs per call: a page may be short, or empty, and still
    /// carry a cursor.
    /// </summary>
    Task<JobPage> ListAsync(JobQuery query, CancellationToken cancellation);

    /// <summary>
    /// Writes the change if the stored version is still <paramref name="expectedVersion"/>; otherwise writes nothing.
    /// </summary>
    /// <returns>False when the job is gone or somebody else wrote it first.</returns>
    /// <exception cref="DestinationTakenException">The change wants a destination that another unfinished job has.</exception>
    Task<bool> TryUpdateAsync(JobChange change, long expectedVersion, CancellationToken cancellation);

    /// <summary>The whole history of a job, oldest first; empty for an unknown job.</summary>
    Task<IReadOnlyList<JobEvent>> GetEventsAsync(string jobId, CancellationToken cancellation);

    /// <summary>The log of one attempt, or null when none was kept.</summary>
    Task<JobLog?> GetLogAsync(string jobId, int attempt, CancellationToken cancellation);

    /// <summary>Unfinished jobs whose <see cref="Job.NextCheckAt"/> has come, most overdue first.</summary>
    Task<IReadOnlyList<Job>> GetDueAsync(DateTimeOffset now, int limit, CancellationToken cancellation);

    /// <summary>Jobs that a worker holds now, newest first.</summary>
    Task<IReadOnlyList<Job>> GetRunningAsync(int limit, CancellationToken cancellation);

    /// <summary>How many jobs are in each unfinished state; states without a job may be left out.</summary>
    Task<IReadOnlyDictionary<JobState, int>> CountUnfinishedAsync(CancellationToken cancellation);

    /// <summary>
    /// Deletes at most <paramref name="limit"/> jobs that finished before the given time, with everything that belongs
    /// to them, notifications and idempotency keys included, except jobs that still have a notification to deliver.
    /// </summary>
    /// <returns>How many were deleted.</returns>
    Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellation);

    /// <summary>Finds out whether a job could be written now, by a write that changes nothing anybody reads.</summary>
    Task ProbeAsync(CancellationToken cancellation);

    /// <summary>Deletes all jobs, nodes and notifications; leases stay.</summary>
    Task WipeAsync(CancellationToken cancellation);

    /// <summary>All nodes that have not been removed.</summary>
    Task<IReadOnlyList<Node>> ListNodesAsync(CancellationToken cancellation);

    /// <summary>The node, or null.</summary>
    Task<Node?> GetNodeAsync(string nodeId, CancellationToken cancellation);

    /// <summary>
    /// Writes the node if its stored version is still <paramref name="expectedVersion"/> (0: if it does not exist).
    /// </summary>
    /// <returns>False when somebody else wrote it first.</returns>
    Task<bool> TryPutNodeAsync(Node node, long expectedVersion, CancellationToken cancellation);

    /// <summary>Forgets a node. Does nothing when it is not there.</summary>
    Task RemoveNodeAsync(string nodeId, CancellationToken cancellation);

    /// <summary>
    /// Undelivered notifications whose time has come. Of each job only the oldest undelivered one, so that a later one
    /// never overtakes it.
    /// </summary>
    Task<IReadOnlyList<Notification>> GetDueNotificationsAsync(
        DateTimeOffset now, int limit, CancellationToken cancellation);

    /// <summary>When the next undelivered notification is due, or null when there is none.</summary>
    Task<DateTimeOffset?> GetNextNotificationTimeAsync(CancellationToken cancellation);

    /// <summary>
    /// Writes the new standing of a notification and, when given, the attempt that led to it, if the notification still
    /// stands as <paramref name="before"/> says (null: however it stands).
    /// </summary>
    /// <returns>False when it is gone or stands otherwise; nothing was written then.</returns>
    Task<bool> TryUpdateNotificationAsync(
        Notification notification, Notification? before, DeliveryAttempt? attempt, CancellationToken cancellation);

    /// <summary>The notification with all its delivery attempts, or null.</summary>
    Task<NotificationRecord?> GetNotificationAsync(string notificationId, CancellationToken cancellation);

    /// <summary>Lists notifications with their attempts, newest first.</summary>
    Task<NotificationPage> ListNotificationsAsync(NotificationQuery query, CancellationToken cancellation);
}

/// <summary>The store or the queue cannot be reached or refuses to work; trying again later may help.</summary>
public class BackendUnavailableException : Exception
{
    /// <summary>Makes one that names what is out of reach and what to do about it.</summary>
    public BackendUnavailableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>
/// The store cannot hold this one record, however often it is tried: it is too large. This says nothing about other
/// records; all else works on.
/// </summary>
public sealed class RecordTooLargeException : Exception
{
    /// <summary>Makes one that says what is too large, and for what, and what to do about it.</summary>
    public RecordTooLargeException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
