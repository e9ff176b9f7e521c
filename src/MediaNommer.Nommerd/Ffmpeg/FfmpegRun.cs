using MediaNommer.Core.Jobs;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>What the last pass left behind, for the verification.</summary>
/// <param name="Task">What was asked for.</param>
/// <param name="Report">What ffmpeg said about source and output.</param>
/// <param name="Expected">How long the output should be.</param>
/// <param name="End">How ffmpeg ended.</param>
internal sealed record FfmpegRun(NommerTask Task, FfmpegReport Report, ExpectedLength Expected, FfmpegEnd End)
{
    /// <summary>The source's name in the work folder.</summary>
    public string SourceName => Path.GetFileName(Task.SourcePath);

    /// <summary>The output's name in the work folder.</summary>
    public string OutputName => Path.GetFileName(Task.OutputPath);

    /// <summary>The options of the pass that wrote the output.</summary>
    public EncodePass Pass => Task.Options.Passes[^1];

    /// <summary>The output's format where the options name it, or null.</summary>
    public string? Format => Pass.OutfileOptions.LastOrDefault(option => option.Key == "f")?.Value;

    /// <summary>What ffmpeg says that it wrote of each stream; empty when it does not say.</summary>
    public IReadOnlyList<StreamTotal> Totals { get; } = StreamTotal.Written(End.Process.Log);

    /// <summary>True when an output stream is a picture that belongs to the file, not to its time.</summary>
    public bool IsCover(int outputIndex) =>
        Report.OutputStreams.Exists(stream => stream.Index == outputIndex && stream.IsCover);
}

/// <summary>What verification found.</summary>
/// <param name="Failure">Why the output is not good, in a sentence, or null when it is.</param>
/// <param name="Output">What it is made of, when it could be read.</param>
/// <param name="IsTransient">True when another run may succeed.</param>
/// <param name="Note">What is worth knowing of an output that is good, or null.</param>
internal sealed record Verdict(string? Failure, OutputDescription? Output = null, bool IsTransient = false, string? Note = null);
