using System.Diagnostics;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Clips with patches of known colours, and a look at what became of them.</summary>
internal static class Patches
{
    /// <summary>White, green and grey side by side; 320×180.</summary>
    public const string Sdr = "color=white:s=96x180:r=10:d=0.5[a];color=0x00c000:s=96x180:r=10:d=0.5[b];color=0x808080:s=128x180:r=10:d=0.5[c];[a][b][c]hstack=3";

    /// <summary>The same as PQ code values: white is 58 %.</summary>
    public const string Pq = "color=0x949494:s=96x180:r=10:d=0.5[a];color=0x007000:s=96x180:r=10:d=0.5[b];color=0x404040:s=128x180:r=10:d=0.5[c];[a][b][c]hstack=3";

    /// <summary>The same as HLG code values: white is 75 %.</summary>
    public const string Hlg = "color=0xbfbfbf:s=96x180:r=10:d=0.5[a];color=0x009000:s=96x180:r=10:d=0.5[b];color=0x404040:s=128x180:r=10:d=0.5[c];[a][b][c]hstack=3";

    /// <summary>Where the patches are, in parts of the width.</summary>
    private static readonly double[] Places = [0.15, 0.45, 0.8];

    /// <summary>The colours of the patches in a frame, as a player shows them.</summary>
    public static (int Red, int Green, int Blue)[] Of(string path, double at = 0)
    {
        var size = Clips.Run("ffprobe", "/", ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0", path])
            .Trim().Split('\n')[0].Split(',');
        var (width, height) = (int.Parse(size[0], null), int.Parse(size[1], null));
        var pixels = Raw(path, at);
        return [.. Places.Select(place =>
        {
            var start = 3 * ((height / 2 * width) + (int)(place * width));
            return (pixels[start], pixels[start + 1], pixels[start + 2]);
        }).Select(pixel => ((int)pixel.Item1, (int)pixel.Item2, (int)pixel.Item3))];
    }

    /// <summary>The tags of the first picture: pixels, range, matrix, transfer, primaries.</summary>
    public static string Tags(string path) => Clips.Run(
        "ffprobe", "/",
        ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=pix_fmt,color_range,color_space,color_transfer,color_primaries", "-of", "csv=p=0", path]).Trim();

    private static byte[] Raw(string path, double at)
    {
        var start = new ProcessStartInfo(
            "ffmpeg",
            // A picture has no time to seek to.
            ["-v", "error", "-nostdin", .. at > 0 ? new[] { "-ss", FormattableString.Invariant($"{at}") } : [], "-i", path, "-frames:v", "1", "-vf", "scale=out_range=pc,format=rgb24", "-f", "rawvideo", "-"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        using var pixels = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(pixels);
        process.WaitForExit();
        return pixels.ToArray();
    }
}
