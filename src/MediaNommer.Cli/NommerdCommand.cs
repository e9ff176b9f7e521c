using System.CommandLine;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd;
using MediaNommer.Nommerd.Ec2;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MediaNommer.Cli;

/// <summary><c>nommer nommerd</c>: a worker.</summary>
internal static class NommerdCommand
{
    public const string Name = "nommerd";

    /// <summary>Says that a fleet started this worker, which then leaves when it has been idle for long.</summary>
    public const string ManagedOption = "--managed";

    public static Command Create()
    {
        var settings = new SettingsArguments();
        var local = new Option<bool>("--local", "-l")
        {
            Description = "This is a machine of your own: the worker stays, however long it is idle.",
        };
        var managed = new Option<bool>(ManagedOption) { Hidden = true };
        var slots = new Option<int?>("--slots")
        {
            Description = "How many jobs run side by side; else Scaling:MaxEncodingJobsPerEc2Instance.",
        };
        slots.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var count) && count is < 1 or > 1024)
                result.AddError($"--slots {count} is not allowed; give 1 to 1024.");
        });
        var command = new NommerCommand(
            Name,
            "Runs a worker: takes jobs, encodes them, reports. ctrl-C lets running jobs end within the grace time, a "
            + "second one hands them to other workers at once.",
            "nommer nommerd -l", "nommer nommerd -l --data /srv/nommer --slots 4")
        {
            HandlesSignals = true,
        };
        command.Options.Add(local);
        command.Options.Add(managed);
        command.Options.Add(slots);
        settings.AddFoldersTo(command);
        command.SetAction((parsed, _) => RunAsync(settings.Read(parsed), new NommerdLaunch
        {
            IsLocal = parsed.GetValue(local),
            Managed = parsed.GetValue(managed),
            Slots = parsed.GetValue(slots),
        }));
        return command;
    }

    private static async Task<int> RunAsync(NommerOptions settings, NommerdLaunch launch)
    {
        if (settings.Backend == "Aws" && !launch.IsLocal)
            launch = launch with { Machine = await FindMachineAsync(settings) };
        Prerequisites.Ensure(settings);
        using var host = NommerdHost.Create(settings, launch, services =>
        {
            // The worker listens itself: a first signal must not stop the host, only drain it.
            services.AddSingleton<IHostLifetime, NoSignals>();
            DaemonLogging.Add(services);
        });
        await NommerdHost.InitializeAsync(host.Services, CancellationToken.None);
        await host.RunAsync();
        return ExitCodes.Done;
    }

    private static async Task<Ec2Machine> FindMachineAsync(NommerOptions settings) =>
        await NommerdHost.FindMachineAsync(settings, CancellationToken.None)
        ?? throw CliException.Usage(
            $"this is no machine of EC2: nothing answers at {settings.Aws.Ec2.MetadataUrl} (Aws:Ec2:MetadataUrl). On a machine of "
            + "your own, start the worker with -l: nommer nommerd -l");
}
