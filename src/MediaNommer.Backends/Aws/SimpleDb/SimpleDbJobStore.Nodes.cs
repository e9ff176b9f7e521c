using MediaNommer.Core.Jobs;
using MediaNommer.Core.Leases;
using MediaNommer.Core.Nodes;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <content>Nodes and leases, in a domain of their own as in 2011.</content>
internal sealed partial class SimpleDbJobStore
{
    private const string NodeAttribute = "node";
    private const string IsNode = $"where {NodeAttribute} is not null";
    private const string LeasePrefix = "lease/";

    public async Task<IReadOnlyList<Node>> ListNodesAsync(CancellationToken cancellation)
    {
        var found = new List<Node>();
        await foreach (var item in nodes.SelectAsync("*", $"{IsNode} limit 2500", cancellation))
        {
            if (ReadNode(item) is { } node)
                found.Add(node);
        }

        return [.. found.OrderBy(node => node.Id, StringComparer.Ordinal)];
    }

    public async Task<Node?> GetNodeAsync(string nodeId, CancellationToken cancellation) =>
        nodeId.Length > 0 && await nodes.GetAsync(SdbName.Of(nodeId), cancellation) is { } item ? ReadNode(item) : null;

    public async Task<bool> TryPutNodeAsync(Node node, long expectedVersion, CancellationToken cancellation)
    {
        var name = SdbName.Of(node.Id);
        var isCurrent = new SdbCondition(
            JobAttributes.Version, expectedVersion == 0 ? null : SdbName.Number(expectedVersion));
        SdbAttribute[] attributes =
        [
            new(NodeAttribute, name), new(JobAttributes.Version, SdbName.Number(node.Version)),
            .. SdbText.Attributes(JobAttributes.Doc, JobJson.Write(node)),
        ];
        return await nodes.TryPutAsync(name, attributes, isCurrent, cancellation) is not null;
    }

    public Task RemoveNodeAsync(string nodeId, CancellationToken cancellation) => nodeId.Length == 0
        ? Task.CompletedTask
        : nodes.TryDeleteAsync(SdbName.Of(nodeId), [], condition: null, cancellation);

    public async Task<Lease?> GetLeaseAsync(string name, CancellationToken cancellation) =>
        await nodes.GetAsync(LeaseItem(name), cancellation) is { } item
            && SdbText.Read(item, JobAttributes.Doc) is { } json
            ? JobJson.ReadLease(json)
            : null;

    public async Task<bool> TryPutLeaseAsync(Lease lease, long expectedVersion, CancellationToken cancellation)
    {
        var isCurrent = new SdbCondition(
            JobAttributes.Version, expectedVersion == 0 ? null : SdbName.Number(expectedVersion));
        SdbAttribute[] attributes =
        [
            new(JobAttributes.Version, SdbName.Number(lease.Version)),
            .. SdbText.Attributes(JobAttributes.Doc, JobJson.Write(lease)),
        ];
        return await nodes.TryPutAsync(LeaseItem(lease.Name), attributes, isCurrent, cancellation) is not null;
    }

    public Task ProbeAsync(CancellationToken cancellation) =>
        client.PutAsync(jobs.Name, SdbDomain.Probe, [new(SdbDomain.Probe, SdbDomain.Probe)], condition: null, cancellation);

    // What a name is made of holds no slash, so no node has it.
    private static string LeaseItem(string name) => $"{LeasePrefix}{SdbName.Of(name)}";

    private static Node? ReadNode(SdbItem item) =>
        SdbText.Read(item, JobAttributes.Doc) is { } json ? JobJson.ReadNode(json) : null;
}
