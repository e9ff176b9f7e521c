using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.Sqs;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace MediaNommer.Backends.Aws;

/// <summary>
/// Tries each permission by using it on something of its own: a message in the dead-letter queue, an item that is no job,
/// a file in each bucket, launches that EC2 only rehearses. Leaves nothing behind. What cannot be tried so is not:
/// emptying queues (sqs:PurgeQueue, for <c>nommer wipe</c>), and what workers alone may.
/// </summary>
internal sealed partial class AwsExamination(
    NommerOptions options, AwsAccess access, SqsClient sqs, SqsQueues queues, IReadOnlyList<string> queueNames,
    IAwsStateStore store, Ec2Client ec2)
{
    private const string SetupRemedy = "Run 'nommer aws setup'.";
    private const string Probe = "nommer aws doctor";

    private static readonly string[] Refusals =
        ["AccessDenied", "UnauthorizedOperation", "AuthorizationFailure", "not authorized", "have permission", "Forbidden"];

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
        yield return await TryAllAsync("messages", Messages(cancellation), "They can be sent, received, hidden and deleted.");
        var states = await StatesAsync(cancellation);
        yield return states;
        if (states.Ok)
            yield return await TryAllAsync("use states", store.Probes(cancellation), "They can be read and written.");
        yield return await BucketAsync(options.Aws.ConfigS3Bucket, SetupRemedy, cancellation);
        foreach (var name in mediaBuckets)
            yield return await MediaAsync(name, cancellation);
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

    private IEnumerable<AwsProbe> Messages(CancellationToken cancellation)
    {
        var url = "";
        SqsMessage? message = null;
        yield return new("sqs:GetQueueUrl", async () => url = await sqs.FindQueueAsync(queues.DeadLetters, cancellation)
            ?? throw new AwsException($"There is no queue {queues.DeadLetters} to try it on.", "QueueDoesNotExist", null));
        // Without attributes this finds the queue of that name, whatever its own are.
        yield return new("sqs:CreateQueue", () => sqs.CreateQueueAsync(queues.DeadLetters, new Dictionary<string, string>(), cancellation));
        yield return new("sqs:GetQueueAttributes", () => sqs.GetAttributesAsync(url, ["QueueArn"], cancellation));
        yield return new("sqs:SendMessage", () => sqs.SendBatchAsync(url, [Probe], 0, cancellation));
        yield return new("sqs:ReceiveMessage", async () =>
        {
            var received = await sqs.ReceiveAsync(url, 10, 5, 2, cancellation);
            message = received.FirstOrDefault(one => one.Body == Probe);
        });
        yield return new("sqs:ChangeMessageVisibility", () => message is null ? Task.CompletedTask
            : sqs.ChangeVisibilityAsync(url, message.Receipt, 5, cancellation));
        yield return new("sqs:DeleteMessage", () => message is null ? Task.CompletedTask
            : sqs.DeleteBatchAsync(url, [message.Receipt], cancellation));
    }

    private async Task<AwsStep> StatesAsync(CancellationToken cancellation)
    {
        var isThere = false;
        var found = await TryAsync("states", options.Aws.StateStore == "SimpleDb" ? "sdb:GetAttributes" : "dynamodb:DescribeTable", async () =>
        {
            isThere = await store.ExistsAsync(cancellation);
            return $"Found: {store.Place}.";
        });
        return !found.Ok || isThere ? found : new AwsStep("states", false, $"Missing: {store.Place}.", SetupRemedy);
    }

    private async Task<AwsStep> BucketAsync(string name, string remedy, CancellationToken cancellation)
    {
        using var bucket = new ConfigBucket(options.Aws, access, name);
        var action = "s3:ListBucket";
        var isThere = false;
        var step = await TryAsync($"bucket {name}", () => action, async () =>
        {
            isThere = await bucket.ExistsAsync(cancellation);
            if (isThere)
                await bucket.ProbeAsync(next => action = next, cancellation);
            return "It can be listed, written and read.";
        });
        return !step.Ok || isThere ? step : new AwsStep(step.Name, false, "It is not there.", remedy);
    }

    // Only workers touch media, and their role may do what these keys need not.
    private async Task<AwsStep> MediaAsync(string name, CancellationToken cancellation)
    {
        var step = await BucketAsync(name, $"Make it: aws s3 mb s3://{name}", cancellation);
        var profile = options.Aws.Ec2.InstanceProfile;
        return step.Ok || profile.Length == 0 || !IsDenied(step.Message) ? step : new AwsStep(
            step.Name, true, $"These keys may not use it, and feederd does not. Workers use it with the role of {profile}: when "
            + "that lacks a permission, the first job says which.");
    }

    private async Task<IReadOnlyList<AwsStep>> MachinesAsync(CancellationToken cancellation)
    {
        IReadOnlyList<Ec2Instance> ours = [];
        var see = await TryAsync("see machines", "ec2:DescribeInstances", async () =>
        {
            ours = await ec2.DescribeInstancesAsync(
                [
                    new Ec2Filter($"tag:{Ec2Launcher.Tag}", options.Queues.SqsNewJobQueueName),
                    new Ec2Filter("instance-state-name", "pending", "running"),
                ],
                cancellation);
            return $"Machines of ours: {ours.Count}.";
        });
        return
        [
            see,
            options.Feederd.AllowEc2Launches
                ? await TryAllAsync(
                    "start machines", Launches(cancellation), "They may be started, with image, key, security groups and role as they are set.")
                : new AwsStep("start machines", true, "Not tried: launches are switched off (Feederd:AllowEc2Launches)."),
            ours.Count == 0
                ? new AwsStep("end machines", true, "Not tried: there is none.")
                : await TryAsync("end machines", "ec2:TerminateInstances", async () =>
                {
                    await ec2.RehearseTerminationAsync(ours[0].Id, cancellation);
                    return "They may be ended.";
                }),
        ];
    }

    private IEnumerable<AwsProbe> Launches(CancellationToken cancellation)
    {
        var settings = options.Aws.Ec2;
        var surroundings = new Ec2Surroundings(ec2, settings);
        foreach (var type in settings.InstanceType.Take(1))
            yield return new("ec2:DescribeImages", () => surroundings.ImageForAsync(type, cancellation));
        foreach (var subnet in settings.Subnets)
            yield return new("ec2:DescribeSubnets and ec2:DescribeSecurityGroups", () => surroundings.GroupsInAsync(subnet, cancellation));
        yield return new("ec2:RunInstances, ec2:CreateTags or iam:PassRole", async () =>
        {
            using var fleet = Ec2Registration.NewFleet(
                options, access, TimeProvider.System, NullLogger<Ec2Fleet>.Instance);
            await fleet.RehearseAsync(cancellation);
        });
    }

    /// <summary>Uses every permission, so that all that are missing are named at once.</summary>
    private static async Task<AwsStep> TryAllAsync(string name, IEnumerable<AwsProbe> probes, string good)
    {
        var missing = new List<string>();
        AwsStep? failure = null;
        foreach (var probe in probes)
        {
            var step = await TryAsync(name, () => probe.Permission, async () =>
            {
                await probe.TryAsync();
                return good;
            });
            if (step.Ok)
                continue;
            failure ??= step;
            // Anything else than a refusal fails the others as well.
            if (!IsDenied(step.Message))
                break;
            missing.Add(NamedIn(step.Message) ?? probe.Permission);
        }

        return failure is null ? new AwsStep(name, true, good)
            : missing.Count == 0 ? failure
            : failure with { Remedy = RemedyFor(string.Join(", ", missing.Distinct(StringComparer.OrdinalIgnoreCase))) };
    }

    private static Task<AwsStep> TryAsync(string name, string permission, Func<Task<string>> look) =>
        TryAsync(name, () => permission, look);

    private static async Task<AwsStep> TryAsync(string name, Func<string> permission, Func<Task<string>> look)
    {
        try
        {
            return new AwsStep(name, true, await look());
        }
        catch (Exception e) when (e is BackendUnavailableException or FleetException)
        {
            return new AwsStep(name, false, e.Message, IsDenied(e.Message) ? RemedyFor(NamedIn(e.Message) ?? permission()) : null);
        }
    }

    private static string RemedyFor(string permissions) =>
        $"Missing permission: {permissions}. 'nommer aws setup' prints the whole policy.";

    private static bool IsDenied(string message) =>
        Refusals.Any(word => message.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>The permission that the refusal itself names, or null.</summary>
    private static string? NamedIn(string message) =>
        Permission().Match(message) is { Success: true } found ? found.Groups[1].Value : null;

    [GeneratedRegex(@"to perform:? \(?([a-z0-9]+:[A-Za-z]+)")]
    private static partial Regex Permission();
}
