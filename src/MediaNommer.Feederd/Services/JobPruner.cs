using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Keeps things from growing without bound: forgets finished jobs after their time, workers that are long gone, and
/// uploads that no job wants any more.
/// </summary>
internal sealed partial class JobPruner(
    IJobStore store, IFleet fleet, Stillness stillness, Duties duties, NommerOptions settings, TimeProvider clock, ILogger<JobPruner> logger) : BackgroundService
{
    private const int BatchSize = 500;
    private const double LeasesUntilForgotten = 10;

    private static readonly TimeSpan PauseBetweenBatches = TimeSpan.FromMilliseconds(50);

    // Whether a job names an upload is a search through all that are kept.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromDays(1);

    private readonly Uploads received = new(settings, clock);
    private readonly UploadReaders readers = new(store);
    private readonly Dictionary<string, DateTimeOffset> wantedAt = [];

    // Uploads are on the disk of the feederd that took them.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        duties.RunAsync(held => new RoundLoop("The pruner", clock, logger).RunAsync(PruneAsync, held), stoppingToken),
        new RoundLoop("The pruner of uploads", clock, logger).RunAsync(PruneUploadsAsync, stoppingToken));

    private async Task<TimeSpan> PruneAsync(CancellationToken stopping)
    {
        var jobs = await PruneJobsAsync(stopping);
        var nodes = await PruneNodesAsync(stopping);
        if (jobs + nodes > 0)
            Log.Pruned(logger, jobs, nodes);
        return stillness.Stretch(TimeSpan.FromSeconds(settings.Feederd.PruneJobsInterval));
    }

    private async Task<int> PruneJobsAsync(CancellationToken stopping)
    {
        var finishedBefore = clock.GetUtcNow() - TimeSpan.FromSeconds(settings.Feederd.KeepFinishedJobs);
        var pruned = 0;
        int batch;
        while ((batch = await store.PruneAsync(finishedBefore, BatchSize, stopping)) > 0)
        {
            pruned += batch;
            if (batch < BatchSize)
                break;
            // Others want to write too.
            await Task.Delay(PauseBetweenBatches, clock, stopping);
        }

        return pruned;
    }

    private async Task<int> PruneNodesAsync(CancellationToken stopping)
    {
        var silentSince = clock.GetUtcNow() - (LeasesUntilForgotten * TimeSpan.FromSeconds(settings.Nommerd.LeaseSeconds));
        var silent = (await store.ListNodesAsync(stopping)).Where(node => node.LastReportAt < silentSince).ToList();
        var gone = silent.Count == 0 ? [] : await WithoutMachineAsync(silent, stopping);
        foreach (var node in gone)
            await store.RemoveNodeAsync(node.Id, stopping);
        return gone.Count;
    }

    /// <summary>As long as a machine is there, the reaper of orphans must know that it has reported, and when.</summary>
    private async Task<IReadOnlyList<Node>> WithoutMachineAsync(IReadOnlyList<Node> silent, CancellationToken stopping)
    {
        try
        {
            var members = await fleet.ListAsync(stopping);
            return [.. silent.Where(node => !members.Any(member => FleetHeadcount.IsSame(member, node)))];
        }
        catch (FleetException)
        {
            // The scaler says so.
            return [];
        }
    }

    private async Task<TimeSpan> PruneUploadsAsync(CancellationToken stopping)
    {
        if (received.RemoveBroken() + await PruneOldUploadsAsync(stopping) is > 0 and var uploads)
            Log.PrunedUploads(logger, uploads);
        return TimeSpan.FromSeconds(settings.Feederd.PruneJobsInterval);
    }

    /// <summary>
    /// An upload is made before its job, so most are no longer wanted once they are older than a job gets. A job may have
    /// come late, though, or wait for long.
    /// </summary>
    private async Task<int> PruneOldUploadsAsync(CancellationToken stopping)
    {
        var folder = new DirectoryInfo(Path.Combine(settings.DataDir, "uploads"));
        if (!folder.Exists)
            return 0;
        var madeBefore = clock.GetUtcNow().UtcDateTime
            - TimeSpan.FromSeconds(settings.Feederd.KeepFinishedJobs + settings.Feederd.AbandonInactiveJobsThresh);
        var old = folder.EnumerateFileSystemInfos().Where(entry => entry.LastWriteTimeUtc < madeBefore).ToList();
        var pruned = 0;
        foreach (var entry in old)
        {
            if (!await IsWantedAsync(entry.Name, stopping) && Delete(entry))
                pruned++;
        }

        return pruned;
    }

    private async Task<bool> IsWantedAsync(string upload, CancellationToken stopping)
    {
        var now = clock.GetUtcNow();
        if (wantedAt.TryGetValue(upload, out var asked) && now - asked < AskAgainAfter)
            return true;
        wantedAt.Remove(upload);
        if (await readers.FindAsync(upload, stopping) is null)
            return false;
        wantedAt[upload] = now;
        return true;
    }

    private bool Delete(FileSystemInfo entry)
    {
        try
        {
            if (entry is DirectoryInfo folder && folder.LinkTarget is null)
                folder.Delete(recursive: true);
            else
                entry.Delete();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.UploadStays(logger, e, entry.FullName);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(130, LogLevel.Information,
            "Pruned {Jobs} finished jobs and {Nodes} workers that are long gone.")]
        public static partial void Pruned(ILogger logger, int jobs, int nodes);

        [LoggerMessage(132, LogLevel.Information, "Pruned {Uploads} old uploads.")]
        public static partial void PrunedUploads(ILogger logger, int uploads);

        [LoggerMessage(131, LogLevel.Warning, "The old upload {Path} could not be deleted.")]
        public static partial void UploadStays(ILogger logger, Exception e, string path);
    }
}
