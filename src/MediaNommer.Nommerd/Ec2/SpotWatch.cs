using MediaNommer.Nommerd.Worker;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Ec2;

/// <summary>Watches, on a spot instance, for the notice that it will be taken away.</summary>
internal sealed partial class SpotWatch(
    WorkerService worker, InstanceMetadata metadata, NommerdLaunch launch, TimeProvider clock, ILogger<SpotWatch> logger)
    : BackgroundService
{
    /// <summary>The notice comes two minutes ahead; asking costs nothing.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private bool isSilent;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (launch.Machine is { IsSpot: true } && !stoppingToken.IsCancellationRequested && !await LookAsync(stoppingToken))
            await Task.Delay(Interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <returns>True when there is nothing left to watch for.</returns>
    private async Task<bool> LookAsync(CancellationToken stopping)
    {
        try
        {
            if (await metadata.ReadInterruptionAsync(stopping) is { } end)
            {
                worker.LeaveBy(end, $"EC2 takes this spot instance away at {end.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fff}Z.");
                return true;
            }

            if (!worker.IsDraining && await metadata.IsLeavingRecommendedAsync(stopping))
                worker.Leave("EC2 recommends to leave this spot instance, which it will probably take away before long.");
            isSilent = false;
        }
        catch (HttpRequestException e)
        {
            if (!isSilent)
                Log.NoAnswer(logger, e);
            isSilent = true;
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }

        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(80, LogLevel.Warning, "The machine cannot be asked whether it will be taken away; asking on.")]
        public static partial void NoAnswer(ILogger logger, Exception e);
    }
}
