using System.CommandLine;
using System.Runtime.InteropServices;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Services;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MediaNommer.Cli;

/// <summary><c>nommer up</c>: feederd, its page and workers on this machine in one go.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var settings = new SettingsArguments();
        var workers = new Option<int?>("--workers")
        {
            Description = "Keep this many workers; without it, workers come when there are jobs and leave when idle.",
        };
        workers.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var count) && count is < 0 or > 1000)
                result.AddError($"--workers {count} is not allowed; give 0 to 1000.");
        });
        var command = new NommerCommand(
            "up",
            "Runs everything on this machine: API, page and workers. ctrl-C lets running jobs end within the grace time, "
            + "a second one puts them back into the queue at once.",
            "nommer up", "nommer up --workers 2", "nommer up --port 9000 --data /srv/nommer")
        {
            HandlesSignals = true,
        };
        settings.AddTo(command);
        command.Options.Add(workers);
        command.SetAction((parsed, _) =>
        {
            var pinned = parsed.GetValue(workers);
            var options = settings.Read(parsed);
            return RunAsync(options, new FleetTarget(pinned), WorkerCommand(options, settings.ConfigPath(parsed), pinned is null));
        });
        return command;
    }

    private static LocalWorkerCommand WorkerCommand(NommerOptions settings, string? config, bool leavesWhenIdle) => new(
        Environment.ProcessPath!,
        [
            // Started as "dotnet nommer.dll", the process is dotnet.
            .. Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.GetCommandLineArgs()[..1] : [],
            NommerdCommand.Name, "-l", "--data", settings.DataDir,
            .. config is null ? Array.Empty<string>() : ["--config", config],
            .. leavesWhenIdle ? new[] { NommerdCommand.ManagedOption } : [],
        ]);

    private static async Task<int> RunAsync(NommerOptions settings, FleetTarget target, LocalWorkerCommand worker)
    {
        Prerequisites.Ensure(settings);
        using var signals = new SignalCounter();
        await using var app = await FeederdCommand.StartAsync(
            settings,
            services =>
            {
                DaemonLogging.Add(services);
                services.AddSingleton(worker);
                services.AddSingleton(target);
            },
            CancellationToken.None);
        Console.WriteLine($"media-nommer is up: {app.Urls.First()}");
        await signals.ReachedAsync(1);
        await EndWorkersAsync(settings, target, app.Services, signals);
        await app.StopAsync();
        return ExitCodes.Done;
    }

    private static async Task EndWorkersAsync(NommerOptions settings, FleetTarget target, IServiceProvider services, SignalCounter signals)
    {
        var duties = services.GetRequiredService<Duties>();
        if (!duties.AreHeld && duties.Holder is { } other)
        {
            Console.Error.WriteLine($"The workers stay: they belong to another feederd with this data folder, {other}.");
            return;
        }

        Console.Error.WriteLine("Running jobs may end now; press ctrl-C again to put them back into the queue at once.");
        target.Workers = 0;
        var fleet = services.GetRequiredService<IFleet>();
        if (!await LeaveAsync(fleet, settings.Nommerd.GracePeriod, signals.ReachedAsync(2)))
            await LeaveAsync(fleet, graceSeconds: 0, signals.ReachedAsync(3));
    }

    /// <summary>Asks the workers to leave and waits until they have, or until somebody loses patience.</summary>
    /// <returns>True when none is left.</returns>
    private static async Task<bool> LeaveAsync(IFleet fleet, double graceSeconds, Task impatience)
    {
        // Past the grace time a worker hands its jobs back, which takes a few seconds at most.
        var deadline = TimeProvider.System.GetTimestamp();
        var patience = TimeSpan.FromSeconds(graceSeconds + 15);
        var members = await fleet.ListAsync(CancellationToken.None);
        await fleet.TerminateAsync([.. members.Select(member => member.Id)], CancellationToken.None);
        while ((await fleet.ListAsync(CancellationToken.None)).Count > 0)
        {
            if (impatience.IsCompleted || TimeProvider.System.GetElapsedTime(deadline) > patience)
                return false;
            await Task.WhenAny(impatience, Task.Delay(100));
        }

        return true;
    }

    /// <summary>Counts ctrl-C and SIGTERM.</summary>
    private sealed class SignalCounter : IDisposable
    {
        private readonly TaskCompletionSource[] reached = [new(), new(), new()];
        private readonly PosixSignalRegistration[] registrations;
        private int count;

        public SignalCounter() => registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];

        public Task ReachedAsync(int times) => reached[times - 1].Task;

        public void Dispose()
        {
            foreach (var registration in registrations)
                registration.Dispose();
        }

        private void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            var number = Interlocked.Increment(ref count);
            if (number <= reached.Length)
                Task.Run(reached[number - 1].SetResult);
        }
    }
}
