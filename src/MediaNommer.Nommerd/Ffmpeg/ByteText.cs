using System.Globalization;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Shows numbers of bytes as people read them.</summary>
internal static class ByteText
{
    /// <summary>For example <c>1.5 GiB</c>.</summary>
    public static string Show(long bytes) => bytes switch
    {
        >= 1L << 40 => Text(bytes / (double)(1L << 40), "TiB"),
        >= 1L << 30 => Text(bytes / (double)(1L << 30), "GiB"),
        >= 1L << 20 => Text(bytes / (double)(1L << 20), "MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes"),
    };

    private static string Text(double value, string unit) => string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {unit}");
}
