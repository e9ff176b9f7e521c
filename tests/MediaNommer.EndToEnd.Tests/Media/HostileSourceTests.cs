using System.Net;
using System.Net.Sockets;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Sources that want ffmpeg to read something else: other files, or the network.</summary>
public class HostileSourceTests
{
    private const string NotAllowed =
        "The source is a playlist, a manifest or another kind of file that is not allowed as a source.";

    public static TheoryData<string, string> Playlists => new()
    {
        { "list.m3u8", $"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{Clips.Plain}\n#EXT-X-ENDLIST\n" },
        { "list-as.mp4", $"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n" },
        { "list.ffconcat", "ffconcat version 1.0\nfile 'whole.ts'\n" },
        { "list-concat.mp4", $"ffconcat version 1.0\nfile '{Clips.Plain}'\n" },
        { "list.mpd", $"<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT4S\" profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\"><Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"1\" bandwidth=\"1\"><BaseURL>file://{Clips.Plain}</BaseURL></Representation></AdaptationSet></Period></MPD>" },
        { "stream.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n" },
        { "text.txt", "root:x:0:0:root:/root:/bin/bash\n" },
    };

    [Theory]
    [MemberData(nameof(Playlists))]
    public async Task Playlists_manifests_and_texts_are_refused(string name, string text)
    {
        using var run = new NommerRun();

        var result = await run.EncodeAsync(Clips.Text(name, text), "mp4");

        result.Succeeded.ShouldBeFalse(result.Log);
        result.Message.ShouldBeOneOf(NotAllowed, "The source is not media, or its format is not supported: invalid data.");
        File.Exists(run.Output).ShouldBeFalse();
    }

    [Fact]
    public async Task A_format_named_by_an_option_is_no_way_around()
    {
        using var run = new NommerRun();
        var source = Clips.Text("again.txt", $"ffconcat version 1.0\nfile '{Clips.Plain}'\n");

        var result = await run.EncodeAsync(source, "mp4", "f=concat", "safe=0", "|");

        result.Message.ShouldBe(NotAllowed);
    }

    [Fact]
    public async Task Nothing_in_a_source_makes_ffmpeg_open_a_connection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var run = new NommerRun();
        var source = Clips.Text("net.m3u8", $"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n");

        var result = await run.EncodeAsync(source, "mp4");

        result.Succeeded.ShouldBeFalse();
        listener.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task A_drawing_does_not_get_the_pictures_that_it_links_to()
    {
        var linked = Clips.Make("red.png", "-f lavfi -i color=red:s=64x64:d=1 -frames:v 1");
        var source = Clips.Text("drawing.svg", $"""
            <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64">
            <rect width="64" height="64" fill="#00ff00"/><image xlink:href="file://{linked}" width="64" height="64"/></svg>
            """);
        using var run = new NommerRun();

        var result = await run.EncodeAsync(source, "rgb", "frames:v=1", "f=rawvideo", "pix_fmt=rgb24");

        // Refusing drawings altogether would be as good.
        if (result.Succeeded)
            File.ReadAllBytes(run.Output).Chunk(3).ShouldAllBe(pixel => pixel[0] < 16 && pixel[1] > 240);
    }

    [Fact]
    public async Task An_mp4_that_keeps_its_data_in_another_file_does_not_get_it()
    {
        using var run = new NommerRun();

        var result = await run.EncodeAsync(ExternalData(), "mp4", "preset=ultrafast");

        // Without the other file's data there is nothing to decode.
        result.Succeeded.ShouldBeFalse(result.Log);
    }

    [Theory]
    [InlineData(0, "The source is not media, or its format is not supported.")]
    [InlineData(3_000_000, "The source is not media, or its format is not supported.")]
    public async Task Nothing_and_zeros_are_no_media(int length, string message)
    {
        using var run = new NommerRun();
        var source = Clips.Text($"zeros{length}.mp4", new string('\0', length));

        (await run.EncodeAsync(source, "mp4")).Message.ShouldBe(message);
    }

    /// <summary>A clip whose index says: my data lies in that other file ('alis' or 'url ' without the self-contained flag).</summary>
    private static string ExternalData()
    {
        var bytes = File.ReadAllBytes(Clips.Plain);
        for (var at = 0; at + 8 < bytes.Length; at++)
        {
            // dref's entry "url " with flag 1 means "in this file"; without it, the data is elsewhere.
            if (bytes.AsSpan(at, 4).SequenceEqual("url "u8))
                bytes[at + 7] = 0;
            if (bytes.AsSpan(at, 4).SequenceEqual("mdat"u8))
                bytes.AsSpan(at + 4).Clear();
        }
        var path = Path.Combine(Path.GetDirectoryName(Clips.Plain)!, "external.mp4");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
