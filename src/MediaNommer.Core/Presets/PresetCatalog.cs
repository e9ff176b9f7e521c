using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Settings;

namespace MediaNommer.Core.Presets;

/// <summary>Every preset: the built-in ones, and users' own, which may take the place of built-in ones.</summary>
public sealed partial class PresetCatalog
{
    private static readonly Lazy<IReadOnlyList<Preset>> LoadedBuiltIn = new(LoadBuiltIn);
    private readonly SortedDictionary<string, Preset> byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Puts the built-in presets and those of the settings together.</summary>
    /// <exception cref="JobRequestException">
    /// An option of one of the settings' presets is refused. Settings from <see cref="SettingsLoader"/> were looked
    /// through already.
    /// </exception>
    public PresetCatalog(IReadOnlyDictionary<string, PresetOptions> own)
    {
        foreach (var preset in BuiltIn)
            byName[preset.Name] = preset;
        foreach (var (name, options) in own)
            byName[name] = FromSettings(name, options);
    }

    /// <summary>The built-in presets.</summary>
    public static IReadOnlyList<Preset> BuiltIn => LoadedBuiltIn.Value;

    /// <summary>All presets in the order of their names.</summary>
    public IReadOnlyCollection<Preset> All => byName.Values;

    /// <summary>All names in their order.</summary>
    public IReadOnlyCollection<string> Names => byName.Keys;

    /// <summary>The preset of that name, in any case, or null.</summary>
    public Preset? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>Reads a preset of the settings.</summary>
    /// <exception cref="JobRequestException">Its name or one of its options is refused.</exception>
    internal static Preset FromSettings(string name, PresetOptions settings)
    {
        if (!NamePattern().IsMatch(name))
            throw RequestJson.Bad("", "its name must be of letters, digits and _ - . (at most 64)");
        if (!ExtensionPattern().IsMatch(settings.Extension))
            throw RequestJson.Bad("", $"its Extension '{RequestJson.Printable(settings.Extension)}' must be of letters and digits, without a dot");
        var passes = settings.Options.Select(pass => new EncodePass
        {
            InfileOptions = [.. pass.InfileOptions.Select(ParseOption)],
            OutfileOptions = [.. pass.OutfileOptions.Select(ParseOption)],
            MoveAtomToFront = pass.MoveAtomToFront,
        });
        var options = new EncodeOptions { Nommer = settings.Nommer, Passes = [.. passes] };
        return Make(name, settings.Description, settings.Extension, options, isBuiltIn: false);
    }

    private static IReadOnlyList<Preset> LoadBuiltIn()
    {
        using var stream = typeof(PresetCatalog).Assembly.GetManifestResourceStream("MediaNommer.Core.Presets.presets.json")!;
        using var document = JsonDocument.Parse(stream);
        return [.. document.RootElement.EnumerateObject().Select(entry => Make(
            entry.Name,
            entry.Value.GetProperty("description").GetString()!,
            entry.Value.GetProperty("extension").GetString()!,
            new EncodeOptions
            {
                Passes = PassReader.Read(entry.Value.GetProperty("options"), "options", isFfmpeg: true),
                Intent = entry.Value.GetProperty("intent").Deserialize(IntentJson.Default.PresetIntent),
            },
            isBuiltIn: true))];
    }

    private static Preset Make(string name, string description, string extension, EncodeOptions options, bool isBuiltIn)
    {
        if (options.Nommer == "ffmpeg")
            options = OptionGuard.Admit(options, extension, []);

        return new Preset
        {
            Name = name,
            Description = description,
            Extension = extension,
            Options = options with { Preset = name },
            IsBuiltIn = isBuiltIn,
        };
    }

    private static OptionPair ParseOption(string option)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? new OptionPair(option, null) : new OptionPair(option[..equals], option[(equals + 1)..]);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9]{1,10}\z")]
    private static partial Regex ExtensionPattern();
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PresetIntent))]
internal sealed partial class IntentJson : JsonSerializerContext;
