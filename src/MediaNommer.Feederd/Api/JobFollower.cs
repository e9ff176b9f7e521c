using System.Globalization;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Feederd.Api;

/// <summary>Tells one listener of everything that happens to one job: each line of its history, and its progress.</summary>
internal sealed class JobFollower(IJobStore store, EventStream stream, int? lastSequence)
{
    private int? sentSequence = lastSequence;
    private long sentVersion = -1;

    /// <summary>Sends what has happened since the last call.</summary>
    /// <returns>False when the job has ended and everything about it was sent.</returns>
    public async Task<bool> SendNewsAsync(Job job, CancellationToken cancellation)
    {
        // A listener that does not go on from somewhere gets the job as it is, not its past.
        if (sentSequence is not { } sent || sent > job.EventCount)
            await SendAsync("state", job, line: null, job.EventCount, cancellation);
        else if (job.EventCount > sent)
            await SendHistoryAsync(job, sent, cancellation);
        else if (job.Version != sentVersion)
            await SendAsync(
                job.State.IsFinished() ? "state" : "progress", job, line: null, job.EventCount, cancellation);
        else
            await stream.KeepAliveAsync(cancellation);
        sentSequence = job.EventCount;
        sentVersion = job.Version;
        return !job.State.IsFinished();
    }

    private async Task SendHistoryAsync(Job job, int sent, CancellationToken cancellation)
    {
        var lines = await store.GetEventsAsync(job.Id, cancellation);
        foreach (var line in lines.Where(line => line.Sequence > sent && line.Sequence <= job.EventCount))
            await SendAsync("state", job, line, line.Sequence, cancellation);
    }

    private Task SendAsync(string kind, Job job, JobEvent? line, int sequence, CancellationToken cancellation) =>
        stream.SendAsync(
            kind, sequence.ToString(CultureInfo.InvariantCulture), JobView.EventOf(job, line, stream.Site), cancellation);
}
