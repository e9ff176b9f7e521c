using System.Text.Json;
using System.Text.Json.Serialization;
using MediaNommer.Backends;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Feederd.Api;
using MediaNommer.Feederd.Api.Describing;
using MediaNommer.Feederd.Dashboard;
using MediaNommer.Feederd.Files;
using MediaNommer.Feederd.Services;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.AspNetCore.Http.Json;

namespace MediaNommer.Feederd;

/// <summary>Puts feederd together.</summary>
internal static class FeederdServices
{
    /// <summary>How long a request of the API waits for one answer of a store or a queue.</summary>
    public static readonly TimeSpan CallsTake = TimeSpan.FromSeconds(3);

    public static void AddFeederd(this IServiceCollection services, NommerOptions options)
    {
        services.AddLogging(logging => logging.AddFilter("Microsoft", LogLevel.Warning));
        services.AddRoutingCore();
        services.AddSingleton(options);
        services.AddSingleton(options.Feederd);
        services.AddSingleton(options.Jobs);
        services.TryAddSingleton(new FleetTarget(workers: null));
        services.TryAddSingleton(NewFleet);
        services.AddSingleton(new PresetCatalog(options.Presets));
        services.AddSingleton<NommerNames>();
        services.AddSingleton(provider => new JobRequestReader(
            provider.GetRequiredService<PresetCatalog>(), provider.GetRequiredService<SecretBox>(),
            provider.GetRequiredService<MediaStorages>().Schemes, options.Jobs.MaxAttempts,
            provider.GetRequiredService<NommerNames>(), options.Aws.Profiles.Keys, provider.GetRequiredService<AddressGuard>())
        {
            NotifyMethod = Enum.Parse<NotifyMethod>(options.Feederd.NotifyMethod, ignoreCase: true),
        });
        services.AddSingleton<SiteNames>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<FileLinks>();
        services.AddSingleton<FileLooks>();
        services.AddSingleton<JobEventHub>();
        services.AddSingleton<Duties>();
        services.AddSingleton<LazyMessages>();
        services.AddSingleton<ChangeRelay>();
        services.AddSingleton<IStateChanges>(provider => provider.GetRequiredService<ChangeRelay>());
        services.AddSingleton<Stillness>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<Receivers>();
        services.AddSingleton<DeliveryDesk>();
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<FeederdMetrics>();
        services.AddSingleton<Uploads>();
        AddBackgroundServices(services);
        if (options.Backend == "Aws")
            services.AddHostedService<SettingsUpload>();
        AddEndpoints(services);
        AddOpenApi(services);
        // Listeners of events leave at once; an upload gets this long to end.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
    }

    public static void MapFeederd(this WebApplication app)
    {
        var services = app.Services;
        var errors = services.GetRequiredService<ILogger<ErrorResponses>>();
        app.UsePublicPath();
        app.Use(next => new HeadRequests(next, app).InvokeAsync);
        app.Use(next => new ErrorResponses(next, errors).InvokeAsync);
        app.Use(next => context =>
        {
            CallLimit.Set(CallsTake);
            return next(context);
        });
        app.UseProxies();
        app.UseRouting();
        app.Use(next => new AccessGuard(
            next, services.GetRequiredService<ApiKeys>(), services.GetRequiredService<SiteNames>(),
            services.GetRequiredService<FileLinks>()).InvokeAsync);
        services.GetRequiredService<OriginalEndpoints>().Map(app);
        services.GetRequiredService<JobsEndpoints>().Map(app);
        services.GetRequiredService<JobEventsEndpoints>().Map(app);
        services.GetRequiredService<NotificationsEndpoints>().Map(app);
        services.GetRequiredService<UploadsEndpoints>().Map(app);
        services.GetRequiredService<FilesEndpoints>().Map(app);
        services.GetRequiredService<ProbeEndpoint>().Map(app);
        services.GetRequiredService<FleetEndpoints>().Map(app);
        services.GetRequiredService<SystemEndpoints>().Map(app);
        services.GetRequiredService<DashboardPage>().Map(app);
        app.MapOpenApi("/openapi/{documentName}.json");
    }

    /// <summary>
    /// They start in this order, before the server, and stop in the reverse one: first what makes store and queues ready,
    /// then what decides which feederd is on duty, then what is done on duty.
    /// </summary>
    private static void AddBackgroundServices(IServiceCollection services)
    {
        services.AddHostedService<StartUp>();
        services.AddHostedService(provider => provider.GetRequiredService<Duties>());
        services.AddHostedService(provider => provider.GetRequiredService<ChangeRelay>());
        services.AddHostedService<StateChangeListener>();
        services.AddSingleton<NotificationService>();
        services.AddHostedService(provider => provider.GetRequiredService<NotificationService>());
        services.AddHostedService<LeaseSweeper>();
        services.AddHostedService<JobPruner>();
        services.AddSingleton<FleetSpend>();
        services.AddSingleton<BacklogScaling>();
        services.AddSingleton<FleetScaler>();
        services.AddHostedService(provider => provider.GetRequiredService<FleetScaler>());
        services.AddSingleton<OrphanReaper>();
        services.AddHostedService(provider => provider.GetRequiredService<OrphanReaper>());
    }

    private static void AddEndpoints(IServiceCollection services)
    {
        services.AddSingleton<JobAddresses>();
        services.AddSingleton<JobIntake>();
        services.AddSingleton<JobListing>();
        services.AddSingleton<OriginalEndpoints>();
        services.AddSingleton<JobsEndpoints>();
        services.AddSingleton<JobEventsEndpoints>();
        services.AddSingleton<NotificationsEndpoints>();
        services.AddSingleton<UploadsEndpoints>();
        services.AddSingleton<FilesEndpoints>();
        services.AddSingleton<ProbeEndpoint>();
        services.AddSingleton<FleetEndpoints>();
        services.AddSingleton<SystemEndpoints>();
        services.AddSingleton<DashboardPage>();
    }

    private static void AddOpenApi(IServiceCollection services)
    {
        services.AddOpenApi(ApiDocument.Name, ApiDocument.Configure);
        // What the document says about types must be what the answers are written with.
        services.Configure<JsonOptions>(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.TypeInfoResolver = WireJson.Default;
        });
    }

    private static IFleet NewFleet(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<NommerOptions>();
        if (provider.GetService<LocalWorkerCommand>() is { } command)
            return new LocalProcessFleet(command, options, provider.GetRequiredService<TimeProvider>());
        // Also where launches are switched off: machines that run are shown and counted, and ended when they hang.
        return provider.GetKeyedService<IFleet>(BackendRegistration.CloudFleet) ?? new NoFleet();
    }
}
