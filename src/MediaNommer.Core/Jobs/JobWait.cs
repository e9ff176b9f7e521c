namespace MediaNommer.Core.Jobs;

/// <summary>What a job needs that is not there yet: a share, a folder, the rest of a file that still grows.</summary>
/// <param name="Reason">What is missing and what to do about it, in sentences that are the same at every look.</param>
/// <param name="Revision">The state of a source that still changes, or null when it is not that.</param>
public sealed record Awaited(string Reason, string? Revision = null);

/// <summary>Since when a job has waited for something outside; survives the runs that look for it in vain.</summary>
/// <param name="For">What it waits for.</param>
/// <param name="Since">Since when it has been exactly this.</param>
/// <param name="Began">Since when it has been anything of the kind.</param>
public sealed record JobWait(Awaited For, DateTimeOffset Since, DateTimeOffset Began)
{
    private const double LongestPause = 30;

    /// <summary>The wait of a job that now lacks this, and lacked something before or did not.</summary>
    public static JobWait Of(JobWait? before, Awaited lacks, DateTimeOffset now) =>
        new(lacks, before?.For == lacks ? before.Since : now, before?.Began ?? now);

    /// <summary>The pause before the next look: grows with the time that it has waited.</summary>
    public TimeSpan Pause(DateTimeOffset now) =>
        TimeSpan.FromSeconds(Math.Clamp((now - Since).TotalSeconds / 2, 1, LongestPause));

    /// <summary>
    /// True when it has waited for long enough. A file that changes is waited for as long as it does, within reason.
    /// </summary>
    public bool IsOver(DateTimeOffset now, LifecycleOptions options) => For.Revision is null
        ? now - Since >= options.WaitForStorage
        : now - Began >= options.AbandonAfter;
}
