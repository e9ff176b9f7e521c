using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;

namespace MediaNommer.Feederd.Services;

/// <summary>Makes store and queues ready before anything uses them.</summary>
internal sealed class StartUp(IJobStore store, IMessageQueue queue, QueueNames queues, Uploads uploads) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.InitializeAsync(cancellationToken);
        await queue.InitializeAsync(queues.All, cancellationToken);
        uploads.RemoveBroken();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
