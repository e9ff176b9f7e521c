using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Sqs;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>Holds the figures of docs/aws.md: what waiting and a usual job ask of SQS.</summary>
public sealed class SqsCostTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(45);

    private readonly QueueNames names = new($"cost{Guid.NewGuid():N}", $"cost{Guid.NewGuid():N}_jstate");
    private TroubledAws aws = null!;
    private SqsMessageQueue queue = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        var options = new NommerOptions { Aws = await MotoServer.OptionsAsync() };
        options.Queues.SqsNewJobQueueName = names.Normal;
        aws = await TroubledAws.StartAsync(options.Aws.EndpointUrl);
        options.Aws.EndpointUrl = aws.Address;
        queue = AwsRegistration.NewQueue(options, new AwsAccess(options.Aws), TimeProvider.System);
        await queue.InitializeAsync(names.All, None);
        aws.Requests.Clear();
    }

    public async Task DisposeAsync()
    {
        queue.Dispose();
        await aws.DisposeAsync();
    }

    [Fact]
    public async Task An_idle_worker_asks_each_queue_once_in_each_long_poll()
    {
        await queue.ReceiveAsync(names.OrderFor(0), 2, Lease, TimeSpan.FromSeconds(1), None);
        aws.Requests.Clear();

        await queue.ReceiveAsync(names.OrderFor(1), 2, Lease, TimeSpan.FromSeconds(1), None);
        await queue.ReceiveAsync(names.OrderFor(2), 2, Lease, TimeSpan.FromSeconds(1), None);

        aws.Requests.Select(request => request.Action).Distinct().ShouldBe(["ReceiveMessage"]);
        aws.Requests.Count.ShouldBe(2 * names.OrderFor(0).Count);
    }

    [Fact]
    public async Task A_job_that_waits_is_had_for_one_request_and_what_is_to_be_told_goes_together()
    {
        await queue.SendAsync(names.High, ["job"], TimeSpan.Zero, None);
        var message = (await queue.ReceiveAsync(names.OrderFor(0), 2, Lease, TimeSpan.FromSeconds(20), None)).Single();
        await queue.ChangeVisibilityAsync(message, Lease, None);
        var lazy = new LazyMessages(queue, names, TimeProvider.System, NullLogger<LazyMessages>.Instance);
        for (var i = 0; i < 4; i++)
            lazy.Announce(new StateChangeMessage($"job{i}", Core.Jobs.JobState.Finished));
        lazy.DeleteSoon(message);
        await lazy.FlushAsync();
        var changes = await queue.ReceiveAsync([names.StateChanges], 10, Lease, TimeSpan.FromSeconds(1), None);
        await queue.DeleteAsync(changes, None);

        changes.Count.ShouldBe(4);
        aws.Requests.Select(request => request.Action).Order().ShouldBe(
        [
            "ChangeMessageVisibility", "DeleteMessageBatch", "DeleteMessageBatch", "ReceiveMessage", "ReceiveMessage",
            "SendMessageBatch", "SendMessageBatch",
        ]);
    }
}
