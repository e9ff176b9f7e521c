using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Worker;

/// <content>Why a worker leaves, and how long its jobs may go on.</content>
internal sealed partial class WorkerService
{
    // A machine that is taken away at a known time: jobs that are likely to end this long before it go on, and what still
    // runs then is stopped and handed back.
    private static readonly TimeSpan SafetyMargin = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan HandBackMargin = TimeSpan.FromSeconds(10);

    private int timesAsked;
    private volatile bool isLeavingForGood;
    private volatile bool isTakenAway;

    /// <summary>True from the moment on at which no more jobs are taken.</summary>
    public bool IsDraining => draining.IsCancellationRequested;

    /// <summary>True when the machine is to end once the worker has left.</summary>
    public bool EndsMachine => isLeavingForGood && launch.Machine is not null;

    /// <summary>
    /// Takes no more jobs. Running ones get the grace period to end, then go back to the queue; a second call hands them
    /// back at once.
    /// </summary>
    public void Drain(string reason)
    {
        StopTaking(reason);
        HandBackIn(Interlocked.Increment(ref timesAsked) > 1 ? TimeSpan.Zero : TimeSpan.FromSeconds(settings.GracePeriod));
    }

    /// <summary>Takes no more jobs, lets the running ones end however long they take, and leaves for good.</summary>
    public void Leave(string reason)
    {
        isLeavingForGood = true;
        StopTaking(reason);
    }

    /// <summary>
    /// Takes no more jobs and leaves for good before the machine is taken away. Jobs that are likely to end in time go on,
    /// the others are handed back at once, so that another worker begins with them soon.
    /// </summary>
    /// <param name="end">When the machine is taken away.</param>
    /// <param name="reason">The sentence for the node and for its jobs.</param>
    public void LeaveBy(DateTimeOffset end, string reason)
    {
        isLeavingForGood = true;
        StopTaking(reason);
        drainReason = reason;
        // Seen by runs that begin after the look at those that go on.
        isTakenAway = true;
        var left = end - parts.Clock.GetUtcNow();
        foreach (var run in runs.Keys.Where(run => run.TimeLeft is not { } needed || needed > left - SafetyMargin))
            run.Stop(RunOutcome.HostStopping, reason);
        HandBackIn(left - HandBackMargin);
    }

    private void StopTaking(string reason)
    {
        if (Interlocked.CompareExchange(ref drainReason, reason, null) is not null)
            return;
        Log.Draining(logger, reason, runs.Count);
        draining.Cancel();
    }

    private void HandBackIn(TimeSpan time)
    {
        if (time <= TimeSpan.Zero)
            handingBack.Cancel();
        else
            _ = HandBackAfterAsync(time);
    }

    private async Task HandBackAfterAsync(TimeSpan time)
    {
        await PauseAsync(time, handingBack.Token);
        await handingBack.CancelAsync();
    }
}
