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
            parts.Folders.Touch(parts.Clock.GetUtcNow());
            try
            {
                if (IsDraining)
                    await node.EnterAsync(NodeState.Draining, drainReason ?? "", over);
                else if (await node.ReportAsync(over) != NodeState.Active)
                    Leave(node.Reason ?? "Feederd asked the worker to leave.");
                await ContemplateTerminationAsync(over);
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
    /// The original's <c>contemplate_termination</c>: a worker that was idle for too long leaves, unless it is local or
    /// one of those that are kept. Draining comes first, so that nothing can be handed to it between the decision and the end.
    /// </summary>
    private async Task ContemplateTerminationAsync(CancellationToken over)
    {
        if (!MayLeave || IsDraining || node.IdleFor < ShortestIdle || await IsKeptAsync(over))
            return;
        // It may have got something to do meanwhile.
        var idle = node.IdleFor;
        if (idle >= ShortestIdle)
            Leave($"Idle for {idle.TotalSeconds:0} s (Nommerd:MaxInactivity is {settings.MaxInactivity:0.#}, SurplusInactivity {settings.SurplusInactivity:0.#}).");
    }

    /// <summary>Whether it is one of those that stay for longer, or for ever.</summary>
    private async Task<bool> IsKeptAsync(CancellationToken over)
    {
        var warm = parts.Options.Scaling.WarmInstances;
        var kept = node.IdleFor < LongestIdle ? Math.Max(1, warm) : warm;
        if (kept == 0)
            return false;
        var nodes = await store.ListNodesAsync(over);
        var lease = TimeSpan.FromSeconds(settings.LeaseSeconds);
        return KeptNodes.Of(nodes, kept, parts.Clock.GetUtcNow(), lease).Contains(identity.WorkerId);
    }

    private bool MayLeave => settings.TerminateWhenIdle && (launch.Managed || !launch.IsLocal);

    private TimeSpan LongestIdle => TimeSpan.FromSeconds(settings.MaxInactivity);

    private TimeSpan ShortestIdle => settings.SurplusInactivity > 0 && settings.SurplusInactivity < settings.MaxInactivity
        ? TimeSpan.FromSeconds(settings.SurplusInactivity)
        : LongestIdle;

    // Looks again when an idle time may be over, if that comes before the next heartbeat.
    private TimeSpan NextLook(TimeSpan interval)
    {
        if (!MayLeave || IsDraining || !runs.IsEmpty)
            return interval;
        var idle = node.IdleFor;
        var left = (idle < ShortestIdle ? ShortestIdle : LongestIdle) - idle;
        // One that is kept has been idle for too long all the time.
        if (left <= TimeSpan.Zero && parts.Options.Scaling.WarmInstances > 0)
            return interval;
        return left < interval ? TimeSpan.FromSeconds(Math.Max(0.05, left.TotalSeconds)) : interval;
    }
}
