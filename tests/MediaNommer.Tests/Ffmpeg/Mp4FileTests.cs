using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public sealed class Mp4FileTests : IDisposable
{
    private static readonly byte[] Clip = MakeClip();
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void A_clip_is_described()
    {
        var file = Read(Clip)!;

        (file.IsWhole, file.IsFragmented, file.IsCertain, file.Seconds).ShouldBe((true, false, true, 1.0));
        file.Tracks.ShouldBe([new Mp4Track("video", "h264", 16, 16, 1, 14, 1.0)]);
    }

    [Fact]
    public void A_clip_that_was_cut_off_is_never_certain()
    {
        for (var length = 0; length < Clip.Length; length++)
            (Read(Clip[..length])?.IsCertain ?? false).ShouldBeFalse($"cut to {length} bytes");
    }

    [Fact]
    public void Data_beyond_the_end_of_the_file_is_noticed()
    {
        var bytes = Clip.ToArray();
        var offsets = bytes.AsSpan().IndexOf("stco"u8);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(offsets + 12), 1_000_000);

        Read(bytes)!.IsWhole.ShouldBeFalse();
    }

    [Fact]
    public void Fragments_and_unknown_codecs_are_left_to_ffprobe()
    {
        Read(Replace("mvhd", "mvex"))?.IsCertain.ShouldBeFalse();
        Read(Replace("avc1", "xyz1"))!.IsCertain.ShouldBeFalse();
    }

    [Fact]
    public void Random_damage_never_throws_and_never_takes_long()
    {
        var random = new Random(20260801);
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < 3000; round++)
        {
            var bytes = Clip.ToArray();
            for (var hits = random.Next(1, 12); hits > 0; hits--)
                bytes[random.Next(bytes.Length)] = random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => (byte)random.Next(256) };
            Should.NotThrow(() => Read(bytes));
        }
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Random_bytes_are_no_clip()
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var bytes = new byte[random.Next(2000)];
            random.NextBytes(bytes);
            (Read(bytes)?.IsCertain ?? false).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("52494646 08000000 57415645 64617461", 16L)]
    [InlineData("52494646 00000000 57415645 64617461", null)]
    [InlineData("52494646 FFFFFFFF 57415645 64617461", null)]
    [InlineData("52494646 00010000 57415645 64617461", 264L)]
    [InlineData("1A45DFA3 83 010203 18538067 84 00", 17L)]
    [InlineData("1A45DFA3 83 010203 18538067 FF 00", null)]
    [InlineData("1A45DFA3 83 010203 18538067 01FFFFFFFFFFFFFF", null)]
    [InlineData("1A45DFA3 00", null)]
    [InlineData("4F676753", null)]
    [InlineData("", null)]
    public void Formats_that_know_their_size_are_asked_for_it(string hex, long? claimed)
    {
        File.WriteAllBytes(path, Convert.FromHexString(hex.Replace(" ", "")));

        SourceContainer.Inspect(path).ClaimedSize.ShouldBe(claimed);
    }

    private Mp4File? Read(byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        return Mp4File.Read(path);
    }

    private static byte[] Replace(string type, string with)
    {
        var bytes = Clip.ToArray();
        Encoding.ASCII.GetBytes(with).CopyTo(bytes, bytes.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(type)));
        return bytes;
    }

    /// <summary>The clip that the do-nothing ffmpeg writes, which ffmpeg made.</summary>
    private static byte[] MakeClip()
    {
        var folder = Directory.CreateTempSubdirectory("nommer-mp4-").FullName;
        var program = Path.Combine(Path.GetDirectoryName(FakeFfmpeg.Program)!, "noop-ffmpeg");
        var start = new ProcessStartInfo(program, ["file:clip.mp4"])
        {
            WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true,
        };
        using (var process = Process.Start(start)!)
            process.WaitForExit();
        var bytes = File.ReadAllBytes(Path.Combine(folder, "clip.mp4"));
        Directory.Delete(folder, recursive: true);
        return bytes;
    }
}
