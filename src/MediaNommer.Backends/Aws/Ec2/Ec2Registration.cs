using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>Puts the fleet of EC2 together.</summary>
internal static class Ec2Registration
{
    /// <summary>Adds the fleet, which feederd launches machines from and a worker ends its own in.</summary>
    public static void AddEc2(IServiceCollection services, NommerOptions options) =>
        services.AddKeyedSingleton<IFleet>(BackendRegistration.CloudFleet, (provider, _) => NewFleet(
            options, provider.GetRequiredService<AwsAccess>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Ec2Fleet>>()));

    /// <summary>The client of EC2.</summary>
    public static Ec2Client NewClient(NommerOptions options, AwsAccess access, TimeProvider clock) =>
        new(new AwsHttp(new("EC2", access.EndpointOf("ec2", options.Aws.Ec2.EndpointUrl), "Aws:Ec2:EndpointUrl"), access, clock), access);

    /// <summary>The fleet of these settings. Systems of one account are told apart as their queues are, by name.</summary>
    public static Ec2Fleet NewFleet(NommerOptions options, AwsAccess access, TimeProvider clock, ILogger<Ec2Fleet> logger)
    {
        var system = options.Queues.SqsNewJobQueueName;
        var client = NewClient(options, access, clock);
        var journal = new LaunchJournal(Path.Combine(Path.GetFullPath(options.DataDir), "ec2-launches.json"));
        var launcher = new Ec2Launcher(
            client, journal, options.Aws.Ec2, system, new WorkerProvision(options.Aws, access, clock), clock, logger);
        return new Ec2Fleet(
            client, launcher, journal, system, options.Aws.Ec2.InstanceType, clock, logger);
    }
}
