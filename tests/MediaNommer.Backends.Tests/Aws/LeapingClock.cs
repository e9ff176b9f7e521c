namespace MediaNommer.Backends.Tests.Aws;

/// <summary>A clock that leaps ahead by each wait, so that nothing has to be waited for.</summary>
internal sealed class LeapingClock : TimeProvider
{
    private long leaptTicks;

    public TimeSpan LongestWait { get; private set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + new TimeSpan(Interlocked.Read(ref leaptTicks));

    public override long GetTimestamp() =>
        base.GetTimestamp() + (long)(Interlocked.Read(ref leaptTicks) * (TimestampFrequency / (double)TimeSpan.TicksPerSecond));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero)
        {
            Interlocked.Add(ref leaptTicks, dueTime.Ticks);
            LongestWait = dueTime > LongestWait ? dueTime : LongestWait;
            dueTime = TimeSpan.Zero;
        }

        return System.CreateTimer(callback, state, dueTime, period);
    }
}
