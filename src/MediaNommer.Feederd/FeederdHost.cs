using MediaNommer.Backends;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Api;

namespace MediaNommer.Feederd;

/// <summary>Builds feederd, the orchestrator.</summary>
public static class FeederdHost
{
    /// <summary>
    /// Makes a feederd that listens where the settings say as soon as it is started; then <c>Urls</c> holds the actual
    /// address, also for port 0.
    /// </summary>
    /// <param name="options">Validated settings.</param>
    /// <param name="configure">
    /// Last changes to its services: logging, a <see cref="Services.LocalWorkerCommand"/> to launch workers with, a
    /// <see cref="Services.FleetTarget"/> to fix their number.
    /// </param>
    /// <exception cref="SettingsException">It would be open to others without an API key.</exception>
    /// <exception cref="Core.Jobs.BackendUnavailableException">The data folder cannot be used.</exception>
    public static WebApplication Create(NommerOptions options, Action<IServiceCollection>? configure = null)
    {
        ListenAddress.Check(options.Feederd);
        PrivateNetworks.DecideFor(options);

        // Empty: no appsettings.json of whatever folder we are started in, no variables but our own, a quick start.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Each endpoint knows how much it takes, and refuses more in its own words.
            kestrel.Limits.MaxRequestBodySize = null;
            ListenAddress.Apply(kestrel, options.Feederd);
        });
        builder.Services.AddBackends(options);
        builder.Services.AddFeederd(options);
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapFeederd();
        return app;
    }
}
