using System.Text.Json;
using MediaNommer.Core.Presets;

namespace MediaNommer.Core.Jobs.Requests;

/// <content>The <c>job_options</c> of a request.</content>
public sealed partial class JobRequestReader
{
    internal static readonly string[] OptionKeys = ["nommer", "options", "preset"];

    private EncodeOptions ReadOptions(
        Dictionary<string, JsonElement> values, JobAddress dest, List<string> remarks)
    {
        if (!values.TryGetValue("job_options", out var element))
        {
            return values.TryGetValue("preset", out var preset)
                ? ReadPreset(preset, "preset", dest)
                : throw RequestJson.Bad("job_options", "job_options is missing; give it, or the name of a preset as preset.");
        }

        if (values.ContainsKey("preset"))
            throw RequestJson.Bad("preset", "preset and job_options are both given; give one of them.");
        var properties = RequestJson.Properties(element, "job_options");
        RequestJson.RequireKnown(properties, OptionKeys, "job_options");
        var options = properties
            .Where(property => property.Value.ValueKind != JsonValueKind.Null)
            .ToDictionary(property => property.Name, property => property.Value);
        if (!options.TryGetValue("preset", out var name))
            return ReadPasses(options, dest, remarks);
        return options.Count == 1
            ? ReadPreset(name, "job_options.preset", dest)
            : throw RequestJson.Bad(
                "job_options.preset", "job_options holds both preset and options of its own; give one of them.");
    }

    private EncodeOptions ReadPreset(JsonElement element, string field, JobAddress dest)
    {
        var name = RequestJson.Text(element, field);
        var preset = presets.Find(name)
            ?? throw new JobRequestException(
                JobRequestErrors.UnknownPreset, field,
                $"There is no preset '{RequestJson.Printable(name)}'.{Suggestion.For(name, presets.Names)} "
                + $"Known: {string.Join(", ", presets.Names)}.");
        if (preset.Options.Nommer == DefaultNommer)
        {
            RequireFormat(preset.Options, dest, $"the preset makes .{preset.Extension} files");
            RequireEndingOf(preset, dest);
            RequireFit(preset.Options, dest, $"the preset '{preset.Name}' makes .{preset.Extension} files");
        }

        return preset.Options;
    }

    // Options that name a format are taken at their word. But who names a preset has not thought of its format, and would
    // get a file that is not what its name says.
    private static void RequireEndingOf(Preset preset, JobAddress dest)
    {
        if (FormatOf(preset.Options) is { } format && dest.Ending.Length > 0
            && !dest.Ending.Equals(preset.Extension, StringComparison.OrdinalIgnoreCase)
            && !FfmpegFormats.Fits(dest.Ending, format))
            throw new JobRequestException(
                JobRequestErrors.BadAddress, "dest_path",
                $"dest_path ends in '.{RequestJson.Printable(dest.Ending)}', but the preset '{preset.Name}' makes "
                + $".{preset.Extension} files; end it in .{preset.Extension}, or choose another preset.");
    }

    private static void RequireFit(EncodeOptions options, JobAddress dest, string remedy)
    {
        var muxer = FormatOf(options) ?? FfmpegFormats.MuxerFor(dest.Ending);
        if (muxer is not null && ContainerCodecs.FindMisfit(muxer, options.Passes[^1].OutfileOptions) is { } encoder)
            throw new JobRequestException(
                JobRequestErrors.BadAddress, "dest_path",
                $"dest_path ends in '.{RequestJson.Printable(dest.Ending)}', and such a file cannot hold what the encoder {encoder} makes; {remedy}.");
    }

    private static string? FormatOf(EncodeOptions options) =>
        options.Passes[^1].OutfileOptions.LastOrDefault(option => option.Key == "f")?.Value;

    private EncodeOptions ReadPasses(
        Dictionary<string, JsonElement> values, JobAddress dest, List<string> remarks)
    {
        var nommer = ReadNommer(values);
        var isFfmpeg = nommer == DefaultNommer;
        if (!values.TryGetValue("options", out var element))
        {
            return isFfmpeg
                ? throw RequestJson.Bad("job_options.options", "job_options.options is missing; give a list of one or two passes.")
                : new EncodeOptions { Nommer = nommer };
        }

        var options = new EncodeOptions
        {
            Nommer = nommer,
            Passes = PassReader.Read(element, "job_options.options", isFfmpeg),
        };
        if (!isFfmpeg)
            return options;
        var translated = OptionGuard.Admit(options, dest.Ending, remarks);
        RequireFormat(translated, dest, "or say the format with the option f");
        RequireFit(translated, dest, "choose another ending or another encoder");
        return translated;
    }

    private string ReadNommer(Dictionary<string, JsonElement> values)
    {
        if (!values.TryGetValue("nommer", out var element))
            throw RequestJson.Bad("job_options.nommer", "job_options.nommer is missing; 'ffmpeg' is one.");
        var name = RequestJson.Text(element, "job_options.nommer");
        if (name.Equals(DefaultNommer, StringComparison.OrdinalIgnoreCase))
            return DefaultNommer;
        // Somebody's own class may be called as the original's was.
        if (otherNommers?.OfClass(name) is { } own)
            return own;
        if (name[(name.LastIndexOf('.') + 1)..] == OriginalNommer)
            return DefaultNommer;
        var known = new[] { DefaultNommer }.Union(otherNommers?.All ?? [], StringComparer.OrdinalIgnoreCase).ToList();
        return known.FirstOrDefault(candidate => candidate.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new JobRequestException(
                JobRequestErrors.UnknownNommer, "job_options.nommer",
                $"There is no nommer '{RequestJson.Printable(name)}'.{Suggestion.For(name, known)} "
                + $"Known: {string.Join(", ", known)}.");
    }

    // ffmpeg chooses the format of its output by the file's ending, unless an option says it.
    private static void RequireFormat(EncodeOptions options, JobAddress dest, string remedy)
    {
        var format = FormatOf(options);
        if (format == "null")
            throw new JobRequestException(
                JobRequestErrors.BadOption, $"job_options.options[{options.Passes.Count - 1}].outfile_options",
                "The last pass has the option f=null, which writes nothing; leave it out.");
        if (format is not null || FfmpegFormats.MuxerFor(dest.Ending) is not null)
            return;
        var found = dest.Ending.Length == 0 ? "has no file ending" : $"ends in '.{RequestJson.Printable(dest.Ending)}', which names no format";
        throw new JobRequestException(
            JobRequestErrors.BadAddress, "dest_path",
            $"dest_path {found}; end it in one that ffmpeg knows, for example .mp4, .mkv or .mp3 ({remedy}).");
    }
}
