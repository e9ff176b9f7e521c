using System.CommandLine;
using MediaNommer.Client;
using MediaNommer.Client.Wire;
using MediaNommer.Core;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary><c>nommer presets</c>: feederd's presets, or those of the settings here when no feederd answers.</summary>
internal static class PresetsCommand
{
    public static Command Create()
    {
        var client = new ClientArguments();
        var name = new Argument<string?>("name") { Description = "Show this one with its options.", Arity = ArgumentArity.ZeroOrOne };
        var command = new NommerCommand(
            "presets", "Lists the presets: names for sets of options. Works without a running feederd, too.",
            "nommer presets", "nommer presets web_720p", "nommer presets --json | jq -r '.presets[].name'");
        command.Arguments.Add(name);
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var presets = await GetAsync(client, parsed, cancellation);
            if (parsed.GetValue(name) is { } wanted)
            {
                var one = presets.FirstOrDefault(preset => preset.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase))
                    ?? throw CliException.Usage(
                        $"Preset '{wanted}' is unknown.{Suggestion.For(wanted, presets.Select(preset => preset.Name))} "
                        + $"Known: {string.Join(", ", presets.Select(preset => preset.Name))}.");
                presets = [one];
            }

            if (client.WantsJson(parsed))
                Shared.WriteJson(new PresetListResponse { Presets = presets }, WireJson.Default.PresetListResponse);
            else
                Print(presets, withOptions: parsed.GetValue(name) is not null);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<IReadOnlyList<PresetResponse>> GetAsync(
        ClientArguments arguments, ParseResult parsed, CancellationToken cancellation)
    {
        using var client = arguments.Connect(parsed);
        try
        {
            return (await client.ListPresetsAsync(cancellation)).Presets;
        }
        catch (NommerUnreachableException) when (!arguments.NamesFeederd(parsed))
        {
            var settings = SettingsLoader.Load(configPath: null, [], Environment.GetEnvironmentVariables());
            return [.. new PresetCatalog(settings.Presets).All.Select(ToResponse)];
        }
    }

    private static PresetResponse ToResponse(Preset preset) => new()
    {
        Name = preset.Name,
        Description = preset.Description,
        Nommer = preset.Options.Nommer,
        Extension = preset.Extension,
        Options = [.. preset.Options.Passes.Select(pass => new PassResponse
        {
            InfileOptions = ToPairs(pass.InfileOptions),
            OutfileOptions = ToPairs(pass.OutfileOptions),
            MoveAtomToFront = pass.MoveAtomToFront,
        })],
    };

    private static IReadOnlyList<IReadOnlyList<string?>> ToPairs(IReadOnlyList<OptionPair> options) =>
        [.. options.Select(option => (IReadOnlyList<string?>)[option.Key, option.Value])];

    private static void Print(IReadOnlyList<PresetResponse> presets, bool withOptions)
    {
        var width = presets.Max(preset => preset.Name.Length);
        foreach (var preset in presets)
        {
            Console.WriteLine($"{preset.Name.PadRight(width)}  .{preset.Extension,-5} {preset.Description}");
            foreach (var pass in withOptions ? preset.Options : [])
                Console.WriteLine($"    ffmpeg {Flags(pass.InfileOptions)}-i SOURCE {Flags(pass.OutfileOptions)}DEST");
        }
    }

    private static string Flags(IReadOnlyList<IReadOnlyList<string?>> options) =>
        string.Concat(options.Select(option => option[1] is null ? $"-{option[0]} " : $"-{option[0]} {option[1]} "));
}
