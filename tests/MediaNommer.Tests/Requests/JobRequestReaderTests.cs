using System.Text;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public partial class JobRequestReaderTests
{
    private const string Simple = """{"nommer":"ffmpeg","options":[{"outfile_options":[["c:v","libx264"]]}]}""";

    private static readonly SecretBox Secrets = SecretBox.Ephemeral();

    private static readonly JobRequestReader Reader = new(
        new PresetCatalog(new Dictionary<string, PresetOptions>()), Secrets, ["file", "http", "https", "ftp"],
        maxAttempts: 3, otherNommers: new OneNommer());

    [Fact]
    public void A_job_of_2011_is_understood_and_translated()
    {
        var job = Read(
            """
            {
              "source_path": "file:///videos/My%20holiday%20%C3%BC.mov",
              "dest_path": "/videos/out.mp4",
              "notify_url": "http://me:secret@example.org/hook?job=7",
              "job_options": {
                "nommer": "media_nommer.ec2nommerd.nommers.ffmpeg.FFmpegNommer",
                "options": [
                  {
                    "outfile_options": [
                      ["threads", 0], ["vcodec", "libx264"], ["preset", "medium"], ["vprofile", "baseline"], ["b", "400k"],
                      ["vf", "yadif,scale='640:trunc(ow/a/2)*2'"], ["pass", "1"], ["f", "mp4"], ["an", null]
                    ]
                  },
                  {
                    "infile_options": [["ss", 1.5]],
                    "outfile_options": [
                      ["threads", 0], ["vcodec", "libx264"], ["preset", "medium"], ["vprofile", "baseline"], ["b", "400k"],
                      ["vf", "yadif,scale='640:trunc(ow/a/2)*2'"], ["pass", "2"], ["acodec", "libfaac"], ["ab", "128k"],
                      ["ar", "48000"], ["async", "480"], ["ac", "2"], ["f", "mp4"]
                    ],
                    "move_atom_to_front": true
                  }
                ]
              }
            }
            """);

        job.Spec.Source.Display.ShouldBe("/videos/My holiday ü.mov");
        job.Spec.Dest.Display.ShouldBe("/videos/out.mp4");
        job.Spec.NotifyUrl!.DisplayOfHook.ShouldBe("http://***@example.org/***");
        job.Spec.NotifyUrl.Reveal(Secrets).ShouldBe("http://me:secret@example.org/hook?job=7");
        job.Spec.NotifyMethod.ShouldBe(NotifyMethod.Get);
        job.Spec.Priority.ShouldBe(JobPriority.Normal);
        job.Spec.MaxAttempts.ShouldBe(3);
        job.Spec.Options.Nommer.ShouldBe("ffmpeg");
        Show(job.Spec.Options.Passes[0].OutfileOptions).ShouldBe(
            "threads=0 vcodec=libx264 preset=medium profile:v=baseline b:v=400k vf=yadif,scale='640:trunc(ow/a/2)*2' pass=1 "
            + "f=mp4 an pix_fmt=yuv420p");
        Show(job.Spec.Options.Passes[1].InfileOptions).ShouldBe("ss=1.5");
        Show(job.Spec.Options.Passes[1].OutfileOptions).ShouldBe(
            "threads=0 vcodec=libx264 preset=medium profile:v=baseline b:v=400k vf=yadif,scale='640:trunc(ow/a/2)*2' pass=2 "
            + "c:a=aac b:a=128k ar=48000 af=aresample=async=480 ac=2 f=mp4 pix_fmt=yuv420p movflags=+faststart");
        job.Remarks.ShouldBe(
        [
            "Option vprofile=baseline of 2011 became profile:v=baseline.",
            "Option b=400k of 2011 became b:v=400k.",
            "Added pix_fmt=yuv420p, which profile:v=baseline needs.",
            "Option acodec=libfaac of 2011 became c:a=aac.",
            "Option ab=128k of 2011 became b:a=128k.",
            "Option async=480 of 2011 became af=aresample=async=480.",
            "move_atom_to_front became movflags=+faststart.",
        ]);
    }

    [Fact]
    public void Everything_of_today_is_understood()
    {
        var spec = Read(
            """
            {
              "source_path": "https://example.org/a.mov?X-Amz-Signature=abc", "dest_path": "ftp://u:p@host/b.webm",
              "preset": "webm_vp9_720p", "notify_url": "https://example.org/", "notify_method": "post", "priority": "high",
              "labels": {"team": "news", "year": 2026}, "allow_truncated": true, "max_attempts": 7
            }
            """).Spec;

        spec.Source.Display.ShouldBe("https://example.org/a.mov?X-Amz-Signature=***");
        spec.Dest.Reveal(Secrets).ShouldBe("ftp://u:p@host/b.webm");
        spec.Options.Preset.ShouldBe("webm_vp9_720p");
        spec.NotifyMethod.ShouldBe(NotifyMethod.Post);
        spec.Priority.ShouldBe(JobPriority.High);
        spec.Labels.ShouldBe(["team=news", "year=2026"]);
        spec.AllowTruncated.ShouldBeTrue();
        spec.MaxAttempts.ShouldBe(7);
    }

    [Theory]
    [InlineData("""[["an", true], ["vn", false], ["accurate_seek", false], ["row-mt", true], ["autorotate", false]]""",
        "an noaccurate_seek row-mt=1 noautorotate")]
    [InlineData("""{"c:v": "libx264", "crf": 20, "an": null, "b:a": 1.5e3}""", "c:v=libx264 crf=20 an b:a=1.5e3")]
    [InlineData("""[["metadata", "title=a b/c"], ["r", "30000/1001"]]""", "metadata=title=a b/c r=30000/1001")]
    public void Options_may_be_pairs_or_an_object(string options, string shown) =>
        Show(Read(Job($$"""{"nommer":"ffmpeg","options":[{"outfile_options":{{options}}}]}"""))
            .Spec.Options.Passes[0].OutfileOptions).ShouldBe(shown);

    [Theory]
    [InlineData("ffmpeg", "ffmpeg")]
    [InlineData("FFmpeg", "ffmpeg")]
    [InlineData("Site.FFmpegNommer", "waveform")]
    [InlineData("WaveNommer", "waveform")]
    [InlineData("my.own.path.FFmpegNommer", "ffmpeg")]
    [InlineData("Waveform", "waveform")]
    public void Nommers_go_by_short_name_or_the_originals_path(string name, string nommer) =>
        Read(Job($$"""{"nommer":"{{name}}","options":[{}]}""")).Spec.Options.Nommer.ShouldBe(nommer);

    [Fact]
    public void Options_of_users_own_nommers_are_passed_on_as_they_are()
    {
        var options = Read(Job("""
            {"nommer":"waveform","options":[{"outfile_options":[["i","/x"],["wide",true],["b","4"]],"move_atom_to_front":true}]}
            """)).Spec.Options;

        Show(options.Passes[0].OutfileOptions).ShouldBe("i=/x wide=true b=4");
        options.Passes[0].MoveAtomToFront.ShouldBeTrue();
    }

    [Fact]
    public void Two_passes_without_numbers_get_them()
    {
        var job = Read(Job("""{"nommer":"ffmpeg","options":[{"outfile_options":[["b:v","1M"]]},{"outfile_options":[["b:v","1M"]]}]}"""));

        job.Spec.Options.Passes.Select(pass => Show(pass.OutfileOptions)).ShouldBe(["b:v=1M pass=1", "b:v=1M pass=2"]);
        job.Remarks.ShouldBe(
            ["Added pass=1 to pass 1, which did not say it.", "Added pass=2 to pass 2, which did not say it."]);
    }

    private static JobSubmission Read(string body) => Reader.Read(Encoding.UTF8.GetBytes(body));

    private static JobRequestException Refusal(string body) => Should.Throw<JobRequestException>(() => Read(body));

    private static string Job(string options) =>
        $$"""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":{{options}}}""";

    private static string Show(IEnumerable<OptionPair> options) =>
        string.Join(' ', options.Select(option => option.Value is null ? option.Key : $"{option.Key}={option.Value}"));

    private sealed class OneNommer : INommerNames
    {
        public IReadOnlyCollection<string> All => ["waveform"];

        public string? OfClass(string className) => className is "Site.FFmpegNommer" or "WaveNommer" ? "waveform" : null;
    }
}
