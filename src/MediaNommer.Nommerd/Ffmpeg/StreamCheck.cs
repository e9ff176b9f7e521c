using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Compares the streams of an output with what ffmpeg announced and with what the options ask for.</summary>
internal static class StreamCheck
{
    private static readonly string[] Kinds = ["video", "audio", "subtitle"];

    /// <summary>What is wrong, in a sentence, or null.</summary>
    public static string? FindFailure(FfmpegRun run, OutputDescription output)
    {
        foreach (var kind in Kinds)
        {
            var announced = run.Report.OutputStreams.Count(stream => stream.Kind == kind && !stream.IsCover);
            var found = output.Streams.Count(stream => stream.Kind == kind);
            if (found < announced)
                return $"The output has {found} {kind} streams where {announced} were announced.";
        }
        return FindForgotten(run) ?? FindEmpty(run, output);
    }

    /// <summary>
    /// A source with picture (or sound) and no option that leaves it out must give an output with picture (or sound),
    /// where the output's format is one that holds both.
    /// </summary>
    private static string? FindForgotten(FfmpegRun run)
    {
        var options = run.Pass.OutfileOptions;
        var chooses = options.Any(option => Name(option) is "map" or "filter_complex" or "lavfi");
        if (chooses || !run.Report.IsComplete || !MediaFiles.HoldsPictureAndSound(run.OutputName))
            return null;
        if (options.Any(option => option.Key == "f"))
            return null;
        return Forgotten(run, options, "video", "vn") ?? Forgotten(run, options, "audio", "an");
    }

    private static string? Forgotten(FfmpegRun run, IReadOnlyList<OptionPair> options, string kind, string without)
    {
        var wanted = !options.Any(option => option.Key == without)
            && !run.Pass.InfileOptions.Any(option => option.Key == without)
            && run.Report.SourceStreams.Any(stream => stream.Kind == kind && !stream.IsCover && stream.Codec != "none");
        return wanted && !run.Report.OutputStreams.Any(stream => stream.Kind == kind)
            ? $"The output has no {kind} stream, although the source has one and no option leaves it out."
            : null;
    }

    private static string? FindEmpty(FfmpegRun run, OutputDescription output)
    {
        var media = output.Streams.Where(stream => stream.Kind is "video" or "audio" && !stream.IsCover).ToList();
        var isMedia = media.Count > 0;
        var hasFrames = media.Exists(stream => stream.Frames > 0);
        if (isMedia && (!hasFrames || run.End.Last is { Seconds: null or 0, Frame: 0, Size: null or 0 }))
            return OutputVerifier.NothingEncoded(run);
        return media.Exists(stream => stream is { Kind: "video", Frames: 0 })
            ? $"The output's video has no frames. {OutputVerifier.NothingEncoded(run)}"
            : null;
    }

    private static string Name(OptionPair option) => option.Key.Split(':')[0];
}
