using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// How a run is made to end early: it is asked, then forced, and at last not waited for any longer. Why it was asked the
/// first time decides what becomes of the job.
/// </summary>
/// <param name="clock">For the times in between.</param>
/// <param name="onFailure">Takes what a plug-in's nommer throws when its tokens are cancelled.</param>
internal sealed class RunStop(TimeProvider clock, Action<AggregateException> onFailure) : IDisposable
{
    /// <summary>How long a nommer gets to stop by itself before it is stopped by force.</summary>
    private static readonly TimeSpan ForceAfter = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After how long a run is left behind that does not even end by force, because a network mount or a plug-in hangs.
    /// Should it wake up again, it comes to its next cancelled token, at the latest before its output is put in place.
    /// </summary>
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource graceful = new();
    private readonly CancellationTokenSource forceful = new();
    private readonly CancellationTokenSource givingUp = new();
    private readonly Lock gate = new();
    private bool isOver;

    /// <summary>Why the run must end, or null while it may go on.</summary>
    public RunOutcome? Reason { get; private set; }

    /// <summary>More about the reason, in a sentence, or empty.</summary>
    public string Details { get; private set; } = "";

    /// <summary>Asks the run to end. Throws once the run is over.</summary>
    public CancellationToken Graceful => graceful.Token;

    /// <summary>Forces the run to end. Throws once the run is over.</summary>
    public CancellationToken Forceful => forceful.Token;

    /// <summary>Tells whoever waits for the run to leave it behind.</summary>
    public CancellationToken GivingUp => givingUp.Token;

    /// <summary>Begins to end the run; does nothing when that has begun, or when the run is over.</summary>
    /// <param name="reason">Decides what becomes of the job.</param>
    /// <param name="details">For the job's history.</param>
    public void Begin(RunOutcome reason, string details = "")
    {
        lock (gate)
        {
            if (Reason is not null || isOver)
                return;
            (Reason, Details) = (reason, details);
        }

        Cancel(graceful);
        // A run that lost its lease has no right to go on for even a moment.
        _ = ForceAsync(reason == RunOutcome.LeaseLost ? TimeSpan.Zero : ForceAfter);
    }

    /// <summary>To be called when the run is over.</summary>
    public void Dispose()
    {
        lock (gate)
            isOver = true;
        graceful.Dispose();
        forceful.Dispose();
        givingUp.Dispose();
    }

    private async Task ForceAsync(TimeSpan after)
    {
        await Task.Delay(after, clock);
        Cancel(forceful);
        await Task.Delay(GiveUpAfter, clock);
        Cancel(givingUp);
    }

    private void Cancel(CancellationTokenSource source)
    {
        lock (gate)
        {
            if (isOver)
                return;
            try
            {
                source.Cancel();
            }
            catch (AggregateException e)
            {
                onFailure(e);
            }
        }
    }
}
