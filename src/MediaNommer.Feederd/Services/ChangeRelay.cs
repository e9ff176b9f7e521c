using MediaNommer.Core.Queues;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Tells of changes that this feederd made: itself, and by the queue the feederd that is on duty, so that it notifies and
/// scales at once.
/// </summary>
internal sealed class ChangeRelay(JobEventHub hub, Duties duties, LazyMessages queue) : BackgroundService, IStateChanges
{
    public void Announce(StateChangeMessage change)
    {
        hub.Announce(change);
        if (!duties.AreHeld)
            queue.Announce(change);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => queue.RunAsync(stoppingToken);
}
