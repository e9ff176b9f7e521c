using System.Globalization;
using System.Runtime.CompilerServices;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.Sqs;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Aws;

/// <summary>
/// What media-nommer has in an AWS account: makes it, tries it and takes it away. Each can be repeated at any time.
/// </summary>
public sealed class AwsAccount : IDisposable
{
    private const string SetupRemedy = "Where a permission is missing: run it with the keys of an administrator, or make it by hand.";

    private readonly NommerOptions options;
    private readonly AwsAccess access;
    private readonly SqsClient sqs;
    private readonly SqsQueues queues;
    private readonly Ec2Client ec2;
    private readonly SecurityGroups groups;
    private readonly ConfigBucket bucket;
    private readonly IAwsStateStore store;

    /// <summary>Makes one for the account that the settings lead to.</summary>
    public AwsAccount(NommerOptions options)
    {
        this.options = options;
        access = new AwsAccess(options.Aws);
        sqs = AwsRegistration.NewSqsClient(options, access, TimeProvider.System);
        queues = AwsRegistration.NewQueues(options, sqs, TimeProvider.System);
        ec2 = Ec2Registration.NewClient(options, access, TimeProvider.System);
        groups = new SecurityGroups(ec2, options.Aws.Ec2.Subnets, options.Queues.SqsNewJobQueueName);
        bucket = new ConfigBucket(options.Aws);
        store = AwsRegistration.NewStore(options, access, TimeProvider.System);
    }

    private IReadOnlyList<string> QueueNames =>
    [
        queues.DeadLetters, .. new QueueNames(options.Queues.SqsNewJobQueueName, options.Queues.SqsJobStateChangeQueueName).All,
    ];

    /// <summary>Makes what is missing: queues, table or domains, the configuration bucket, the security groups.</summary>
    public async IAsyncEnumerable<AwsStep> SetUpAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var name in QueueNames)
            yield return await TryAsync($"queue {name}", () => MakeQueueAsync(name, cancellation), SetupRemedy);
        yield return await TryAsync("states", () => MakeStoreAsync(cancellation), SetupRemedy);
        yield return await TryAsync("bucket", () => MakeBucketAsync(cancellation), SetupRemedy);
        foreach (var name in OwnSecurityGroups)
            yield return await TryAsync($"security group {name}", () => groups.MakeAsync(name, cancellation), SetupRemedy);
    }

    /// <summary>The policies that name this account's resources: feederd's, the worker's, and the trust of its role.</summary>
    /// <param name="mediaBuckets">The buckets that workers read sources from and write outputs to.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<AwsPolicies> PoliciesAsync(IReadOnlyList<string> mediaBuckets, CancellationToken cancellation)
    {
        var attributes = await sqs.GetAttributesAsync(await queues.UrlOfAsync(queues.DeadLetters), ["QueueArn"], cancellation);
        // arn:aws:sqs:region:account:name
        var account = attributes["QueueArn"].Split(':')[4];
        var policies = new IamPolicies(options, account, access.Region, mediaBuckets);
        return new AwsPolicies(policies.ForFeederd(), policies.ForWorker(), IamPolicies.Trust());
    }

    /// <summary>Tries every permission that feederd's keys need.</summary>
    /// <param name="mediaBuckets">Buckets of media to try, too.</param>
    /// <param name="cancellation">Ends the call.</param>
    public IAsyncEnumerable<AwsStep> ExamineAsync(IReadOnlyList<string> mediaBuckets, CancellationToken cancellation) =>
        new AwsExamination(options, access, sqs, queues, QueueNames, store, ec2).RunAsync(mediaBuckets, cancellation);

    /// <summary>Machines with our tag that run now.</summary>
    public async Task<IReadOnlyList<string>> RunningMachinesAsync(CancellationToken cancellation)
    {
        var found = await ec2.DescribeInstancesAsync(
        [
            new Ec2Filter($"tag:{Ec2Launcher.Tag}", options.Queues.SqsNewJobQueueName),
            new Ec2Filter("instance-state-name", "pending", "running", "stopping", "stopped"),
        ],
        cancellation);
        return [.. found.Select(instance => instance.Id)];
    }

    /// <summary>What would be lost with the states, a phrase each: unfinished jobs, and workers that report.</summary>
    /// <returns>Empty also when there are no states at all.</returns>
    /// <exception cref="BackendUnavailableException">They cannot be read.</exception>
    public async Task<IReadOnlyList<string>> WorkInProgressAsync(CancellationToken cancellation)
    {
        if (!await store.ExistsAsync(cancellation))
            return [];
        var work = new List<string>();
        var jobs = (await store.CountUnfinishedAsync(cancellation)).Values.Sum();
        if (jobs > 0)
            work.Add(jobs == 1 ? "1 job is unfinished" : $"{jobs} jobs are unfinished");
        var silent = TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(options.Nommerd.LeaseSeconds);
        var nodes = await store.ListNodesAsync(cancellation);
        work.AddRange(nodes
            .Where(node => node.State != NodeState.Terminated && node.LastReportAt > silent)
            .Select(node => string.Create(
                CultureInfo.InvariantCulture, $"the worker {node.Id} reports since {node.StartedAt.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fff}Z")));
        return work;
    }

    /// <summary>Deletes what <see cref="SetUpAsync"/> made, with everything in it.</summary>
    /// <param name="files">Further files of ours in the configuration bucket.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async IAsyncEnumerable<AwsStep> TearDownAsync(
        IReadOnlyList<string> files, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var name in QueueNames)
            yield return await TryAsync($"queue {name}", () => DeleteQueueAsync(name, cancellation), remedy: null);
        yield return await TryAsync("states", () => DropStoreAsync(cancellation), remedy: null);
        yield return await TryAsync("bucket", () => DeleteBucketAsync(files, cancellation), remedy: null);
        foreach (var name in OwnSecurityGroups)
            yield return await TryAsync($"security group {name}", () => groups.DeleteAsync(name, cancellation), remedy: null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        sqs.Dispose();
        ec2.Dispose();
        bucket.Dispose();
        (store as IDisposable)?.Dispose();
    }

    // Those named by id were made by somebody else.
    private IEnumerable<string> OwnSecurityGroups =>
        options.Aws.Ec2.SecurityGroups.Where(group => !group.StartsWith("sg-", StringComparison.Ordinal));

    private static async Task<AwsStep> TryAsync(string name, Func<Task<string>> act, string? remedy)
    {
        try
        {
            return new AwsStep(name, true, await act());
        }
        catch (BackendUnavailableException e)
        {
            return new AwsStep(name, false, e.Message, remedy);
        }
    }

    private async Task<string> MakeQueueAsync(string name, CancellationToken cancellation)
    {
        var wasThere = await sqs.FindQueueAsync(name, cancellation) is not null;
        await queues.UrlOfAsync(name);
        return wasThere ? "It was there." : "Made.";
    }

    private async Task<string> MakeStoreAsync(CancellationToken cancellation)
    {
        var wasThere = await store.ExistsAsync(cancellation);
        await store.InitializeAsync(cancellation);
        return $"{store.Place}: {(wasThere ? "it was there." : "made.")}";
    }

    private async Task<string> MakeBucketAsync(CancellationToken cancellation)
    {
        if (await bucket.CreateAsync(cancellation))
            return $"s3://{bucket.Name}: made, closed to the public.";
        await bucket.CloseAsync(cancellation);
        return $"s3://{bucket.Name}: it was there; closed to the public.";
    }

    private async Task<string> DeleteQueueAsync(string name, CancellationToken cancellation)
    {
        if (await sqs.FindQueueAsync(name, cancellation) is not { } url)
            return "It was not there.";
        await sqs.DeleteQueueAsync(url, cancellation);
        return "Deleted.";
    }

    private async Task<string> DropStoreAsync(CancellationToken cancellation)
    {
        if (!await store.ExistsAsync(cancellation))
            return $"{store.Place}: it was not there.";
        await store.DropAsync(cancellation);
        return $"{store.Place}: deleted.";
    }

    private async Task<string> DeleteBucketAsync(IReadOnlyList<string> files, CancellationToken cancellation)
    {
        if (!await bucket.ExistsAsync(cancellation))
            return $"s3://{bucket.Name}: it was not there.";
        return await bucket.DeleteAsync(files, cancellation)
            ? $"s3://{bucket.Name}: deleted."
            : $"s3://{bucket.Name}: what media-nommer put there is deleted; the bucket stays, because other files are in it.";
    }
}

/// <summary>IAM policies as JSON.</summary>
/// <param name="Feederd">What feederd may do.</param>
/// <param name="Worker">What workers may do.</param>
/// <param name="Trust">Who may have the worker's role.</param>
public sealed record AwsPolicies(string Feederd, string Worker, string Trust);
