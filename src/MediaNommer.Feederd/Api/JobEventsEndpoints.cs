using System.Globalization;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Services;
using Microsoft.Extensions.Hosting;

using MediaNommer.Feederd.Api.Describing;

namespace MediaNommer.Feederd.Api;

/// <summary>
/// Server-sent events. Nothing is queued for a listener but the ids of jobs that changed: what is sent is read from the
/// store when the listener is ready for it, so that a slow one costs no memory.
/// </summary>
internal sealed class JobEventsEndpoints(
    IJobStore store, JobEventHub hub, Stillness stillness, IHostApplicationLifetime lifetime, NommerOptions options,
    TimeProvider clock)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(300);

    // Progress is polled, and only while somebody listens: some times between two writes of it.
    private TimeSpan PollPause
    {
        get
        {
            var pause = 0.3 * TimeSpan.FromSeconds(options.Nommerd.ProgressInterval);
            return pause < ShortestPause ? ShortestPause : pause;
        }
    }

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/events", WatchAllAsync).Describe(EventDocs.All);
        routes.MapGet("/v1/jobs/{id}/events", WatchOneAsync).Describe(EventDocs.One);
    }

    private async Task WatchOneAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        var job = await store.GetAsync(id, context.RequestAborted) ?? throw ApiException.NoSuchJob(id);
        using var stop = StopWith(context);
        using var subscription = hub.Subscribe();
        var stream = await EventStream.StartAsync(context, clock, stop.Token);
        if (HeadRequests.IsHead(context))
            return;
        var follower = new JobFollower(store, stream, ReadLastSequence(context.Request));
        await EndQuietlyAsync(stop.Token, async () =>
        {
            while (await follower.SendNewsAsync(job, stop.Token))
            {
                await WaitForAsync(subscription, id, stop.Token);
                if (await store.GetAsync(id, stop.Token) is not { } fresh)
                    return;
                job = fresh;
            }
        });
    }

    private async Task WatchAllAsync(HttpContext context)
    {
        using var stop = StopWith(context);
        using var subscription = hub.Subscribe();
        var stream = await EventStream.StartAsync(context, clock, stop.Token);
        if (HeadRequests.IsHead(context))
            return;
        var follower = new FleetFollower(store, stream);
        await EndQuietlyAsync(stop.Token, async () =>
        {
            while (true)
            {
                await follower.SendChangesAsync(subscription.Changes, stop.Token);
                if (!stillness.IsStill)
                    await follower.SendProgressAsync(stop.Token);
                await WaitForAsync(subscription, id: null, stop.Token);
            }
        });
    }

    /// <summary>Waits until the job (null: any) is said to have changed, or until it is time to poll.</summary>
    private async Task WaitForAsync(JobEventSubscription subscription, string? id, CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(PollPause, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timer.Token);
        try
        {
            while (await subscription.Changes.WaitToReadAsync(either.Token))
            {
                if (id is null)
                    return;
                while (subscription.Changes.TryRead(out var change))
                {
                    if (change.JobId == id)
                        return;
                }
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // Time to poll.
        }
    }

    private CancellationTokenSource StopWith(HttpContext context) =>
        CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);

    private static async Task EndQuietlyAsync(CancellationToken stopping, Func<Task> watch)
    {
        try
        {
            await watch();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The listener left, or feederd stops: the stream just ends.
        }
    }

    private static int? ReadLastSequence(HttpRequest request) =>
        int.TryParse(
            request.Headers["Last-Event-ID"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture,
            out var sequence)
            ? sequence
            : null;
}
