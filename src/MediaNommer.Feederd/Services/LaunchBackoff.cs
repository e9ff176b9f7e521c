using MediaNommer.Core.Fleet;
using MediaNommer.Core.Nodes;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Keeps launches that fail from being repeated without pause: those that the fleet refuses, and workers that end
/// before they report for the first time.
/// </summary>
internal sealed class LaunchBackoff(TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, FleetMember> unreported = [];
    private TimeSpan pause = FirstPause;
    private DateTimeOffset until = DateTimeOffset.MinValue;
    private string reason = "";

    /// <summary>Why nothing may be launched now, or null.</summary>
    public string? Refusal => clock.GetUtcNow() < until ? reason : null;

    /// <summary>Remembers members until they have reported.</summary>
    public void Launched(IReadOnlyList<FleetMember> members)
    {
        foreach (var member in members)
            unreported[member.Id] = member;
    }

    /// <summary>Notes a failure; the pause doubles with each that follows another.</summary>
    /// <returns>The sentence for the operator.</returns>
    public string Failed(string why)
    {
        until = clock.GetUtcNow() + pause;
        reason = $"{why.TrimEnd('.')}. Tried again {pause.TotalSeconds:0} s later.";
        pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        return reason;
    }

    /// <summary>Sees what became of the members that were launched.</summary>
    /// <param name="members">Those that live.</param>
    /// <param name="nodes">Those that have reported.</param>
    /// <param name="whyEnded">Tells why a member has ended, where somebody knows.</param>
    public void Observe(IReadOnlyList<FleetMember> members, IReadOnlyList<Node> nodes, Func<string, string?> whyEnded)
    {
        foreach (var member in unreported.Values.ToList())
        {
            if (nodes.Any(node => FleetHeadcount.IsSame(member, node)))
            {
                unreported.Remove(member.Id);
                pause = FirstPause;
            }
            else if (members.All(alive => alive.Id != member.Id))
            {
                unreported.Remove(member.Id);
                var why = whyEnded(member.Id) ?? "its log says why";
                Failed($"Worker {member.Id} ended before it reported for the first time; {why}");
            }
        }
    }
}
