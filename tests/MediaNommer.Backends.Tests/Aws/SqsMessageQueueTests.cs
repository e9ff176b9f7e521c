using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Sqs;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class MotoSqsTests : MessageQueueConformance
{
    private SqsMessageQueue? queue;

    protected override bool KnowsStaleReceipts => false;

    public override Task DisposeAsync()
    {
        queue!.Dispose();
        return Task.CompletedTask;
    }

    protected override async Task<IMessageQueue> OpenAsync()
    {
        var options = new NommerOptions { Aws = await MotoServer.OptionsAsync() };
        options.Queues.SqsNewJobQueueName = "test";
        return queue = AwsRegistration.NewQueue(options, new AwsAccess(options.Aws), TimeProvider.System);
    }

    protected override Task PassAsync(TimeSpan time) => Task.Delay(time);
}
