using MediaNommer.Backends.Aws.DynamoDb;
using MediaNommer.Backends.Aws.Sqs;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.DependencyInjection;

namespace MediaNommer.Backends.Aws;

/// <summary>The adapters of Amazon AWS.</summary>
internal static class AwsRegistration
{
    /// <summary>Adds the queue and the store that the settings choose.</summary>
    public static void AddAws(IServiceCollection services, NommerOptions options)
    {
        services.AddSingleton(new AwsAccess(options.Aws));
        services.AddSingleton<IMessageQueue>(provider => NewQueue(
            options, provider.GetRequiredService<AwsAccess>(), provider.GetRequiredService<TimeProvider>()));
        if (options.Aws.StateStore == "DynamoDb")
            services.AddSingleton<IJobStore>(provider => NewDynamoStore(
                options, provider.GetRequiredService<AwsAccess>(), provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>The store in DynamoDB of these settings.</summary>
    public static DynamoJobStore NewDynamoStore(NommerOptions options, AwsAccess access, TimeProvider clock) => new(
        new DynamoConnection(access, options.Aws.DynamoDb, clock), TimeSpan.FromSeconds(options.Feederd.KeepFinishedJobs),
        clock);

    /// <summary>The queue of these settings.</summary>
    public static SqsMessageQueue NewQueue(NommerOptions options, AwsAccess access, TimeProvider clock)
    {
        var service = new AwsService("SQS", access.EndpointOf("sqs", options.Aws.Sqs.EndpointUrl));
        var client = new SqsClient(new AwsHttp(service, access, clock), access);
        var queues = new SqsQueues(client, options.Queues.SqsNewJobQueueName + "_dead", options.Aws.Sqs.MaxReceives);
        return new SqsMessageQueue(client, queues, clock);
    }
}
