using System.Globalization;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Aws;

/// <summary>
/// Keeps feederd and workers from starting with a wrong clock. Leases and heartbeats are written by the one's clock and
/// judged by the other's: with clocks that differ, jobs would be taken from living workers, and machines ended or bought.
/// </summary>
internal sealed partial class ClockCheck(AwsService service, TimeProvider clock, ILogger<ClockCheck> logger) : IHostedService
{
    private const string Remedy = "Set it by NTP (timedatectl set-ntp true).";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Tolerable = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);

    /// <exception cref="BackendUnavailableException">The clock is wrong.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var (difference, sentence) = await LookAsync(cancellationToken);
        if (difference > Most)
            throw new BackendUnavailableException(sentence);
        if (difference > Tolerable)
            Log.Differs(logger, sentence);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>For <c>nommer aws doctor</c>.</summary>
    public async Task<AwsStep> ExamineAsync(CancellationToken cancellation)
    {
        var (difference, sentence) = await LookAsync(cancellation);
        return new AwsStep("clock", difference <= Most, sentence);
    }

    private async Task<(TimeSpan Difference, string Sentence)> LookAsync(CancellationToken cancellation)
    {
        if (await MeasureAsync(cancellation) is not { } ahead)
            return (TimeSpan.Zero, $"{service.Name} ({service.Endpoint.Authority}) does not tell the time.");
        var difference = ahead.Duration();
        var seconds = Math.Round(difference.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return (difference, difference <= Tolerable
            ? "This machine's clock and that of AWS agree."
            : $"This machine's clock is {seconds} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} that of AWS "
                + $"({service.Endpoint.Authority}), by which jobs would be taken from workers that are well. {Remedy}");
    }

    /// <summary>
    /// By how much our clock is at least ahead of the service's (below zero: behind), or null where it does not say. Any
    /// answer tells its time, so nobody signs the question.
    /// </summary>
    private async Task<TimeSpan?> MeasureAsync(CancellationToken cancellation)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Patience };
        try
        {
            var before = clock.GetUtcNow();
            using var response = await client.GetAsync(service.Endpoint, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var after = clock.GetUtcNow();
            if (response.Headers.Date is not { } theirs)
                return null;
            // It names whole seconds, and was asked at some moment between the two.
            var (ahead, behind) = (before - theirs.AddSeconds(1), theirs - after);
            return ahead > TimeSpan.Zero ? ahead : behind > TimeSpan.Zero ? -behind : TimeSpan.Zero;
        }
        catch (Exception e) when (e is HttpRequestException or IOException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // Store and queue say so, better than this could.
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(180, LogLevel.Warning, "{Difference}")]
        public static partial void Differs(ILogger logger, string difference);
    }
}
