using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;

namespace MediaNommer.Nommerd.Worker;

/// <summary>What the store tells of the other workers.</summary>
internal sealed class OtherWorkers(
    IJobStore store, WorkerIdentity identity, NommerOptions options, TimeProvider clock)
{
    /// <summary>True when another worker that takes jobs, and reported within a lease, meets the condition.</summary>
    public async Task<bool> AnyAsync(Func<Node, bool> condition, CancellationToken cancellation)
    {
        var heardSince = clock.GetUtcNow() - TimeSpan.FromSeconds(options.Nommerd.LeaseSeconds);
        var nodes = await store.ListNodesAsync(cancellation);
        return nodes.Any(node =>
            node.Id != identity.WorkerId && node.State == NodeState.Active && node.LastReportAt > heardSince
            && condition(node));
    }
}
