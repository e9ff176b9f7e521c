using System.CommandLine;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Presets;

namespace MediaNommer.Cli;

/// <summary><c>nommer encode</c>: one job through a system of its own, without a running feederd.</summary>
internal static class EncodeCommand
{
    public static Command Create()
    {
        var settings = new SettingsArguments();
        var job = new JobArguments();
        var json = Shared.Json();
        var command = new NommerCommand(
            "encode", "Encodes one file with a system of its own that ends with it; needs no running feederd.",
            "nommer encode in.mov out.mp4", "nommer encode https://example.com/in.mov out.webm --preset webm_vp9_720p",
            "nommer encode in.mov out.mp4 --options passes.json --json", "nommer encode in.mov out.mp4 --overwrite");
        job.AddTo(command);
        settings.AddConfigTo(command);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellation) =>
        {
            var request = job.Read(parsed);
            // A name that may be wrong is for feederd to judge, and comes first.
            if (request.JobOptions?.Preset is not { } preset || PresetCatalog.BuiltIn.Any(known => known.Name == preset))
                JobArguments.RequireSource(request.SourcePath!);
            var asJson = parsed.GetValue(json);
            await using var system = await EmbeddedSystem.StartAsync(settings.Read(parsed), cancellation);
            var ended = await system.RunAsync(request, asJson ? DisplayKind.None : DisplayKind.Beside, cancellation);
            if (asJson)
                // The feederd that would hand it out ends with this command.
                Shared.WriteJson(ended with { OutputUrl = null }, WireJson.Default.JobResponse);
            else if (ended.Output is not null)
                Console.WriteLine(JobFacts.Describe(ended));
            return JobWatch.Report([ended]);
        });
        return command;
    }
}
