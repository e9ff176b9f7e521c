using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Nommerd.Worker;

/// <summary>What a look at a job's source tells before the job is claimed.</summary>
/// <param name="NeededBytes">How much room on the work disk the job may need; 0 where that cannot be told.</param>
/// <param name="NotYet">Why the job must wait for its source, or null.</param>
internal readonly record struct SourceOutlook(long NeededBytes, Refusal? NotYet)
{
    public static SourceOutlook Unknown => default;
}

/// <summary>
/// Looks at a job's source before the job is claimed, where looking costs nothing: a job whose source is not there yet, or
/// still grows, then waits without using up attempts or a slot.
/// </summary>
internal sealed class SourceLook(
    MediaStorages storages, StorageCalls calls, SecretBox secrets, JobLifecycle lifecycle, NommerOptions options, TimeProvider clock)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly TimeSpan settle = TimeSpan.FromSeconds(options.Storage.SettleSeconds);

    /// <summary>
    /// Looks. Never fails: the run will meet the same error and report it as the job's. Only a share that does not answer
    /// is waited for: a run would hold a slot for it.
    /// </summary>
    public async Task<SourceOutlook> AtAsync(Job job, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(Timeout);
        try
        {
            var address = job.Spec.Source.Reveal(secrets);
            var storage = storages.For(address);
            if (!storage.AllowsStat)
                return SourceOutlook.Unknown;
            var stat = storage.ReadsInPlace
                ? await calls.StatAsync(address, job.Spec.Source.ToString(), cancellation, Timeout)
                : await Task.Run(() => storage.StatAsync(address, timeout.Token), timeout.Token).WaitAsync(timeout.Token);
            // What is read in place needs room for its output alone. An output is taken to be no larger than its source:
            // mostly far too much, never a reason for a full disk.
            return new SourceOutlook((storage.ReadsInPlace ? 1 : 2) * (stat.Size ?? 0), UnlessSettled(job, stat));
        }
        catch (MediaStorageException e) when (e.IsAwaited)
        {
            return new SourceOutlook(0, UnlessWaitedEnough(job, new Awaited(e.Message)));
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // Thrown on from here, the job would wait for ever without a word.
            return SourceOutlook.Unknown;
        }
    }

    private Refusal? UnlessWaitedEnough(Job job, Awaited lacks)
    {
        if (lifecycle.HasWaitedEnough(job, lacks))
            return null;
        var now = clock.GetUtcNow();
        return new Refusal(lacks.Reason, JobWait.Of(job.Wait, lacks, now).Pause(now)) { Awaits = lacks };
    }

    /// <summary>A source that was found to grow must have stood still for a while.</summary>
    private Refusal? UnlessSettled(Job job, MediaStat stat)
    {
        if (job.Wait is not { For.Revision: { } seen } wait)
            return null;
        if (seen != stat.Revision)
            return UnlessWaitedEnough(job, new Awaited(SourceInPlace.StillChanging(job.Spec.Source.ToString(), stat, settle), stat.Revision));
        var left = settle - (clock.GetUtcNow() - wait.Since);
        return left > TimeSpan.Zero ? new Refusal(wait.For.Reason, left) { Awaits = wait.For } : null;
    }
}
