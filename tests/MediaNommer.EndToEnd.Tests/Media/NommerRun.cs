using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd.Ffmpeg;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>One run of the ffmpeg nommer in a work folder of its own, as the worker sets it up.</summary>
internal sealed class NommerRun : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nommer-run-").FullName;

    public List<StepProgress> Reports { get; } = [];

    public string Output { get; private set; } = "";

    public bool AllowTruncated { get; init; }

    public bool KeepMetadata { get; init; }

    public FfmpegOptions Settings { get; init; } = new();

    /// <summary>Encodes in one pass; options as <c>key=value</c> or <c>flag</c>, infile options before a <c>|</c>.</summary>
    public Task<NommerResult> EncodeAsync(string source, string ending, params string[] options) =>
        EncodeAsync(source, ending, new EncodeOptions { Passes = [Pass(options)] });

    public async Task<NommerResult> EncodeAsync(string source, string ending, EncodeOptions options)
    {
        var sourcePath = Path.Combine(folder, "source" + Path.GetExtension(source));
        File.CreateSymbolicLink(sourcePath, source);
        Output = Path.Combine(folder, $"output.{ending}");
        var task = new NommerTask
        {
            JobId = "job",
            Options = options,
            WorkFolder = folder,
            SourcePath = sourcePath,
            OutputPath = Output,
            AllowTruncated = AllowTruncated,
            KeepMetadata = KeepMetadata,
        };
        return await new FfmpegNommer(Settings).RunAsync(
            task, new Collector(Reports), CancellationToken.None, CancellationToken.None);
    }

    /// <summary>Options as <c>key=value</c> or <c>flag</c>; those before a <c>|</c> are for the input.</summary>
    public static EncodePass Pass(params string[] options)
    {
        var bar = Array.IndexOf(options, "|");
        return new EncodePass
        {
            InfileOptions = [.. options.Take(Math.Max(bar, 0)).Select(Pair)],
            OutfileOptions = [.. options.Skip(bar + 1).Select(Pair)],
            MoveAtomToFront = true,
        };
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static OptionPair Pair(string option) =>
        option.Split('=', 2) is [var key, var value] ? new(key, value) : new(option, null);

    private sealed class Collector(List<StepProgress> reports) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => reports.Add(value);
    }
}
