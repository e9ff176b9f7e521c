using System.Text;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>What the Python client library of 2011 sent, word for word, on sources that are hard on two passes.</summary>
public class JobsOf2011Tests
{
    private const string Nommer = "media_nommer.ec2nommerd.nommers.ffmpeg.FFmpegNommer";

    [Theory]
    [InlineData("web_medium", """["b","400k"],["vf","yadif,scale='640:trunc(ow/a/2)*2'"]""", """["ab","128k"],["ar","48000"],["ac","2"]""")]
    [InlineData("android_low", """["b","300k"],["r","30"],["vf","yadif,scale='640:trunc(ow/a/2)*2'"]""",
        """["ab","128k"],["ar","48000"],["async","480"],["ac","2"]""")]
    [InlineData("cb_low", """["b","230k"],["bufsize","230k"],["vf","yadif,scale='400:trunc(ow/a/2)*2'"],["keyint_min","60"],["g","120"]""",
        """["ab","96k"],["async","480"]""")]
    public async Task A_literal_job_still_runs(string name, string video, string audio)
    {
        var common = """["threads",0],["vcodec","libx264"],["preset","medium"],["vprofile","baseline"],["f","mp4"],""" + video;
        var body = $$"""
            {
              "source_path": "/source.mp4", "dest_path": "/{{name}}.mp4",
              "job_options": {"nommer": "{{Nommer}}", "options": [
                {"outfile_options": [{{common}},["pass","1"],["an",null]]},
                {"outfile_options": [{{common}},["pass","2"],["acodec","libfaac"],{{audio}}], "move_atom_to_front": true}
              ]}
            }
            """;
        var reader = new JobRequestReader(new PresetCatalog(new Dictionary<string, PresetOptions>()), SecretBox.Ephemeral(), ["file"], maxAttempts: 3);
        var options = reader.Read(Encoding.UTF8.GetBytes(body)).Spec.Options;
        using var run = new NommerRun();

        var result = await run.EncodeAsync(VariableFrameRate(), "mp4", options);

        result.Succeeded.ShouldBeTrue(result.Message + result.Log);
        result.Output!.Streams.ShouldBe(["video:h264", "audio:aac"]);
    }

    private static string VariableFrameRate() => Clips.Make(
        "vfr-2011.mp4",
        "-f lavfi -i testsrc2=s=320x180:r=30:d=3 -f lavfi -i sine=d=3 -vf select=not(mod(n\\,3))+gt(n\\,60) -fps_mode vfr "
        + "-c:v libx264 -preset ultrafast -c:a aac");
}
