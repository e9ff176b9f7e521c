using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Nommerd.Worker;

/// <summary>Decides, before a job is claimed, whether this worker can run it now.</summary>
internal sealed class Admission(
    NommerOptions options, WorkFolders folders, MediaStorages storages, SecretBox secrets, NommerCatalog nommers)
{
    private static readonly TimeSpan StatTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Why this worker cannot take the job now, in a sentence, or null when it can.</summary>
    public async Task<string?> RefusalAsync(Job job, CancellationToken cancellation)
    {
        var name = job.Spec.Options.Nommer;
        if (nommers.Find(name) is null)
            return $"The worker that looked at it does not have the nommer '{name}'.";

        var free = folders.FreeBytes;
        var reserve = options.Nommerd.MinFreeDiskBytes;
        if (free < reserve)
            return $"The worker's disk is too full: {Bytes(free)} free, {Bytes(reserve)} must remain "
                + "(Nommerd:MinFreeDiskBytes).";

        var needed = await NeededBytesAsync(job, cancellation);
        return needed <= free - reserve
            ? null
            : $"The worker's disk is too full: the job may need {Bytes(needed)}, {Bytes(free)} are free and "
              + $"{Bytes(reserve)} must remain (Nommerd:MinFreeDiskBytes).";
    }

    // A local source is read in place, so only its output needs room; any other is downloaded first. An output is
    // taken to be no larger than its source: mostly far too much, never a reason for a full disk.
    private async Task<long> NeededBytesAsync(Job job, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(StatTimeout);
        try
        {
            var address = job.Spec.Source.Reveal(secrets);
            var stat = await storages.For(address).StatAsync(address, timeout.Token);
            var copies = job.Spec.Source.Scheme == "file" ? 1 : 2;
            return copies * (stat.Size ?? 0);
        }
        catch (Exception e) when (
            e is MediaStorageException or InvalidOperationException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // The run will meet the same error and report it as the job's; here it only means that the size is unknown.
            return 0;
        }
    }

    private static string Bytes(long count) => count switch
    {
        >= 1L << 30 => $"{count / (double)(1L << 30):0.0} GiB",
        >= 1L << 20 => $"{count / (double)(1L << 20):0.0} MiB",
        _ => $"{count:N0} bytes",
    };
}
