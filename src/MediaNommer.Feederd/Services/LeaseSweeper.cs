using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Looks after jobs of which nothing was heard in time: takes them away from workers that stopped reporting, sends
/// messages again that may have got lost, abandons what nobody works on. What to do with a job is
/// <see cref="JobLifecycle.CheckAsync"/>'s to say.
/// </summary>
internal sealed partial class LeaseSweeper(
    IJobStore store, JobLifecycle lifecycle, Stillness stillness, FeederdOptions settings, TimeProvider clock,
    ILogger<LeaseSweeper> logger)
    : BackgroundService
{
    private const int BatchSize = 100;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new RoundLoop("The lease sweeper", clock, logger).RunAsync(SweepAsync, stoppingToken);

    private async Task<TimeSpan> SweepAsync(CancellationToken stopping)
    {
        var pause = TimeSpan.FromSeconds(settings.SweepInterval);
        if (stillness.IsStill)
            return pause;
        // Remembered, so that jobs whose check fails again and again are not gone over for ever in one sweep.
        var seen = new HashSet<string>();
        IReadOnlyList<Job> due;
        bool isNew;
        do
        {
            due = await store.GetDueAsync(clock.GetUtcNow(), BatchSize, stopping);
            isNew = false;
            foreach (var job in due.Where(job => seen.Add(job.Id)))
            {
                isNew = true;
                await CheckAsync(job, stopping);
            }
        }
        while (isNew && due.Count == BatchSize);

        return pause;
    }

    private async Task CheckAsync(Job job, CancellationToken stopping)
    {
        try
        {
            await lifecycle.CheckAsync(job, stopping);
        }
        catch (Exception e) when (e is not (BackendUnavailableException or OperationCanceledException))
        {
            // One job that cannot be looked after must not keep the others waiting.
            Log.CheckFailed(logger, e, job.Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(120, LogLevel.Error, "Job {JobId} could not be looked after; the others go on.")]
        public static partial void CheckFailed(ILogger logger, Exception e, string jobId);
    }
}
