using MediaNommer.Core.Fleet;
using MediaNommer.Core.Nodes;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Keeps launches that fail from being repeated without pause: those that the fleet refuses, and workers that end
/// before they report for the first time. Machines cost money even so: after one that never reported, they are launched
/// one by one until one reports.
/// </summary>
internal sealed class LaunchBackoff(TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestPauseOfMachines = TimeSpan.FromMinutes(30);

    private readonly Dictionary<string, (FleetMember Member, int Launch)> unreported = [];
    private TimeSpan pause = FirstPause;
    private DateTimeOffset until = DateTimeOffset.MinValue;
    private string reason = "";
    private string? lost;
    private int launches;
    private int lastFailed = -1;

    /// <summary>The decision as far as it may be carried out now.</summary>
    public FleetDecision Limit(FleetDecision decision)
    {
        if (decision.Launch == 0)
            return decision;
        if (clock.GetUtcNow() < until)
            return new(0, reason);
        if (lost is null)
            return decision;
        return unreported.Keys.FirstOrDefault() is { } trial
            ? new(0, $"{lost} More are launched when {trial} has reported.")
            : decision with { Launch = 1, Reason = $"{decision.Reason} Only 1 until one reports: {lost}" };
    }

    /// <summary>Remembers members until they have reported.</summary>
    public void Launched(IReadOnlyList<FleetMember> members)
    {
        launches++;
        foreach (var member in members)
            unreported[member.Id] = (member, launches);
    }

    /// <summary>Notes a failure; the pause doubles with each that follows another.</summary>
    /// <returns>The sentence for the operator.</returns>
    public string Failed(string why) => Failed(why, LongestPause);

    /// <summary>Sees what became of the members that were launched.</summary>
    /// <param name="members">Those that live.</param>
    /// <param name="nodes">Those that have reported.</param>
    /// <param name="whyEnded">Tells why a member has ended, where somebody knows.</param>
    public void Observe(IReadOnlyList<FleetMember> members, IReadOnlyList<Node> nodes, Func<string, string?> whyEnded)
    {
        // Also those that an earlier feederd launched.
        foreach (var member in members.Where(member => !nodes.Any(node => FleetHeadcount.IsSame(member, node))))
            unreported.TryAdd(member.Id, (member, launches));
        foreach (var (id, (member, launch)) in unreported.ToList())
        {
            if (nodes.Any(node => FleetHeadcount.IsSame(member, node)))
            {
                unreported.Remove(id);
                (pause, lost) = (FirstPause, null);
            }
            else if (members.All(alive => alive.Id != id))
            {
                unreported.Remove(id);
                Lose(member, launch, whyEnded(id) ?? "its log says why");
            }
        }
    }

    private void Lose(FleetMember member, int launch, string why)
    {
        var sentence = $"Worker {member.Id} ended before it reported for the first time; {why.TrimEnd('.')}.";
        var isMachine = member.MachineType is not null;
        if (isMachine)
            lost = sentence;
        // Of many that were launched together the first is a failure, the others are the same one.
        if (launch <= lastFailed)
            return;
        lastFailed = launch;
        Failed(sentence, isMachine ? LongestPauseOfMachines : LongestPause);
    }

    private string Failed(string why, TimeSpan longest)
    {
        var wait = pause < longest ? pause : longest;
        until = clock.GetUtcNow() + wait;
        reason = $"{why.TrimEnd('.')}. Tried again {wait.TotalSeconds:0} s later.";
        if (pause < longest)
            pause = pause * 2 < longest ? pause * 2 : longest;
        return reason;
    }
}
