namespace MediaNommer.Bench.Fleet;

/// <summary>One machine of a simulated fleet; times in seconds since the begin of the workload.</summary>
internal sealed class SimulatedMachine(double launchedAt, double readyAt)
{
    /// <summary>Jobs that one machine runs side by side.</summary>
    public const int Slots = 2;

    private const double LeastBilled = 60;

    public double LaunchedAt => launchedAt;

    public double ReadyAt { get; } = readyAt;

    public List<SimulatedJob> Running { get; } = [];

    public double IdleSince { get; set; } = readyAt;

    public double? LeftAt { get; set; }

    /// <summary>Takes no more jobs and leaves when its last one ends.</summary>
    public bool IsDraining { get; set; }

    public bool HasRoomAt(double now) => LeftAt is null && !IsDraining && ReadyAt <= now && Running.Count < Slots;

    /// <summary>The seconds that are billed for it until then.</summary>
    public double BilledAt(double now) =>
        now < launchedAt ? 0 : Math.Ceiling(Math.Max(LeastBilled, (LeftAt is { } left && left < now ? left : now) - launchedAt));
}
