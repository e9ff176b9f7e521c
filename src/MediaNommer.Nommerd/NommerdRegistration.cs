using MediaNommer.Backends;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd.Ec2;
using MediaNommer.Nommerd.Ffmpeg;
using MediaNommer.Nommerd.Nommers;
using MediaNommer.Nommerd.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd;

/// <summary>The services of the worker daemon.</summary>
public static class NommerdRegistration
{
    /// <summary>Adds the worker. Store, queue and storages come from the backend's own registration.</summary>
    public static IServiceCollection AddNommerd(
        this IServiceCollection services, NommerOptions options, NommerdLaunch launch)
    {
        services.AddLogging();
        services.AddSingleton(options);
        services.AddSingleton(launch);
        // A job is taken with that much free; what runs may use half of it up.
        services.TryAddSingleton<INommer>(_ => new FfmpegNommer(
            options.Ffmpeg, options.Nommerd.MinFreeDiskBytes / 2,
            launch.Slots ?? options.Scaling.MaxEncodingJobsPerEc2Instance));
        services.AddSingleton(provider => NommerCatalog.Load(
            provider.GetServices<INommer>(), options, provider.GetRequiredService<ILogger<NommerCatalog>>()));
        services.AddSingleton<WorkerIdentity>();
        services.AddSingleton<WorkFolders>();
        services.AddSingleton<DeadFolders>();
        services.AddSingleton<LazyMessages>();
        services.AddSingleton<IStateChanges>(provider => provider.GetRequiredService<LazyMessages>());
        services.AddSingleton<StorageCalls>();
        services.AddSingleton<RunParts>();
        services.AddSingleton<OtherWorkers>();
        services.AddSingleton<SourceLook>();
        services.AddSingleton<Admission>();
        services.AddSingleton<DiskGate>();
        services.AddSingleton<NodeReporter>();
        services.AddSingleton<WorkerService>();
        services.AddHostedService(provider => provider.GetRequiredService<WorkerService>());
        services.AddSingleton(provider => new InstanceMetadata(
            options.Aws.Ec2.MetadataUrl, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new MachineEnd(
            provider.GetKeyedService<IFleet>(BackendRegistration.CloudFleet), launch,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<MachineEnd>>()));
        services.AddHostedService<SpotWatch>();
        services.AddHostedService<SignalService>();
        services.AddHostedService<LeftoverOutputs>();
        // Stopping the host hands running jobs back; ffmpeg gets five seconds to end before it is killed.
        return services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
    }
}
