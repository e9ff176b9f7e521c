using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;

namespace MediaNommer.Nommerd.Worker;

/// <content>How the worker reports itself, and when it leaves.</content>
internal sealed partial class WorkerService
{
    private async Task<bool> TellAsync(NodeState state)
    {
        try
        {
            await node.EnterAsync(state, drainReason ?? "", CancellationToken.None);
            return true;
        }
        catch (BackendUnavailableException e)
        {
            Log.NoBackend(logger, e);
            return false;
        }
    }

    /// <summary>That a machine ends should be known; but it costs money while it waits for the store.</summary>
    private async Task TellOfEndAsync()
    {
        for (var tries = 1; !await TellAsync(NodeState.Terminated) && EndsMachine && tries < 6; tries++)
            await PauseAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
    }

    private async Task HeartbeatAsync(CancellationToken over)
    {
        var interval = TimeSpan.FromSeconds(settings.HeartbeatInterval);
        while (!over.IsCancellationRequested)
        {
            try
            {
                if (IsDraining)
                    await node.EnterAsync(NodeState.Draining, drainReason ?? "", over);
                else if (await node.ReportAsync(over) != NodeState.Active)
                    Leave(node.Reason ?? "Feederd asked the worker to leave.");
                ContemplateTermination();
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                return;
            }
            catch (BackendUnavailableException e)
            {
                Log.NoBackend(logger, e);
            }
            catch (Exception e)
            {
                // A worker that stops reporting would pass for dead while it works on.
                Log.ReportFailed(logger, e);
            }

            await PauseAsync(NextLook(interval), over);
        }
    }

    /// <summary>
    /// The original's <c>contemplate_termination</c>: a worker that was idle for too long leaves, unless it is local.
    /// Draining comes first, so that nothing can be handed to it between the decision and the end.
    /// </summary>
    private void ContemplateTermination()
    {
        if (!MayLeave || IsDraining || node.IdleFor.TotalSeconds < settings.MaxInactivity)
            return;
        Leave($"Idle for {node.IdleFor.TotalSeconds:0} s (Nommerd:MaxInactivity is {settings.MaxInactivity:0.#}).");
    }

    private bool MayLeave => settings.TerminateWhenIdle && (launch.Managed || !launch.IsLocal);

    // Looks again when the idle time may be over, if that comes before the next heartbeat.
    private TimeSpan NextLook(TimeSpan interval)
    {
        if (!MayLeave || IsDraining || !runs.IsEmpty)
            return interval;
        var left = TimeSpan.FromSeconds(settings.MaxInactivity) - node.IdleFor;
        return left < interval ? TimeSpan.FromSeconds(Math.Max(0.05, left.TotalSeconds)) : interval;
    }
}
