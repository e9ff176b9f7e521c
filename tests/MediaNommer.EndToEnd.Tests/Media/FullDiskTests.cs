using System.Globalization;
using System.Runtime.Versioning;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>
/// Real ffmpeg on a disk that takes only a part of the output. A limit on the size of files stands for the disk: writes
/// fail in the same way, and it needs no mount. ffmpeg mostly ends with 0 all the same.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class FullDiskTests : IDisposable
{
    private const int Block = 512;

    private readonly string folder = Directory.CreateTempSubdirectory("nommer-full-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("mp4", "preset=ultrafast")]
    [InlineData("mp4", "preset=ultrafast movflags=-faststart")]
    [InlineData("mov", "c:v=mpeg4")]
    [InlineData("m4a", "vn")]
    [InlineData("mkv", "preset=ultrafast")]
    [InlineData("webm", "c:v=libvpx deadline=realtime cpu-used=8 c:a=libopus")]
    [InlineData("avi", "c:v=mpeg4")]
    [InlineData("flv", "c:v=flv")]
    [InlineData("ts", "c:v=mpeg2video")]
    [InlineData("mp3", "vn")]
    [InlineData("aac", "vn")]
    [InlineData("flac", "vn")]
    [InlineData("wav", "vn")]
    [InlineData("ogg", "vn c:a=libvorbis")]
    [InlineData("opus", "vn")]
    [InlineData("wma", "vn")]
    [InlineData("gif", "an")]
    [InlineData("webp", "an c:v=libwebp")]
    [InlineData("jpg", "frames:v=1")]
    [InlineData("png", "frames:v=1")]
    public async Task A_disk_that_is_full_fails_the_run_and_another_may_succeed(string extension, string options)
    {
        using var whole = new NommerRun();
        (await whole.EncodeAsync(Clips.Plain, extension, options.Split(' '))).Message.ShouldBeEmpty();
        var length = new FileInfo(whole.Output).Length;

        foreach (var part in (double[])[0.98, 0.7, 0.3, 0.02])
        {
            using var run = new NommerRun { Settings = new() { FfmpegPath = Limited((long)(length * part) / Block) } };
            var result = await run.EncodeAsync(Clips.Plain, extension, options.Split(' '));

            result.Succeeded.ShouldBeFalse($"{part:P0}\n{result.Log}");
            result.IsTransient.ShouldBeTrue($"{part:P0}: {result.Message}\n{result.Log}");
        }
    }

    /// <summary>ffmpeg with the signal ignored that would end it, so that its writes fail as on a full disk.</summary>
    private string Limited(long blocks) => Script.Write(
        Path.Combine(folder, $"ffmpeg-{blocks.ToString(CultureInfo.InvariantCulture)}"),
        $"trap '' XFSZ\nulimit -f {blocks}\nexec ffmpeg \"$@\"");
}
