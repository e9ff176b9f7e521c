using System.CommandLine;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MediaNommer.Cli;

/// <summary><c>nommer feederd</c>: the orchestrator alone.</summary>
internal static class FeederdCommand
{
    public static Command Create()
    {
        var settings = new SettingsArguments();
        var command = new NommerCommand(
            "feederd",
            "Runs the orchestrator: the API, the page, notifications. With Backend=Aws it launches machines for its workers "
            + "and ends them (Feederd:AllowEc2Launches=false: it does not); otherwise start workers with 'nommer nommerd'.",
            "nommer feederd", "nommer feederd -p 8002 --data /srv/nommer",
            "NOMMER__FEEDERD__APIKEYS__0=a-long-secret nommer feederd --host '*'");
        settings.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(settings.Read(parsed), cancellation));
        return command;
    }

    /// <summary>Builds and starts a feederd that leaves signals to the command.</summary>
    /// <exception cref="CliException">It cannot listen at its address.</exception>
    public static async Task<WebApplication> StartAsync(
        NommerOptions settings, Action<IServiceCollection> configure, CancellationToken cancellation)
    {
        var app = FeederdHost.Create(settings, services =>
        {
            services.AddSingleton<IHostLifetime, NoSignals>();
            configure(services);
        });
        try
        {
            await app.StartAsync(cancellation);
            return app;
        }
        catch (Exception e) when (ListenProblem.In(e, settings.Feederd) is { } problem)
        {
            // Its services run already.
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
            throw CliException.Usage(problem);
        }
    }

    private static async Task<int> RunAsync(NommerOptions settings, CancellationToken cancellation)
    {
        Prerequisites.Ensure(settings);
        await using var app = await StartAsync(settings, services => DaemonLogging.Add(services), cancellation);
        Console.WriteLine($"feederd listens on {app.Urls.First()}");
        await app.WaitForShutdownAsync(cancellation);
        return ExitCodes.Done;
    }
}
