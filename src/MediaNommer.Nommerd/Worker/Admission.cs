using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd.Ffmpeg;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Nommerd.Worker;

/// <summary>Why this worker does not take a job now.</summary>
/// <param name="Reason">In a sentence, or null when another worker can take it, so that it waits for its turn alone.</param>
/// <param name="PutBackFor">When its message may come again.</param>
internal sealed record Refusal(string? Reason, TimeSpan PutBackFor)
{
    /// <summary>What the job waits for outside of this system, if it is that.</summary>
    public Awaited? Awaits { get; init; }
}

/// <summary>Decides, before a job is claimed, whether this worker can run it now.</summary>
internal sealed class Admission(
    NommerOptions options, WorkFolders folders, SourceLook sources, NommerCatalog nommers, OtherWorkers others)
{
    private const double LongestPause = 30;

    /// <summary>Why not, or null when it can.</summary>
    /// <param name="job">The job.</param>
    /// <param name="receiveCount">How often its message was received.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<Refusal?> RefusalAsync(Job job, int receiveCount, CancellationToken cancellation)
    {
        var name = job.Spec.Options.Nommer;
        if (nommers.Find(name) is null)
        {
            return await RefuseAsync(
                $"The worker that looked at it does not have the nommer '{name}'.",
                node => node.Nommers.Contains(name, StringComparer.OrdinalIgnoreCase), receiveCount, cancellation);
        }

        var free = folders.FreeBytes;
        var reserve = options.Nommerd.MinFreeDiskBytes;
        var source = free < reserve ? SourceOutlook.Unknown : await sources.AtAsync(job, cancellation);
        if (source.NotYet is { } notYet)
            return notYet;
        var needed = source.NeededBytes;
        return needed <= free - reserve ? null : await RefuseAsync(
            $"The worker's disk is too full: the job may need {ByteText.Show(needed)}, {ByteText.Show(free)} are free and "
            + $"{ByteText.Show(reserve)} must remain (Nommerd:MinFreeDiskBytes).",
            node => node.Nommers.Contains(name, StringComparer.OrdinalIgnoreCase) && needed <= node.DiskFreeBytes - reserve, receiveCount, cancellation);
    }

    // A worker that can take the job gets it soon; the pause is random, so that the two do not come for it in step, and
    // grows while that worker is busy, so that a long queue does not go through our hands over and over.
    private async Task<Refusal> RefuseAsync(
        string reason, Func<Node, bool> canTake, int receiveCount, CancellationToken cancellation)
    {
        if (!await others.AnyAsync(canTake, cancellation))
            return new Refusal(reason, TimeSpan.FromSeconds(LongestPause));
        var longest = Math.Min(5 * Math.Pow(2, receiveCount - 1), LongestPause);
        return new Refusal(null, TimeSpan.FromSeconds(1 + (Random.Shared.NextDouble() * (longest - 1))));
    }
}
