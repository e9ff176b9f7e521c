namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>What the ending of a file name says about its format.</summary>
internal static class MediaFiles
{
    private static readonly HashSet<string> PictureAndSound = new(
        ["mp4", "m4v", "mov", "3gp", "3g2", "f4v", "mkv", "webm", "avi", "flv", "ts", "mpg", "mpeg", "wmv", "asf", "ogv"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Mp4Like =
        new(["mp4", "m4v", "m4a", "m4b", "mov", "3gp", "3g2", "f4v"], StringComparer.OrdinalIgnoreCase);

    /// <summary>True for files that are built of MP4 boxes.</summary>
    public static bool IsMp4Like(string name) => Mp4Like.Contains(Ending(name));

    /// <summary>True for formats that hold picture and sound, and get both unless options say otherwise.</summary>
    public static bool HoldsPictureAndSound(string name) => PictureAndSound.Contains(Ending(name));

    private static string Ending(string name) => Path.GetExtension(name).TrimStart('.');
}
