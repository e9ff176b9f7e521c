using MediaNommer.Backends.Aws.DynamoDb;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.SimpleDb;
using MediaNommer.Backends.Aws.Sqs;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Aws;

/// <summary>The adapters of Amazon AWS.</summary>
internal static class AwsRegistration
{
    /// <summary>Adds the queue, the store that the settings choose, and the fleet of machines.</summary>
    public static void AddAws(IServiceCollection services, NommerOptions options)
    {
        services.AddSingleton(provider => new AwsAccess(options.Aws, provider.GetService<ILogger<AwsAccess>>()));
        services.AddHostedService(provider => new ClockCheck(
            SqsOf(options, provider.GetRequiredService<AwsAccess>()), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ClockCheck>>()));
        services.AddSingleton(_ => new ConfigBucket(options.Aws));
        services.AddSingleton(provider => provider.GetRequiredService<ConfigBucket>().NewSecretBox());
        services.AddSingleton<IMessageQueue>(provider => NewQueue(
            options, provider.GetRequiredService<AwsAccess>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IJobStore>(provider => NewStore(
            options, provider.GetRequiredService<AwsAccess>(), provider.GetRequiredService<TimeProvider>()));
        Ec2Registration.AddEc2(services, options);
    }

    /// <summary>The job store of these settings.</summary>
    public static IAwsStateStore NewStore(NommerOptions options, AwsAccess access, TimeProvider clock) =>
        options.Aws.StateStore == "SimpleDb" ? NewSimpleDbStore(options.Aws, access, clock) : NewDynamoStore(options, access, clock);

    /// <summary>The store in DynamoDB of these settings.</summary>
    public static DynamoJobStore NewDynamoStore(NommerOptions options, AwsAccess access, TimeProvider clock) => new(
        new DynamoConnection(access, options.Aws.DynamoDb, clock), TimeSpan.FromSeconds(options.Feederd.KeepFinishedJobs),
        clock);

    /// <summary>The queue of these settings.</summary>
    public static SqsMessageQueue NewQueue(NommerOptions options, AwsAccess access, TimeProvider clock)
    {
        var client = NewSqsClient(options, access, clock);
        return new SqsMessageQueue(client, NewQueues(options, client, clock), clock);
    }

    /// <summary>The job store in SimpleDB.</summary>
    public static SimpleDbJobStore NewSimpleDbStore(AwsOptions options, AwsAccess access, TimeProvider clock) => new(
        NewSimpleDbClient(options, access, clock), options.SimpleDb.JobStateDomain, options.SimpleDb.Ec2NommerStateDomain, clock);

    /// <summary>SimpleDB itself.</summary>
    /// <exception cref="AwsException">The region has none.</exception>
    public static SimpleDbClient NewSimpleDbClient(AwsOptions options, AwsAccess access, TimeProvider clock)
    {
        var endpoint = access.Override(options.SimpleDb.EndpointUrl) is { } own ? new Uri(own) : SimpleDbRegions.EndpointOf(access.Region);
        return new SimpleDbClient(new AwsHttp(new AwsService("SimpleDB", endpoint, "Aws:SimpleDb:EndpointUrl"), access, clock));
    }

    /// <summary>The client of SQS of these settings.</summary>
    public static SqsClient NewSqsClient(NommerOptions options, AwsAccess access, TimeProvider clock) =>
        new(new AwsHttp(SqsOf(options, access), access, clock), access);

    /// <summary>Where SQS is.</summary>
    public static AwsService SqsOf(NommerOptions options, AwsAccess access) =>
        new("SQS", access.EndpointOf("sqs", options.Aws.Sqs.EndpointUrl), "Aws:Sqs:EndpointUrl");

    /// <summary>The queues of these settings.</summary>
    public static SqsQueues NewQueues(NommerOptions options, SqsClient client, TimeProvider clock) =>
        new(client, options.Queues.SqsNewJobQueueName + "_dead", options.Aws.Sqs.MaxReceives, clock);
}
