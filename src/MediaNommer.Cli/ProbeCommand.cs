using System.CommandLine;
using MediaNommer.Backends;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Storage;
using MediaNommer.Feederd.Api;
using Microsoft.Extensions.DependencyInjection;

namespace MediaNommer.Cli;

/// <summary><c>nommer probe</c>: what a file or an address is, without a running feederd.</summary>
internal static class ProbeCommand
{
    public static Command Create()
    {
        var settings = new SettingsArguments();
        var source = new Argument<string>("source") { Description = "The file or URL to look at." };
        var json = Shared.Json();
        var command = new NommerCommand(
            "probe", "Says what a file or URL is: container, length, streams; needs no running feederd. Exit code 1: it is no media, "
            + "or cannot be read.",
            "nommer probe holiday.mov", "nommer probe https://example.com/in.mov --json", "nommer probe s3://bucket/in.mov");
        command.Arguments.Add(source);
        settings.AddConfigTo(command);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellation) =>
        {
            var address = JobArguments.MakeAbsolute(parsed.GetRequiredValue(source));
            var facts = SourceView.Of(await LookAsync(settings.Read(parsed), address, cancellation));
            if (parsed.GetValue(json))
                Shared.WriteJson(facts, WireJson.Default.SourceResponse);
            else
                Console.WriteLine($"{MediaUri.Redact(address)}\n{SourceText.InLines(facts)}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<Core.Jobs.SourceFacts> LookAsync(
        Core.Settings.NommerOptions settings, string address, CancellationToken cancellation)
    {
        Prerequisites.Ensure(settings);
        // Whoever runs this command reaches with it what they could reach without.
        if (settings.Storage.PrivateNetworks.Count == 0)
            settings.Storage.PrivateNetworks = ["all"];
        var folder = Directory.CreateTempSubdirectory("nommer-probe-");
        try
        {
            await using var services = new ServiceCollection().AddBackends(settings).BuildServiceProvider();
            var probe = new MediaProbe(
                services.GetRequiredService<MediaStorages>(), settings.Ffmpeg.FfprobePath, folder.FullName, TimeProvider.System);
            return await probe.LookAsync(address, cancellation);
        }
        catch (MediaStorageException e)
        {
            throw e.Code == MediaStorageErrors.UnknownScheme ? CliException.Usage(e.Message) : CliException.Failed(e.Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
