namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Finds outputs whose end is missing, by what costs next to nothing: the size that ffmpeg reported, the size that the
/// format itself claims, and the last bytes of the file.
/// </summary>
internal static class OutputEnd
{
    private const int TailSize = 32;

    /// <summary>
    /// Formats that end in an index, a checksum or a mark, so never in zeros only; by the file's extension. Others may end
    /// in silence or in padding.
    /// </summary>
    private static readonly HashSet<string> EndsInStructure = new(
        [
            "mkv", "mka", "mk3d", "mks", "webm", "flv", "flac", "nut", "mxf", "ac3", "eac3", "gif", "png", "apng", "jpg",
            "jpeg", "webp", "avif", "jp2", "tta", "wv", "tif", "tiff",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The marks that ffmpeg's encoders and muxers end with.</summary>
    private static readonly Dictionary<string, byte[]> Marks = new(StringComparer.OrdinalIgnoreCase)
    {
        ["jpg"] = [0xFF, 0xD9],
        ["jpeg"] = [0xFF, 0xD9],
        ["png"] = [0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82],
        ["apng"] = [0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82],
        ["gif"] = [0x3B],
        ["jp2"] = [0xFF, 0xD9],
    };

    /// <summary>What is wrong, in a sentence, or null.</summary>
    public static string? FindFailure(FfmpegRun run, long length)
    {
        if (run.End.Last?.Size is { } written && length < written)
            return CutOff($"it has {length} of the {written} bytes that ffmpeg wrote");
        if (LengthOfPackets(run) is { } packets && length < packets)
            return CutOff($"it has {length} bytes, but ffmpeg wrote packets of {packets} bytes");
        if (SourceContainer.Inspect(run.Task.OutputPath) is { IsCutOff: true, ClaimedSize: { } claimed })
            return CutOff($"it has {length} of the {claimed} bytes that it claims to have");
        // What is copied ends as its source did, and a format named by an option need not be that of the extension.
        var isFree = run.Format is not null
            || run.Pass.OutfileOptions.Any(option => option.Value == "copy" || option.Key == "live");
        return isFree ? null : FindBadTail(run.Task.OutputPath, Path.GetExtension(run.OutputName).TrimStart('.'));
    }

    /// <summary>How to say that an output is not whole.</summary>
    public static string CutOff(string evidence) => $"The output is cut off: {evidence}.";

    /// <summary>How long a file of nothing but its packets must be; null for all others.</summary>
    private static long? LengthOfPackets(FfmpegRun run)
    {
        // A picture that was written over and over, each time into the same file, is as long as the last one.
        var isPicture = MediaFiles.IsPicture(run.OutputName) && run.Totals is [{ Packets: 1 }];
        return isPicture || MediaFiles.IsRaw(run) ? run.Totals.Sum(total => total.Bytes) : null;
    }

    private static string? FindBadTail(string path, string extension)
    {
        using var file = File.OpenRead(path);
        Span<byte> tail = stackalloc byte[TailSize];
        tail = tail[..RandomAccess.Read(file.SafeFileHandle, tail, Math.Max(0, file.Length - TailSize))];
        if (EndsInStructure.Contains(extension) && !tail.ContainsAnyExcept((byte)0))
            return CutOff("its end holds nothing but zeros");
        return Marks.TryGetValue(extension, out var mark) && !tail.EndsWith(mark)
            ? CutOff("the mark at its end is missing")
            : null;
    }
}
