using MediaNommer.Backends;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd.Ec2;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MediaNommer.Nommerd;

/// <summary>Builds the worker daemon.</summary>
public static class NommerdHost
{
    /// <summary>Makes a host that works off jobs as soon as it is started, and ends by itself after it has drained.</summary>
    /// <param name="options">Validated settings.</param>
    /// <param name="launch">How this worker was started.</param>
    /// <param name="configure">Last changes to its services, for example logging.</param>
    public static IHost Create(
        NommerOptions options, NommerdLaunch launch, Action<IServiceCollection>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        if (launch is { Machine: not null, IsLocal: false })
            builder.Services.AddSingleton<FileReach>();
        builder.Services.AddBackends(options);
        builder.Services.AddNommerd(options, launch);
        configure?.Invoke(builder.Services);
        return builder.Build();
    }

    /// <summary>Makes store and queues ready; call it before the host is started.</summary>
    public static async Task InitializeAsync(IServiceProvider services, CancellationToken cancellation)
    {
        await services.GetRequiredService<IJobStore>().InitializeAsync(cancellation);
        await services.GetRequiredService<IMessageQueue>()
            .InitializeAsync(services.GetRequiredService<QueueNames>().All, cancellation);
    }

    /// <summary>
    /// The EC2 machine that this process runs on, or null when it runs on none: nothing answers at
    /// <c>Aws:Ec2:MetadataUrl</c>. Takes at most some seconds.
    /// </summary>
    public static async Task<Ec2Machine?> FindMachineAsync(NommerOptions options, CancellationToken cancellation)
    {
        using var metadata = new InstanceMetadata(options.Aws.Ec2.MetadataUrl, TimeProvider.System);
        return await metadata.IdentifyAsync(cancellation);
    }
}
