using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd.Ffmpeg;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// Keeps the worker from receiving messages while its disk is full, whatever the job: others get them at once. When
/// there are no others with room, tells the waiting jobs what they wait for.
/// </summary>
internal sealed class DiskGate(
    IJobStore store, JobLifecycle lifecycle, WorkFolders folders, OtherWorkers others, WorkerIdentity identity,
    NommerOptions options)
{
    /// <summary>The pause before the next look at a full disk.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(3);

    private const int JobsToTell = 100;
    private bool wasFull;

    /// <summary>True while there is less room than must remain.</summary>
    public async Task<bool> IsShutAsync(CancellationToken cancellation)
    {
        var reserve = options.Nommerd.MinFreeDiskBytes;
        var isFull = folders.FreeBytes < reserve;
        if (isFull || wasFull)
            await TellAsync(isFull && !await others.AnyAsync(node => node.DiskFreeBytes >= reserve, cancellation));
        wasFull = isFull;
        return isFull;
    }

    // The newest alone: in a long queue the rest can be guessed. No figures that change, or each look would be a write.
    private async Task TellAsync(bool isReason)
    {
        var reason = $"The disk of worker {identity.WorkerId} is too full: less than "
            + $"{ByteText.Show(options.Nommerd.MinFreeDiskBytes)} are free (Nommerd:MinFreeDiskBytes).";
        var page = await store.ListAsync(
            new JobQuery { State = JobState.Pending, Limit = JobsToTell }, CancellationToken.None);
        foreach (var job in page.Jobs.Where(job => job.WaitReason == (isReason ? null : reason)))
            await lifecycle.DeferAsync(job, isReason ? reason : null, CancellationToken.None);
    }
}
