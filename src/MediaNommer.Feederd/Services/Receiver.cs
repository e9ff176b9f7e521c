namespace MediaNommer.Feederd.Services;

/// <summary>Whether a receiver is called.</summary>
internal enum Circuit
{
    /// <summary>Yes.</summary>
    Closed,

    /// <summary>No: it did not answer again and again.</summary>
    Open,

    /// <summary>Once, to see whether it answers again.</summary>
    HalfOpen,
}

/// <summary>
/// What is known of one receiver of notifications, a host and port: how fast it answers, and whether it does at all. One
/// that does not answer is no longer called for a while (a circuit breaker), so that it holds up nobody.
/// </summary>
internal sealed class Receiver(string host, TimeProvider clock)
{
    /// <summary>Calls to one receiver at the same time.</summary>
    public const int MaxAtOnce = 16;

    /// <summary>So many failures in a row open the circuit.</summary>
    public const int MaxFailures = 5;

    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FirstTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan FirstOpen = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestOpen = TimeSpan.FromMinutes(5);

    private double? usualSeconds;
    private TimeSpan openFor;

    /// <summary>The host, and the port where it is not the usual one.</summary>
    public string Host => host;

    /// <summary>How long the next call may take: four times what it usually takes, longer after one that was cut off.</summary>
    public TimeSpan Timeout { get; private set; } = FirstTimeout;

    /// <summary>Calls going on.</summary>
    public int Underway { get; private set; }

    /// <summary>Failures since it answered last.</summary>
    public int Failures { get; private set; }

    /// <summary>When it is called again, if its circuit is open.</summary>
    public DateTimeOffset OpenUntil { get; private set; }

    /// <summary>Why it was not reached, or null.</summary>
    public string? LastError { get; private set; }

    /// <summary>When it was called last.</summary>
    public DateTimeOffset UsedAt { get; private set; } = clock.GetUtcNow();

    /// <summary>What is claimed for it and waits for its turn.</summary>
    public Queue<ClaimedDelivery> Waiting { get; } = [];

    /// <summary>Whether it is called.</summary>
    public Circuit Circuit => Failures < MaxFailures ? Circuit.Closed
        : clock.GetUtcNow() < OpenUntil ? Circuit.Open
        : Circuit.HalfOpen;

    /// <summary>How long it usually takes to answer; the time-out of those of which that is not known.</summary>
    public TimeSpan UsualTime => usualSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Timeout;

    /// <summary>True for one that answered when it was called last.</summary>
    public bool IsProven => usualSeconds is not null && Failures == 0;

    /// <summary>True when another call may begin.</summary>
    public bool HasRoom => Underway < Circuit switch { Circuit.Closed => MaxAtOnce, Circuit.HalfOpen => 1, _ => 0 };

    /// <summary>To be called before a call.</summary>
    public void Begin()
    {
        Underway++;
        UsedAt = clock.GetUtcNow();
    }

    /// <summary>To be called after each call that was begun.</summary>
    public void End() => Underway--;

    /// <summary>Takes over what came of a call.</summary>
    public void Learn(WebhookResult result)
    {
        if (result.IsAnswer)
            Answered(TimeSpan.FromMilliseconds(result.Attempt.Milliseconds));
        else if (result.Attempt.Error is { } error)
            Failed(error, result.CutOffAfter);
    }

    private void Answered(TimeSpan took)
    {
        usualSeconds = usualSeconds is { } usual ? (0.8 * usual) + (0.2 * took.TotalSeconds) : took.TotalSeconds;
        Timeout = Between(ShortestTimeout, TimeSpan.FromSeconds(4 * usualSeconds.Value), LongestTimeout);
        (Failures, openFor, LastError) = (0, TimeSpan.Zero, null);
    }

    private void Failed(string error, TimeSpan? cutOffAfter)
    {
        if (cutOffAfter is { } waited)
            Timeout = Between(Timeout, 2 * waited, LongestTimeout);
        LastError = error;
        // Of calls that were made side by side only the first opens the circuit.
        if (Circuit != Circuit.Open && ++Failures >= MaxFailures)
        {
            openFor = Between(FirstOpen, 2 * openFor, LongestOpen);
            OpenUntil = clock.GetUtcNow() + openFor;
        }
    }

    private static TimeSpan Between(TimeSpan least, TimeSpan time, TimeSpan most) =>
        time < least ? least : time > most ? most : time;
}
