namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Compares the packets that an output holds with those that ffmpeg gave to it. Where ffmpeg does not count them (or
/// its log was too long), its progress reports must do.
/// </summary>
internal static class PacketCheck
{
    /// <summary>What rounding and the padding of codecs explain, in seconds.</summary>
    private const double Slack = 0.5;

    /// <summary>Codecs whose packets are cut in another way when read; their bytes are counted instead.</summary>
    private static readonly string[] CountedInBytes = ["pcm_", "adpcm_", "flac", "eac3", "unknown"];

    /// <summary>What is wrong, in a sentence, or null.</summary>
    public static string? FindFailure(FfmpegRun run, OutputDescription output)
    {
        if (output.Streams.FirstOrDefault(stream => stream.Decoded == 0 && !IsReadDifferently(stream)) is { } broken)
            return OutputEnd.CutOff($"its {broken.Codec} picture cannot be decoded");
        return run.Totals.Count > 0 ? FindMissing(run, output) : FindEarlyEnd(run, output);
    }

    private static string? FindMissing(FfmpegRun run, OutputDescription output)
    {
        foreach (var kind in run.Totals.Where(total => !run.IsCover(total.Index)).GroupBy(total => total.Kind))
        {
            // By kind, for a format may give its streams other numbers than ffmpeg did.
            var found = output.Streams.Where(stream => stream.Kind == kind.Key).ToList();
            var packets = found.Sum(stream => stream.Frames);
            var written = kind.Sum(total => total.Packets);
            if (packets >= written || found.Exists(IsReadDifferently))
                continue;
            var writtenBytes = kind.Sum(total => total.Bytes);
            // One packet less: MXF ends its sound with its picture.
            if (found.Exists(IsCountedInBytes) && found.Sum(stream => stream.Bytes) >= writtenBytes - (writtenBytes / written))
                continue;
            return OutputEnd.CutOff($"{packets} of {written} packets of its {kind.Key} are there");
        }
        return null;
    }

    private static string? FindEarlyEnd(FfmpegRun run, OutputDescription output)
    {
        if (run.End.Last is not { } last)
            return null;
        var media = output.Streams.Where(stream => stream.Kind is "video" or "audio" && !stream.IsCover).ToList();
        if (media.Exists(IsReadDifferently))
            return null;
        if (media.Count(stream => stream.Kind == "video") == 1
            && media.Find(stream => stream.Kind == "video")!.Frames is var frames && frames < last.Frame)
            return OutputEnd.CutOff($"{frames} of {last.Frame} frames of its video are there");
        var end = MediaFiles.IsWithoutTimes(run.OutputName) ? null : media.Max(stream => stream.End) ?? output.Seconds;
        // ffmpeg's account may run ahead by a packet, which is a second of WavPack.
        var packet = media.Max(stream => stream.Seconds / Math.Max(1, stream.Frames)) ?? 0;
        return end is { } actual && last.Seconds is { } written && actual < written - Slack - (2 * packet)
            ? OutputEnd.CutOff($"it ends after {TimeText.Show(actual)} of {TimeText.Show(written)}")
            : null;
    }

    private static bool IsCountedInBytes(OutputStream stream) =>
        CountedInBytes.Any(codec => stream.Codec.StartsWith(codec, StringComparison.Ordinal));

    /// <summary>Animated WebP is a single packet to ffprobe, and cannot be decoded by all versions.</summary>
    private static bool IsReadDifferently(OutputStream stream) => stream.Codec == "webp";
}
