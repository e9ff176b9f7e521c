using MediaNommer.Core.Jobs.Requests;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>The formats that a source may have, as ffmpeg and ffprobe are told.</summary>
internal static class SourceFormats
{
    /// <summary>Names of ffmpeg's demuxers, with commas between them.</summary>
    public static string Allowed { get; } = string.Join(',', FfmpegFormats.Demuxers.Order(StringComparer.Ordinal));
}
