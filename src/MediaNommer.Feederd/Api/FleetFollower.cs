using System.Threading.Channels;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;

namespace MediaNommer.Feederd.Api;

/// <summary>Tells one listener of what happens to all jobs: changes of state, and the progress of those that run.</summary>
internal sealed class FleetFollower(IJobStore store, EventStream stream)
{
    // Bounds what one listener costs when thousands of jobs change in a second.
    private const int MaxAtOnce = 100;

    private Dictionary<string, long> sentVersions = [];

    /// <summary>Sends the state of jobs that are said to have changed; of many changes of a job only the last.</summary>
    public async Task SendChangesAsync(ChannelReader<StateChangeMessage> changes, CancellationToken cancellation)
    {
        var changed = new HashSet<string>();
        while (changed.Count < MaxAtOnce && changes.TryRead(out var change))
            changed.Add(change.JobId);
        foreach (var id in changed)
        {
            if (await store.GetAsync(id, cancellation) is not { } job)
                continue;
            await SendAsync("state", job, cancellation);
            sentVersions[id] = job.Version;
        }

        await stream.KeepAliveAsync(cancellation);
    }

    /// <summary>Sends the progress of running jobs, where there was any.</summary>
    public async Task SendProgressAsync(CancellationToken cancellation)
    {
        var running = await store.GetRunningAsync(MaxAtOnce, cancellation);
        foreach (var job in running)
        {
            if (!sentVersions.TryGetValue(job.Id, out var sent) || sent < job.Version)
                await SendAsync("progress", job, cancellation);
        }

        sentVersions = running.ToDictionary(job => job.Id, job => job.Version);
    }

    private Task SendAsync(string kind, Job job, CancellationToken cancellation) =>
        stream.SendAsync(kind, $"{job.Id}-{job.EventCount}", JobView.EventOf(job, line: null, stream.Site), cancellation);
}
