using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Sqs;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>What every message queue must do, done by SQS on one server.</summary>
public abstract class SqsMessageQueueConformance : MessageQueueConformance
{
    private SqsMessageQueue? queue;

    protected override bool KnowsStaleReceipts => false;

    protected override bool BreaksWaitsOff => false;

    public override Task DisposeAsync()
    {
        queue!.Dispose();
        return Task.CompletedTask;
    }

    protected override async Task<IMessageQueue> OpenAsync()
    {
        var options = new NommerOptions { Aws = await ConnectAsync() };
        options.Queues.SqsNewJobQueueName = "test";
        return queue = AwsRegistration.NewQueue(options, new AwsAccess(options.Aws), TimeProvider.System);
    }

    protected override Task PassAsync(TimeSpan time) => Task.Delay(time);

    /// <summary>Settings that lead to the server.</summary>
    protected abstract Task<AwsOptions> ConnectAsync();
}

public sealed class MotoSqsTests : SqsMessageQueueConformance
{
    protected override Task<AwsOptions> ConnectAsync() => MotoServer.OptionsAsync();
}

public sealed class FauxqsSqsTests : SqsMessageQueueConformance
{
    /// <summary>Unlike SQS, it takes none that are two UTF-16 units. Our messages are ASCII.</summary>
    protected override string OddCharacters => "ü映";

    protected override Task<AwsOptions> ConnectAsync() => FauxqsServer.OptionsAsync();
}
