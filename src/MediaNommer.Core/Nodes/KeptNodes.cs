namespace MediaNommer.Core.Nodes;

/// <summary>
/// Which workers stay although they are idle. Each worker finds out for itself; because all of them go by the same order,
/// two that look at the same moment never both take the other for the one that stays.
/// </summary>
public static class KeptNodes
{
    /// <summary>The ids of those that stay: the longest at work among the ones that take jobs and report.</summary>
    /// <param name="nodes">All nodes, as the store holds them.</param>
    /// <param name="count">How many stay.</param>
    /// <param name="now">The time.</param>
    /// <param name="lease">How long a node may be silent.</param>
    public static IReadOnlySet<string> Of(IEnumerable<Node> nodes, int count, DateTimeOffset now, TimeSpan lease) => nodes
        .Where(node => node.State == NodeState.Active && now - node.LastReportAt < lease)
        .OrderBy(node => node.StartedAt).ThenBy(node => node.Id, StringComparer.Ordinal)
        .Take(count).Select(node => node.Id).ToHashSet();
}
