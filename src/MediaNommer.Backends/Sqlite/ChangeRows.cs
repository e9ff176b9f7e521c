using System.Text;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Backends.Sqlite;

/// <summary>The rows of one change of a job, turned into JSON on the caller's thread to keep the writer's free.</summary>
internal sealed class ChangeRows(JobChange change)
{
    private readonly Job job = change.Job;
    private readonly string jobDoc = JobJson.Write(change.Job);
    private readonly string[] eventDocs = [.. change.Events.Select(JobJson.Write)];
    private readonly string[] notificationDocs = [.. change.Notifications.Select(JobJson.Write)];

    /// <summary>Writes a new job.</summary>
    /// <exception cref="DestinationTakenException">Another unfinished job has its destination.</exception>
    public void Insert(SqliteSession session)
    {
        TakeDestination(session);
        session.Execute(
            """
            INSERT INTO jobs(id, state, version, next_check, finished, source, dest, doc)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """,
            job.Id, (int)job.State, job.Version, job.NextCheckAt?.UtcTicks, job.FinishedAt?.UtcTicks,
            job.Spec.Source.Display, job.Spec.Dest.Display, jobDoc);
        foreach (var label in job.Spec.Labels)
            session.Execute("INSERT OR IGNORE INTO labels(label, job_id) VALUES(?1, ?2)", label, job.Id);
        InsertWhatBelongsToIt(session);
    }

    /// <summary>Writes a new version of a job.</summary>
    /// <returns>False when the stored version is another; nothing was written then.</returns>
    public bool TryUpdate(SqliteSession session, long expectedVersion)
    {
        var updated = session.Execute(
            "UPDATE jobs SET state=?3, version=?4, next_check=?5, finished=?6, doc=?7 WHERE id=?1 AND version=?2",
            job.Id, expectedVersion, (int)job.State, job.Version, job.NextCheckAt?.UtcTicks,
            job.FinishedAt?.UtcTicks, jobDoc);
        if (updated == 0)
            return false;
        TakeDestination(session);
        InsertWhatBelongsToIt(session);
        return true;
    }

    // Who may share asks nobody: with many jobs for one destination, looking through them for each would take ever longer.
    private void TakeDestination(SqliteSession session)
    {
        if (change.Hold is not { } hold)
            return;
        if (!hold.MayShare)
            RequireDestination(session, hold.Key);
        session.Execute("INSERT OR IGNORE INTO destinations(key, job_id) VALUES(?1, ?2)", hold.Key, job.Id);
    }

    private void RequireDestination(SqliteSession session, string key)
    {
        session.Execute(
            """
            DELETE FROM destinations WHERE key=?1 AND job_id<>?2
            AND NOT EXISTS(SELECT 1 FROM jobs WHERE id=job_id AND next_check IS NOT NULL)
            """,
            key, job.Id);
        if (session.First("SELECT job_id FROM destinations WHERE key=?1 AND job_id<>?2", row => row.GetString(0), key, job.Id) is { } holder)
            throw new DestinationTakenException(holder);
    }

    private void InsertWhatBelongsToIt(SqliteSession session)
    {
        for (var i = 0; i < eventDocs.Length; i++)
            session.Execute(
                "INSERT INTO events(job_id, sequence, doc) VALUES(?1, ?2, ?3)",
                job.Id, change.Events[i].Sequence, eventDocs[i]);
        if (change.Log is { } log)
            session.Execute(
                "INSERT OR REPLACE INTO logs(job_id, attempt, utf8) VALUES(?1, ?2, ?3)",
                job.Id, log.Attempt, Encoding.UTF8.GetBytes(log.Text));
        for (var i = 0; i < notificationDocs.Length; i++)
            InsertNotification(session, change.Notifications[i], notificationDocs[i]);
        if (notificationDocs.Length > 0)
            OutboxHeads.Settle(session, job.Id);
    }

    private static void InsertNotification(SqliteSession session, Notification notification, string doc) =>
        session.Execute(
            """
            INSERT INTO outbox(id, job_id, sequence, state, next_attempt, is_head, doc)
            VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6)
            """,
            notification.Id, notification.JobId, notification.Sequence, (int)notification.State,
            notification.NextAttemptAt.UtcTicks, doc);
}

/// <summary>
/// Which notification of a job is its turn. Kept in a column of its own, so that finding the next one never wades
/// through those that wait behind it.
/// </summary>
internal static class OutboxHeads
{
    /// <summary>Marks the oldest undelivered notification of the job, and no other of its notifications.</summary>
    public static void Settle(SqliteSession session, string jobId) => session.Execute(
        """
        UPDATE outbox SET is_head=(state=0 AND sequence=(
          SELECT min(sequence) FROM outbox AS other WHERE other.job_id=?1 AND other.state=0))
        WHERE job_id=?1
        """,
        jobId);
}
