using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Sqlite;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Leases;
using MediaNommer.Core.Plugins;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends;

/// <summary>The one place where the name of a backend becomes its adapters.</summary>
public static class BackendRegistration
{
    /// <summary>The key of the <see cref="Core.Fleet.IFleet"/> of machines that a backend can launch, where it has one.</summary>
    public const string CloudFleet = "cloud";

    /// <summary>
    /// Adds the store, the queue, the storages and what works on them, as the settings choose. Storages that are
    /// registered before or after as <see cref="IMediaStorage"/> are used, too; an <see cref="IStateChanges"/> must be.
    /// </summary>
    /// <exception cref="ArgumentException">The settings name a backend that does not exist.</exception>
    /// <exception cref="SettingsException">The settings name a storage that cannot be loaded.</exception>
    public static IServiceCollection AddBackends(this IServiceCollection services, NommerOptions options)
    {
        switch (options.Backend)
        {
            case "Sqlite":
                AddSqlite(services, options);
                break;
            case "Aws":
                AwsRegistration.AddAws(services, options);
                break;
            default:
                throw new ArgumentException($"Backend '{options.Backend}' is unknown; known: Sqlite, Aws.", nameof(options));
        }

        services.AddSingleton<ILeaseStore>(provider => provider.GetRequiredService<IJobStore>());
        services.TryAddSingleton(TimeProvider.System);
        var times = LifecycleOptions.From(options);
        services.AddSingleton(provider => new ClockWatch(provider.GetRequiredService<TimeProvider>(), times.Lease));
        services.AddSingleton(provider => times with { Watch = provider.GetRequiredService<ClockWatch>() });
        services.AddSingleton(new QueueNames(
            options.Queues.SqsNewJobQueueName, options.Queues.SqsJobStateChangeQueueName));
        services.AddSingleton<OutputFence>();
        services.AddSingleton(NewLifecycle);
        AddStorages(services, options);
        return services;
    }

    private static void AddSqlite(IServiceCollection services, NommerOptions options)
    {
        services.AddSingleton<IJobStore>(_ => new SqliteJobStore(DataFolder(options)));
        services.AddSingleton<IMessageQueue>(provider =>
            new SqliteMessageQueue(DataFolder(options), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(_ => SecretBox.FromKeyFile(Path.Combine(DataFolder(options), "secret.key")));
    }

    private static JobLifecycle NewLifecycle(IServiceProvider provider) => new(
        provider.GetRequiredService<IJobStore>(), provider.GetRequiredService<IMessageQueue>(),
        provider.GetRequiredService<QueueNames>(), provider.GetRequiredService<IStateChanges>(),
        provider.GetRequiredService<LifecycleOptions>(), provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<JobLifecycle>>())
    {
        Fence = provider.GetRequiredService<OutputFence>(),
    };

    private static void AddStorages(IServiceCollection services, NommerOptions all)
    {
        var options = all.Storage;
        services.AddSingleton(_ => AddressGuard.From(all));
        services.AddSingleton(new Mounts(options.RequireMount));
        services.AddSingleton<IMediaStorage, FileStorage>();
        services.AddSingleton<IMediaStorage>(provider =>
            new HttpStorage(options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<AddressGuard>()));
        services.AddSingleton<IMediaStorage>(provider =>
            new FtpStorage(options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<AddressGuard>()));
        // Who we are to AWS is found out when the first address of S3 is used: it may take seconds.
        services.TryAddSingleton(_ => new AwsAccess(all.Aws));
        services.AddSingleton<IMediaStorage>(provider => new S3Storage(
            all.Aws, options, provider.GetRequiredService<AwsAccess>, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<AddressGuard>()));
        foreach (var own in StoragePlugins.Load(all))
            services.AddSingleton(own);
        services.AddSingleton(provider =>
            new MediaStorages(provider.GetServices<IMediaStorage>(), options.StorageBackends));
    }

    /// <summary>The data folder, for its owner alone: it holds the key to all secrets.</summary>
    private static string DataFolder(NommerOptions options)
    {
        var folder = Path.GetFullPath(options.DataDir);
        try
        {
            PrivateFolder.Make(folder);
            PrivateFolder.Tighten(folder);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackendUnavailableException(
                $"The data folder {folder} cannot be made: {e.Message} Choose another with DataDir (--data).", e);
        }
    }
}
