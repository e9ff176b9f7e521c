using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Hears of changes of state from the queue and passes them on inside feederd: to <see cref="NotificationService"/> and
/// to those who watch over HTTP. A message that got lost costs them only time, for the store holds the truth.
/// </summary>
internal sealed class StateChangeListener(
    IMessageQueue queue, QueueNames queues, JobEventHub hub, Duties duties, FeederdOptions settings,
    TimeProvider clock,
    ILogger<StateChangeListener> logger) : BackgroundService
{
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(30);

    // Whoever is on duty hears of all changes; others would only take messages away from it.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => duties.RunAsync(
        held => new RoundLoop("The listener for changes of state", clock, logger).RunAsync(ListenAsync, held), stoppingToken);

    private async Task<TimeSpan> ListenAsync(CancellationToken stopping)
    {
        var messages = await queue.ReceiveAsync(
            [queues.StateChanges], IMessageQueue.MaxBatch, Visibility,
            TimeSpan.FromSeconds(settings.JobStateChangeCheckInterval), stopping);
        foreach (var change in messages.Select(message => StateChangeMessage.Parse(message.Body)))
        {
            if (change is not null)
                hub.Announce(change);
        }

        if (messages.Count > 0)
            await queue.DeleteAsync(messages, stopping);
        return TimeSpan.Zero;
    }
}
