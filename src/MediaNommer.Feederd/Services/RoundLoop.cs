using MediaNommer.Core.Jobs;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Runs the rounds of a background service until feederd stops. A backend out of reach is logged once, tried again with
/// growing pauses, and never ends the service; nor does a defect.
/// </summary>
internal sealed partial class RoundLoop(string service, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private TimeSpan pauseAfterFailure = FirstPause;
    private bool isOut;

    /// <summary>Runs round after round; each returns how long to pause before the next.</summary>
    public Task RunAsync(Func<CancellationToken, Task<TimeSpan>> round, CancellationToken stopping) =>
        RunWhileAsync(
            async () =>
            {
                var pause = await round(stopping);
                if (pause > TimeSpan.Zero)
                    await Task.Delay(pause, clock, stopping);
                return true;
            },
            stopping);

    /// <summary>Does one thing until it succeeds or feederd stops.</summary>
    public Task RunUntilDoneAsync(Func<Task> action, CancellationToken stopping) =>
        RunWhileAsync(
            async () =>
            {
                await action();
                return false;
            },
            stopping);

    private async Task RunWhileAsync(Func<Task<bool>> again, CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested && await TryAsync(again, stopping))
            {
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // feederd stops.
        }
    }

    private async Task<bool> TryAsync(Func<Task<bool>> action, CancellationToken stopping)
    {
        try
        {
            var again = await action();
            if (isOut)
                Log.BackInReach(logger, service);
            (isOut, pauseAfterFailure) = (false, FirstPause);
            return again;
        }
        catch (BackendUnavailableException e)
        {
            if (!isOut)
                Log.OutOfReach(logger, e, service);
            isOut = true;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            Log.Defect(logger, e, service);
        }

        await Task.Delay(pauseAfterFailure, clock, stopping);
        var longer = pauseAfterFailure * 2;
        pauseAfterFailure = longer < LongestPause ? longer : LongestPause;
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(150, LogLevel.Error, "{Service} cannot reach the backend; it tries again until it can.")]
        public static partial void OutOfReach(ILogger logger, Exception e, string service);

        [LoggerMessage(151, LogLevel.Information, "{Service} reaches the backend again.")]
        public static partial void BackInReach(ILogger logger, string service);

        [LoggerMessage(152, LogLevel.Error, "{Service} met an error that it did not expect; it goes on.")]
        public static partial void Defect(ILogger logger, Exception e, string service);
    }
}
