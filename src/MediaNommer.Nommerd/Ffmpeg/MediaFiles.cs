namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>What the ending of a file name says about its format.</summary>
internal static class MediaFiles
{
    private static readonly Dictionary<string, string> Muxers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["mp4"] = "mp4", ["m4v"] = "mp4", ["mov"] = "mov", ["3gp"] = "3gp", ["3g2"] = "3g2", ["f4v"] = "f4v",
        ["mkv"] = "matroska", ["webm"] = "webm", ["avi"] = "avi", ["flv"] = "flv", ["ts"] = "mpegts",
        ["mpg"] = "mpeg", ["mpeg"] = "mpeg", ["wmv"] = "asf", ["asf"] = "asf", ["ogv"] = "ogv",
    };

    private static readonly HashSet<string> Mp4Like =
        new(["mp4", "m4v", "m4a", "m4b", "mov", "3gp", "3g2", "f4v"], StringComparer.OrdinalIgnoreCase);

    /// <summary>True for files that are built of MP4 boxes.</summary>
    public static bool IsMp4Like(string name) => Mp4Like.Contains(Ending(name));

    /// <summary>True for formats that hold picture and sound, and get both unless options say otherwise.</summary>
    public static bool HoldsPictureAndSound(string name) => Muxers.ContainsKey(Ending(name));

    /// <summary>ffmpeg's name of the format, or null when it is none that holds video.</summary>
    public static string? MuxerByEnding(string name) => Muxers.GetValueOrDefault(Ending(name));

    private static string Ending(string name) => Path.GetExtension(name).TrimStart('.');
}
