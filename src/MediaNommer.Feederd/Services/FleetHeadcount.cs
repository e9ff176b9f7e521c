using MediaNommer.Core.Fleet;
using MediaNommer.Core.Nodes;

namespace MediaNommer.Feederd.Services;

/// <summary>Counts workers from two sides: what the fleet launched, and what reported itself.</summary>
internal static class FleetHeadcount
{
    // A member that has not reported by then hangs; it must not keep others from being launched for ever.
    private static readonly TimeSpan StartAllowance = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Workers that take jobs or soon will: those that report, whoever started them, and members that are still
    /// starting. Those that drain or stopped reporting do not count.
    /// </summary>
    public static int Count(
        IReadOnlyList<FleetMember> members, IReadOnlyList<Node> nodes, DateTimeOffset now, double leaseSeconds) =>
        Working(nodes, now, leaseSeconds) + Starting(members, nodes, now).Count();

    /// <summary>All that there is, whatever it does: what the fleet has launched, and living workers that others started.</summary>
    public static int All(
        IReadOnlyList<FleetMember> members, IReadOnlyList<Node> nodes, DateTimeOffset now, double leaseSeconds) =>
        members.Count + nodes.Count(node =>
            IsResponding(node, now, leaseSeconds) && !members.Any(member => IsSame(member, node)));

    /// <summary>Workers that take jobs, whoever started them.</summary>
    public static int Working(IReadOnlyList<Node> nodes, DateTimeOffset now, double leaseSeconds) =>
        nodes.Count(node => node.State == NodeState.Active && IsResponding(node, now, leaseSeconds));

    /// <summary>Members that have not reported yet and still may.</summary>
    public static IEnumerable<FleetMember> Starting(
        IReadOnlyList<FleetMember> members, IReadOnlyList<Node> nodes, DateTimeOffset now) => members.Where(member =>
            now - member.LaunchedAt < StartAllowance && !nodes.Any(node => IsSame(member, node)));

    /// <summary>
    /// True when the node is what became of the member: the ids are equal, or the node's begins with the member's, as
    /// with local processes, whose nodes add something of their own.
    /// </summary>
    public static bool IsSame(FleetMember member, Node node) => IsSame(member, node.Id);

    /// <summary>True when the worker of that id is what became of the member.</summary>
    public static bool IsSame(FleetMember member, string workerId) =>
        workerId == member.Id || workerId.StartsWith(member.Id + "-", StringComparison.Ordinal);

    /// <summary>False when the node has been silent for longer than a lease lasts.</summary>
    public static bool IsResponding(Node node, DateTimeOffset now, double leaseSeconds) =>
        node.State != NodeState.Terminated && now - node.LastReportAt < TimeSpan.FromSeconds(leaseSeconds);
}
