namespace MediaNommer.Core.Jobs;

/// <summary>
/// Notices that this process did not see some time go by: it was frozen, its machine slept, or the clock was set. Leases
/// are measured by the clock on the wall, so right after such a gap all of them seem to have run out, also those of workers
/// that slept just as long. They get the time of one lease to renew them first.
/// </summary>
public sealed class ClockWatch : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LeastGap = TimeSpan.FromSeconds(2);

    private readonly TimeProvider clock;
    private readonly TimeSpan lease;
    private readonly TimeSpan gap;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private DateTimeOffset wall;
    private long steady;
    private long lastGap = long.MinValue;
    private TimeSpan setBack;

    /// <summary>Begins to watch.</summary>
    /// <param name="clock">Whose time to watch.</param>
    /// <param name="lease">How long a worker holds a step after its last report.</param>
    public ClockWatch(TimeProvider clock, TimeSpan lease)
    {
        this.clock = clock;
        this.lease = lease;
        // A gap of a third of a lease cannot have cost a worker that reports in time its lease.
        gap = lease / 3 > LeastGap ? lease / 3 : LeastGap;
        (wall, steady) = (clock.GetUtcNow(), clock.GetTimestamp());
        timer = clock.CreateTimer(_ => Look(), null, Tick, Tick);
    }

    /// <summary>When the last gap was noticed, as a timestamp of the clock; the least value when there was none.</summary>
    public long LastGap
    {
        get
        {
            Look();
            lock (gate)
                return lastGap;
        }
    }

    /// <summary>True when leases that seem to have run out have run out.</summary>
    public bool IsSettled
    {
        get
        {
            var last = LastGap;
            return last == long.MinValue || clock.GetElapsedTime(last) >= lease;
        }
    }

    /// <summary>By how much the clock was set back in all, less what was forgotten.</summary>
    public TimeSpan SetBack
    {
        get
        {
            Look();
            lock (gate)
                return setBack;
        }
    }

    /// <summary>Forgets some of <see cref="SetBack"/>, when its consequences have been seen to.</summary>
    public void ForgetSetBack(TimeSpan by)
    {
        lock (gate)
            setBack -= by;
    }

    /// <inheritdoc/>
    public void Dispose() => timer.Dispose();

    // Asked for as well as timed: after a gap, nobody knows which timer fires first.
    private void Look()
    {
        lock (gate)
        {
            var (wallNow, steadyNow) = (clock.GetUtcNow(), clock.GetTimestamp());
            var (byWall, bySteady) = (wallNow - wall, clock.GetElapsedTime(steady, steadyNow));
            (wall, steady) = (wallNow, steadyNow);
            if (byWall.Duration() >= gap || bySteady >= gap)
                lastGap = steadyNow;
            if (byWall <= -gap)
                setBack += bySteady - byWall;
        }
    }
}
