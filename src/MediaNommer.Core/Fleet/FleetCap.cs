namespace MediaNommer.Core.Fleet;

/// <summary>
/// The last word on every launch: whatever a rule asks for, there are never more machines than allowed. Counts all that
/// are there and paid for, also those that hang, drain or fell silent, which the rules leave out because they do no work.
/// </summary>
public static class FleetCap
{
    /// <summary>The decision with no more launches than there is room for.</summary>
    /// <param name="decision">What a rule decided.</param>
    /// <param name="machines">What the fleet has launched and has not ended yet, and living workers that others started.</param>
    /// <param name="maxWorkers">The most that are allowed.</param>
    public static FleetDecision Apply(FleetDecision decision, int machines, int maxWorkers)
    {
        var room = Math.Max(0, maxWorkers - machines);
        return decision.Launch <= room
            ? decision
            : decision with
            {
                Launch = room,
                Reason = $"{decision.Reason} Held back to {room}: there are {machines}, counting those that do not report or are "
                    + $"leaving, and at most {maxWorkers} are allowed (Scaling:MaxNumEc2Instances).",
            };
    }
}
