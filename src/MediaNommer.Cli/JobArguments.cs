using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Storage;

namespace MediaNommer.Cli;

/// <summary>What describes a job, the same for <c>submit</c> and <c>encode</c>.</summary>
internal sealed class JobArguments
{
    public const string DefaultPreset = "web_720p";

    private readonly Argument<string> source = new("source")
    {
        Description = "The file or URL to encode.",
    };

    private readonly Argument<string> dest = new("dest")
    {
        Description = "Where the output goes: a file or URL; the ending chooses the format.",
    };

    private readonly Option<string?> preset = new("--preset")
    {
        Description = $"The preset to encode with (see: nommer presets); {DefaultPreset} unless given.",
        HelpName = "name",
    };

    private readonly Option<string?> options = new("--options")
    {
        Description = "A JSON file with the job's options instead of a preset, - for standard input: one or two passes, "
            + """such as [{"outfile_options": [["c:v", "libx264"], ["crf", "23"], ["an", null]]}], or the whole of job_options.""",
        HelpName = "file",
    };

    private readonly Option<bool> allowTruncated = new("--allow-truncated")
    {
        Description = "Accept an output that is shorter than its source says, as from a broken file.",
    };

    private readonly Option<bool> keepMetadata = new("--keep-metadata")
    {
        Description = "Keep all metadata of the source: presets for the web drop its position and device.",
    };

    private readonly Option<bool> overwrite = new("--overwrite")
    {
        Description = "Replace the output if it exists; the same as --if-exists overwrite.",
    };

    private readonly Option<string?> ifExists = new("--if-exists")
    {
        Description = "When the output exists: fail (the default), overwrite, or skip, which keeps it and calls the job done.",
        HelpName = "what",
    };

    private readonly Option<bool> preserveMtime = new("--preserve-mtime")
    {
        Description = "Give the output the time at which its source was last changed.",
    };

    public void AddTo(Command command)
    {
        preset.CompletionSources.Add(_ => PresetCatalog.BuiltIn.Select(one => new CompletionItem(one.Name)));
        command.Arguments.Add(source);
        command.Arguments.Add(dest);
        command.Options.Add(preset);
        command.Options.Add(options);
        command.Options.Add(allowTruncated);
        command.Options.Add(keepMetadata);
        command.Options.Add(overwrite);
        command.Options.Add(ifExists);
        command.Options.Add(preserveMtime);
    }

    /// <exception cref="CliException">Both or unreadable options.</exception>
    public JobRequest Read(ParseResult parsed) => new()
    {
        SourcePath = MakeAbsolute(parsed.GetRequiredValue(source)),
        DestPath = MakeAbsolute(parsed.GetRequiredValue(dest)),
        JobOptions = ReadOptions(parsed.GetValue(preset), parsed.GetValue(options)),
        AllowTruncated = parsed.GetValue(allowTruncated) ? true : null,
        KeepMetadata = parsed.GetValue(keepMetadata) ? true : null,
        IfExists = ReadIfExists(parsed),
        PreserveMtime = parsed.GetValue(preserveMtime) ? true : null,
    };

    /// <summary>What to say of a source that is not on this machine, or null: workers elsewhere may have it all the same.</summary>
    public static string? DoubtAbout(JobRequest job) =>
        job.SourcePath is not { } path || path.Contains("://", StringComparison.Ordinal) || File.Exists(path)
            ? null
            : $"{path} is not on this machine; the job fails unless its worker finds it there.";

    /// <summary>Refuses a source that is not on this machine, for commands whose worker is this machine.</summary>
    /// <exception cref="CliException">It is not there, or a folder.</exception>
    public static void RequireSource(string address)
    {
        if (address.Contains("://", StringComparison.Ordinal) || File.Exists(address))
            return;
        throw CliException.Failed(Directory.Exists(address)
            ? $"{address} is a folder; name a file in it."
            : MissingFile.ErrorFor(address, whyUnmounted: null).Message.Replace(" on the worker's machine", "", StringComparison.Ordinal));
    }

    /// <summary>Relative paths mean the caller's folder, which a daemon does not know.</summary>
    /// <exception cref="CliException">It is empty.</exception>
    public static string MakeAbsolute(string address)
    {
        if (string.IsNullOrWhiteSpace(address))
            throw CliException.Usage("The name of a file is empty; give a path or an address.");
        return address.Contains("://", StringComparison.Ordinal) ? address : Path.GetFullPath(address);
    }

    private string? ReadIfExists(ParseResult parsed)
    {
        var choice = parsed.GetValue(ifExists);
        if (!parsed.GetValue(overwrite))
            return choice;
        return choice is null or "overwrite"
            ? "overwrite"
            : throw CliException.Usage($"--overwrite and --if-exists {choice} contradict each other; give one of them.");
    }

    private static JobOptionsRequest ReadOptions(string? preset, string? file)
    {
        if (file is null)
            return new JobOptionsRequest { Preset = preset ?? DefaultPreset };
        if (preset is not null)
            throw CliException.Usage("Give either --preset or --options, not both.");
        try
        {
            var text = file == "-" ? Console.In.ReadToEnd() : File.ReadAllText(file);
            // Before anything is put around it: the error is to speak of the user's own text.
            JsonDocument.Parse(text).Dispose();
            if (text.AsSpan().TrimStart() is ['[', ..])
                text = $$"""{"nommer": "ffmpeg", "options": {{text}}}""";
            return JsonSerializer.Deserialize(text, WireJson.Default.JobOptionsRequest)
                ?? throw new JsonException("it holds null");
        }
        catch (JsonException e)
        {
            throw CliException.Usage(
                $"{file} does not hold a job's options ({e.Message}); for example "
                + """[{"outfile_options": [["c:v", "libx264"]]}]""");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"The options file cannot be read: {e.Message}");
        }
    }
}
