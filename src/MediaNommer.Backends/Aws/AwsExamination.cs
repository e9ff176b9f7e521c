using System.Runtime.CompilerServices;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.Sqs;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace MediaNommer.Backends.Aws;

/// <summary>
/// Tries each permission by using it on something of its own: a message in the dead-letter queue, a node that is no node,
/// a file in each bucket, launches that EC2 only rehearses. Leaves nothing behind.
/// </summary>
internal sealed class AwsExamination(
    NommerOptions options, AwsAccess access, SqsClient sqs, SqsQueues queues, IReadOnlyList<string> queueNames,
    IAwsStateStore store, Ec2Client ec2)
{
    private const string SetupRemedy = "Run 'nommer aws setup'.";
    private const string Probe = "nommer aws doctor";

    /// <summary>Runs every look.</summary>
    public async IAsyncEnumerable<AwsStep> RunAsync(
        IReadOnlyList<string> mediaBuckets, [EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return await TryAsync("keys", "any", async () =>
        {
            var keys = await access.Credentials.GetCredentialsAsync();
            return $"Access key {keys.AccessKey[..Math.Min(4, keys.AccessKey.Length)]}…, region {access.Region}.";
        });
        yield return await new ClockCheck(
            AwsRegistration.SqsOf(options, access), TimeProvider.System, NullLogger<ClockCheck>.Instance).ExamineAsync(cancellation);
        foreach (var name in queueNames)
            yield return await QueueAsync(name, cancellation);
        yield return await MessagesAsync(cancellation);
        foreach (var step in await StoreAsync(cancellation))
            yield return step;
        foreach (var name in mediaBuckets.Prepend(options.Aws.ConfigS3Bucket))
            yield return await BucketAsync(name, cancellation);
        foreach (var step in await MachinesAsync(cancellation))
            yield return step;
    }

    private async Task<AwsStep> QueueAsync(string name, CancellationToken cancellation)
    {
        var isThere = false;
        var found = await TryAsync($"queue {name}", "sqs:GetQueueUrl", async () =>
        {
            isThere = await sqs.FindQueueAsync(name, cancellation) is not null;
            return "It is there.";
        });
        return !found.Ok || isThere ? found : new AwsStep(found.Name, false, "It is not there.", SetupRemedy);
    }

    private async Task<AwsStep> MessagesAsync(CancellationToken cancellation)
    {
        var action = "";
        return await TryAsync("messages", () => action, async () =>
        {
            action = "sqs:GetQueueUrl";
            var url = await sqs.FindQueueAsync(queues.DeadLetters, cancellation)
                ?? throw new AwsException($"There is no queue {queues.DeadLetters} to try it on.", "QueueDoesNotExist", null);
            action = "sqs:GetQueueAttributes";
            await sqs.GetAttributesAsync(url, ["QueueArn"], cancellation);
            action = "sqs:SendMessage";
            await sqs.SendBatchAsync(url, [Probe], 0, cancellation);
            action = "sqs:ReceiveMessage";
            foreach (var message in await sqs.ReceiveAsync(url, 10, 5, 2, cancellation))
            {
                action = "sqs:ChangeMessageVisibility";
                await sqs.ChangeVisibilityAsync(url, message.Receipt, 0, cancellation);
                action = "sqs:DeleteMessage";
                if (message.Body == Probe)
                    await sqs.DeleteBatchAsync(url, [message.Receipt], cancellation);
            }

            return "They can be sent, received, hidden and deleted.";
        });
    }

    private async Task<IReadOnlyList<AwsStep>> StoreAsync(CancellationToken cancellation)
    {
        var service = options.Aws.StateStore == "SimpleDb" ? "sdb" : "dynamodb";
        var isThere = false;
        var found = await TryAsync("states", $"{service}:DescribeTable", async () =>
        {
            isThere = await store.ExistsAsync(cancellation);
            return $"{store.Place} is there.";
        });
        if (!found.Ok)
            return [found];
        if (!isThere)
            return [new AwsStep("states", false, $"{store.Place} is not there.", SetupRemedy)];
        var node = new Node { Id = $"{Probe} {Guid.NewGuid():N}", State = NodeState.Terminated, Version = 1 };
        return
        [
            found,
            await TryAsync("read states", $"{service}:GetItem, {service}:Query", async () =>
            {
                await store.GetNodeAsync(node.Id, cancellation);
                await store.ListAsync(new JobQuery { Limit = 1 }, cancellation);
                await store.ListNotificationsAsync(new NotificationQuery { Limit = 1 }, cancellation);
                await store.CountUnfinishedAsync(cancellation);
                return "They can be read.";
            }),
            await TryAsync("write states", $"{service}:PutItem, {service}:DeleteItem", async () =>
            {
                await store.TryPutNodeAsync(node, 0, cancellation);
                await store.RemoveNodeAsync(node.Id, cancellation);
                return "They can be written.";
            }),
        ];
    }

    private async Task<AwsStep> BucketAsync(string name, CancellationToken cancellation)
    {
        using var bucket = new ConfigBucket(options.Aws, access, name);
        var action = "s3:ListBucket";
        var isThere = false;
        var step = await TryAsync($"bucket {name}", () => action, async () =>
        {
            isThere = await bucket.ExistsAsync(cancellation);
            if (!isThere)
                return "";
            action = "s3:PutObject, s3:GetObject";
            await bucket.ProbeAsync(cancellation);
            return "It can be listed, written and read.";
        });
        return !step.Ok || isThere ? step : new AwsStep(
            step.Name, false, "It is not there.",
            name == options.Aws.ConfigS3Bucket ? SetupRemedy : $"Make it: aws s3 mb s3://{name}");
    }

    private async Task<IReadOnlyList<AwsStep>> MachinesAsync(CancellationToken cancellation) =>
    [
        await TryAsync("see machines", "ec2:DescribeInstances", async () =>
        {
            var found = await ec2.DescribeInstancesAsync(
                [new Ec2Filter($"tag:{Ec2Launcher.Tag}", options.Queues.SqsNewJobQueueName)], cancellation);
            return $"Machines of ours: {found.Count(instance => instance.State is "pending" or "running")}.";
        }),
        await TryAsync("start machines", "ec2:RunInstances, ec2:CreateTags, iam:PassRole", async () =>
        {
            using var fleet = Ec2Registration.NewFleet(
                options, access, TimeProvider.System, NullLogger<Ec2Fleet>.Instance);
            await fleet.RehearseAsync(cancellation);
            return "They may be started, with image, key, security groups and role as they are set.";
        }),
    ];

    private Task<AwsStep> TryAsync(string name, string permission, Func<Task<string>> look) =>
        TryAsync(name, () => permission, look);

    private static async Task<AwsStep> TryAsync(string name, Func<string> permission, Func<Task<string>> look)
    {
        try
        {
            return new AwsStep(name, true, await look());
        }
        catch (Exception e) when (e is BackendUnavailableException or FleetException)
        {
            var isDenied = e.Message.Contains("AccessDenied", StringComparison.Ordinal)
                || e.Message.Contains("UnauthorizedOperation", StringComparison.Ordinal)
                || e.Message.Contains("not authorized", StringComparison.OrdinalIgnoreCase)
                || e.Message.Contains("Forbidden", StringComparison.Ordinal);
            return new AwsStep(name, false, e.Message, isDenied
                ? $"The permission {permission()} is missing: 'nommer aws setup' prints the whole policy." : null);
        }
    }
}
