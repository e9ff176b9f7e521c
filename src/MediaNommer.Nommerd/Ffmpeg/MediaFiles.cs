namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>What the extension of a file name says about its format.</summary>
internal static class MediaFiles
{
    private static readonly HashSet<string> PictureAndSound = Set(
        "mp4", "m4v", "mov", "3gp", "3g2", "f4v", "mkv", "webm", "avi", "flv", "ts", "mpg", "mpeg", "wmv", "asf", "ogv");

    private static readonly HashSet<string> Mp4Like = Set("mp4", "m4v", "m4a", "m4b", "mov", "3gp", "3g2", "f4v");

    private static readonly HashSet<string> Pictures = Set(
        "jpg", "jpeg", "png", "bmp", "tif", "tiff", "tga", "ppm", "pgm", "pam", "pbm", "dpx", "exr", "jp2", "jxl", "webp",
        "gif", "apng", "avif", "ico");

    private static readonly HashSet<string> BareVideo = Set(
        "h264", "264", "h265", "hevc", "265", "h261", "h263", "m1v", "m2v", "m4v", "mjpg", "mjpeg", "obu");

    /// <summary>Formats that hold packets and nothing else, so that nothing can read them without being told more.</summary>
    private static readonly HashSet<string> Raw = Set(
        "rawvideo", "data", "s16le", "s24le", "s32le", "f32le", ".yuv", ".raw", ".rgb", ".pcm", ".data");

    /// <summary>True for files that are built of MP4 boxes.</summary>
    public static bool IsMp4Like(string name) => Mp4Like.Contains(Extension(name));

    /// <summary>True for formats that hold picture and sound, and get both unless options say otherwise.</summary>
    public static bool HoldsPictureAndSound(string name) => PictureAndSound.Contains(Extension(name));

    /// <summary>True for pictures, still or animated.</summary>
    public static bool IsPicture(string name) => Pictures.Contains(Extension(name));

    /// <summary>True for formats that say nothing about time; programs guess 25 frames a second.</summary>
    public static bool IsWithoutTimes(string name) => BareVideo.Contains(Extension(name)) || IsPicture(name);

    /// <summary>True for an output of nothing but packets.</summary>
    public static bool IsRaw(FfmpegRun run) => Raw.Contains(run.Format ?? Path.GetExtension(run.OutputName));

    private static string Extension(string name) => Path.GetExtension(name).TrimStart('.');

    private static HashSet<string> Set(params string[] names) => new(names, StringComparer.OrdinalIgnoreCase);
}
