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
    IJobStore store, JobLifecycle lifecycle, Stillness stillness, Duties duties, FeederdOptions settings, TimeProvider clock,
    ILogger<LeaseSweeper> logger)
    : BackgroundService
{
    private const int BatchSize = 100;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        duties.RunAsync(held => new RoundLoop("The lease sweeper", clock, logger).RunAsync(SweepAsync, held), stoppingToken);

    private async Task<TimeSpan> SweepAsync(CancellationToken stopping)
    {
        var pause = TimeSpan.FromSeconds(settings.SweepInterval);
        if (stillness.IsStill)
            return pause;
        var setBack = lifecycle.ClockSetBack;
        var isSetBack = setBack > TimeSpan.Zero;
        // All times of jobs come from the clock as it was, so that any of them may be affected.
        var ahead = isSetBack ? setBack + lifecycle.LongestUntilCheck : TimeSpan.Zero;
        // Remembered, so that jobs whose check fails again and again are not gone over for ever in one sweep.
        var seen = new HashSet<string>();
        IReadOnlyList<Job> due;
        var (isNew, failedBefore, hasFailed, limit) = (false, false, false, BatchSize);
        do
        {
            // Those that were looked after are still before the time that the clock showed once.
            limit = isSetBack ? BatchSize + (2 * seen.Count) : BatchSize;
            due = await store.GetDueAsync(clock.GetUtcNow() + ahead, limit, stopping);
            isNew = false;
            foreach (var job in due.Where(job => seen.Add(job.Id)))
            {
                isNew = true;
                failedBefore = !await TryCheckAsync(job, failedBefore, isSetBack, stopping);
                hasFailed |= failedBefore;
            }
        }
        while (isNew && due.Count == limit);

        // Not before all are looked after: nothing else brings their times nearer.
        if (isSetBack && !hasFailed)
            lifecycle.ForgetClockSetBack(setBack);
        return pause;
    }

    /// <summary>
    /// One job that cannot be looked after must not keep the others waiting. A store that fails may fail for this job alone:
    /// only when it failed for the one before, too, it is out of reach.
    /// </summary>
    /// <returns>False when the store failed.</returns>
    private async Task<bool> TryCheckAsync(Job job, bool failedBefore, bool isClockSetBack, CancellationToken stopping)
    {
        try
        {
            await lifecycle.CheckAsync(job, stopping, isClockSetBack);
        }
        catch (Exception e) when (e is not OperationCanceledException && !(failedBefore && e is BackendUnavailableException))
        {
            Log.CheckFailed(logger, e, job.Id);
            return e is not BackendUnavailableException;
        }

        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(120, LogLevel.Error, "Job {JobId} could not be looked after; the others go on.")]
        public static partial void CheckFailed(ILogger logger, Exception e, string jobId);
    }
}
