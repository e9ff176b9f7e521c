using System.Runtime.Versioning;
using MediaNommer.Nommerd.Nommers;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>An encoder that claims success and leaves an output without its end, in every format, must not get away.</summary>
[SupportedOSPlatform("linux")]
public class CutOffOutputTests
{
    private const string X264 = "c:v=libx264 preset=ultrafast pix_fmt=yuv420p";

    /// <summary>The extension and the options.</summary>
    public static TheoryData<string, string> Formats => new()
    {
        { "mp4", $"{X264} movflags=+faststart" },
        { "mp4", $"{X264} movflags=-faststart" },
        { "mp4", $"{X264} movflags=+frag_keyframe+empty_moov" },
        { "mov", "c:v=prores c:a=pcm_s16le" },
        { "m4a", "vn" },
        { "m4v", $"{X264} an" },
        { "3gp", "s=176x144 c:v=h263 c:a=aac" },
        { "f4v", X264 },
        { "mkv", X264 },
        { "mkv", "c:v=ffv1 c:a=flac" },
        { "mka", "vn c:a=libvorbis" },
        { "webm", "c:v=libvpx deadline=realtime cpu-used=8 c:a=libopus" },
        { "avi", "c:v=mpeg4 c:a=mp3" },
        { "avi", "c:v=mjpeg c:a=pcm_s16le" },
        { "flv", $"{X264} c:a=aac" },
        { "ts", X264 },
        { "m2ts", $"{X264} c:a=ac3" },
        { "mpg", "r=25 c:v=mpeg2video c:a=mp2" },
        { "vob", "r=25 c:v=mpeg2video c:a=ac3" },
        { "mp3", "vn" },
        { "mp2", "vn" },
        { "aac", "vn" },
        { "ac3", "vn" },
        { "flac", "vn" },
        { "wav", "vn" },
        { "w64", "vn" },
        { "aiff", "vn" },
        { "caf", "vn c:a=alac" },
        { "au", "vn" },
        { "wv", "vn" },
        { "tta", "vn" },
        { "ogg", "vn c:a=libvorbis" },
        { "opus", "vn" },
        { "oga", "vn c:a=flac" },
        { "ogv", "c:v=libtheora c:a=libvorbis" },
        { "wma", "vn" },
        { "wmv", "c:v=wmv2 c:a=wmav2" },
        { "mxf", "r=25 c:v=mpeg2video c:a=pcm_s16le ar=48000" },
        { "nut", X264 },
        { "ivf", "an c:v=libvpx deadline=realtime" },
        { "gif", "an" },
        { "apng", "an" },
        { "webp", "an c:v=libwebp" },
        { "webp", "an c:v=libwebp frames:v=1" },
        { "jpg", "frames:v=1" },
        { "png", "frames:v=1" },
        { "bmp", "frames:v=1" },
        { "tiff", "frames:v=1" },
        { "ppm", "frames:v=1" },
        { "jp2", "frames:v=1" },
        { "y4m", "an" },
        { "h264", $"an {X264}" },
        { "mjpg", "an" },
        { "yuv", "an f=rawvideo" },
        { "vtt", "SUBTITLES" },
        { "srt", "SUBTITLES" },
        { "ass", "SUBTITLES" },
    };

    /// <summary>Formats in which zeros mean something, so that nobody can tell them from silence or black.</summary>
    private static bool TakesZeros(string extension) =>
        extension is "wav" or "w64" or "aiff" or "au" or "bmp" or "ppm" or "yuv" or "y4m" or "vtt" or "srt" or "ass";

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task An_output_without_its_end_is_never_taken(string extension, string options)
    {
        using var ffmpeg = new CuttingFfmpeg();
        (await EncodeAsync(ffmpeg, extension, options)).Message.ShouldBeEmpty("the whole output");

        foreach (var part in (double[])[0.99, 0.9, 0.5, 0.1])
        {
            ffmpeg.Keep(part);
            CutOff(await EncodeAsync(ffmpeg, extension, options), $"cut to {part:P0}");
        }
        ffmpeg.Keep(-1);
        CutOff(await EncodeAsync(ffmpeg, extension, options), "a byte less");
        ffmpeg.Keep(1);
        CutOff(await EncodeAsync(ffmpeg, extension, options), "a byte");
        ffmpeg.Keep(0);
        CutOff(await EncodeAsync(ffmpeg, extension, options), "nothing");
        foreach (var part in TakesZeros(extension) ? [] : (double[])[0.9, 0.5, 0.1])
        {
            ffmpeg.Zero(part);
            CutOff(await EncodeAsync(ffmpeg, extension, options), $"zeros after {part:P0}");
        }
    }

    /// <summary>What other builds of ffmpeg print may be less; then the packets must show it.</summary>
    [Theory]
    [InlineData("mp4", $"{X264} movflags=+faststart")]
    [InlineData("mp4", $"{X264} movflags=+frag_keyframe+empty_moov")]
    [InlineData("mkv", X264)]
    [InlineData("webm", "c:v=libvpx deadline=realtime cpu-used=8 c:a=libopus")]
    [InlineData("avi", "c:v=mpeg4 c:a=mp3")]
    [InlineData("flv", $"{X264} c:a=aac")]
    [InlineData("ts", X264)]
    [InlineData("mpg", "r=25 c:v=mpeg2video c:a=mp2")]
    [InlineData("mp3", "vn")]
    [InlineData("aac", "vn")]
    [InlineData("flac", "vn")]
    [InlineData("wv", "vn")]
    [InlineData("ogg", "vn c:a=libvorbis")]
    [InlineData("h264", $"an {X264}")]
    [InlineData("gif", "an")]
    [InlineData("jpg", "frames:v=1")]
    [InlineData("png", "frames:v=1")]
    public async Task Nor_is_it_when_the_encoder_counts_nothing(string extension, string options)
    {
        using var ffmpeg = new CuttingFfmpeg();
        await EncodeAsync(ffmpeg, extension, options);
        ffmpeg.KeepSilently(1);
        (await EncodeAsync(ffmpeg, extension, options)).Message.ShouldBeEmpty("the whole output");

        foreach (var part in (double[])[0.5, 0.1])
        {
            ffmpeg.KeepSilently(part);
            (await EncodeAsync(ffmpeg, extension, options)).Succeeded.ShouldBeFalse($"cut to {part:P0}");
        }
    }

    private static void CutOff(NommerResult result, string what)
    {
        result.Succeeded.ShouldBeFalse(what);
        result.Message.ShouldMatch("^The output (is cut off|cannot be read): ", what);
        result.IsTransient.ShouldBeTrue(what);
    }

    private static async Task<NommerResult> EncodeAsync(CuttingFfmpeg ffmpeg, string extension, string options)
    {
        using var run = new NommerRun { Settings = new() { FfmpegPath = ffmpeg.Program } };
        return options == "SUBTITLES"
            ? await run.EncodeAsync(Words(), extension)
            : await run.EncodeAsync(Clips.Plain, extension, options.Split(' '));
    }

    private static string Words() => Clips.Text(
        "three.srt",
        "1\n00:00:00,500 --> 00:00:01,000\nHello\n\n2\n00:00:02,000 --> 00:00:03,000\nWorld\n\n3\n00:00:03,000 --> 00:00:04,000\nFarewell\n");
}
