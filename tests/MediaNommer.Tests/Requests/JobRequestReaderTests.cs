using System.Text;
using System.Text.Json;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class JobRequestReaderTests
{
    private const string Simple = """{"nommer":"ffmpeg","options":[{"outfile_options":[["c:v","libx264"]]}]}""";

    private static readonly SecretBox Secrets = SecretBox.Ephemeral();

    private static readonly JobRequestReader Reader = new(
        new PresetCatalog(new Dictionary<string, PresetOptions>()), Secrets, ["file", "http", "https", "ftp"],
        maxAttempts: 3, otherNommers: () => ["waveform"]);

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
        job.Spec.NotifyUrl!.Display.ShouldBe("http://me:***@example.org/hook?job=7");
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

    [Theory]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"prioritty":"low"}""",
        "prioritty", "unknown key 'prioritty'. Did you mean 'priority'?")]
    [InlineData("""{"dest_path":"/b.mp4","job_options":SIMPLE}""", "source_path", "source_path is missing")]
    [InlineData("""{"source_path":null,"dest_path":"/b.mp4","job_options":SIMPLE}""", "source_path", "is missing")]
    [InlineData("""{"source_path":7,"dest_path":"/b.mp4","job_options":SIMPLE}""", "source_path", "must be a text, not a number")]
    [InlineData("""{"source_path":"/a.mov","dest_path":["/b"],"job_options":SIMPLE}""", "dest_path", "must be a text, not a list")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4"}""", "job_options", "job_options is missing")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":"x"}""", "job_options", "must be an object, not a text")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"preset":"web_720p"}""", "preset", "both given")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","preset":3}""", "preset", "must be a text")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":{"preset":"web_720p","options":[]}}""",
        "job_options.preset", "both preset and options")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"notify_method":"PUT"}""", "notify_method", "GET and POST")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"notify_url":1}""", "notify_url", "must be a text")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"priority":"urgent"}""", "priority", "high, normal, low")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"priority":1}""", "priority", "must be a text")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"labels":"x"}""", "labels", "must be a list")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"labels":["a",1]}""", "labels[1]", "must be a text")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"labels":[" "]}""", "labels[0]", "1 to 200")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"labels":{"a":[]}}""", "labels.a", "must be a text")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"allow_truncated":"yes"}""", "allow_truncated", "true or false")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"max_attempts":0}""", "max_attempts", "from 1 to 100")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"max_attempts":1.5}""", "max_attempts", "whole numbers")]
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"max_attempts":"3"}""", "max_attempts", "must be a number")]
    [InlineData("""{"source_path":"\ud800","dest_path":"/b.mp4","job_options":SIMPLE}""", "source_path", "no valid Unicode")]
    [InlineData("""{"\ud800":1}""", "", "no valid Unicode")]
    [InlineData("""{"source_path":"/a","source_path":"/b"}""", "", "not JSON")]
    [InlineData("[]", "", "The request must be an object, not a list")]
    [InlineData("null", "", "The request must be an object, not null")]
    [InlineData("", "", "not JSON")]
    [InlineData("{\"source_path\":\n x}", "", "(line 2, byte 2)")]
    [InlineData("source_path=/a&dest_path=/b", "", "not JSON")]
    public void A_key_that_is_missing_wrong_or_unknown_is_named(string body, string field, string message)
    {
        var error = Refusal(body.Replace("SIMPLE", Simple));
        error.Code.ShouldBe(JobRequestErrors.BadInput);
        error.Field.ShouldBe(field);
        error.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("""{"options":[{}]}""", "job_options.nommer", "is missing")]
    [InlineData("""{"nommer":["ffmpeg"],"options":[{}]}""", "job_options.nommer", "must be a text")]
    [InlineData("""{"nommer":"ffmpeg"}""", "job_options.options", "is missing")]
    [InlineData("""{"nommer":"ffmpeg","options":{}}""", "job_options.options", "must be a list of passes")]
    [InlineData("""{"nommer":"ffmpeg","options":[]}""", "job_options.options", "holds 0 passes")]
    [InlineData("""{"nommer":"ffmpeg","options":[{},{},{}]}""", "job_options.options", "holds 3 passes; one or two")]
    [InlineData("""{"nommer":"ffmpeg","options":[[]]}""", "job_options.options[0]", "must be an object")]
    [InlineData("""{"nommer":"ffmpeg","option":[{}]}""", "job_options.option", "Did you mean 'options'?")]
    [InlineData("""{"nommer":"ffmpeg","options":[{"outfile":[]}]}""", "job_options.options[0].outfile", "Known: infile_options")]
    [InlineData("""{"nommer":"ffmpeg","options":[{"infile_options":"x"}]}""", "job_options.options[0].infile_options", "must be a list")]
    [InlineData("""{"nommer":"ffmpeg","options":[{},{"outfile_options":[["a","b"],"c"]}]}""",
        "job_options.options[1].outfile_options[1]", "must be a list of a name and a value")]
    [InlineData("""{"nommer":"ffmpeg","options":[{"outfile_options":[["an"]]}]}""",
        "job_options.options[0].outfile_options[0]", "holds 1 entries")]
    [InlineData("""{"nommer":"ffmpeg","options":[{"outfile_options":[[1,"x"]]}]}""",
        "job_options.options[0].outfile_options[0][0]", "must be a text")]
    [InlineData("""{"nommer":"ffmpeg","options":[{"outfile_options":[["c:v",["x"]]]}]}""",
        "job_options.options[0].outfile_options[0]", "not a list")]
    [InlineData("""{"nommer":"ffmpeg","options":[{"move_atom_to_front":1}]}""",
        "job_options.options[0].move_atom_to_front", "true or false")]
    public void Wrong_job_options_are_named_by_their_path(string options, string field, string message)
    {
        var error = Refusal(Job(options));
        error.Code.ShouldBe(JobRequestErrors.BadInput);
        error.Field.ShouldBe(field);
        error.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("a.mov", "must be absolute")]
    [InlineData("./a.mov", "must be absolute")]
    [InlineData(" http://me:secret@h/a", "must be absolute")]
    [InlineData("http:/me:secret@h/a", "must be absolute")]
    [InlineData("file://a.mov", "must be absolute")]
    [InlineData("file:a.mov", "must be absolute")]
    [InlineData("", "is empty")]
    [InlineData("  ", "is empty")]
    [InlineData("/a\\nb", "control character")]
    [InlineData("/a\\u0000b", "control character")]
    [InlineData("file:///a%00b", "control character")]
    [InlineData("file:///a%0Ab", "control character")]
    [InlineData("http://", "no valid http address")]
    [InlineData("http://me:se/cret@h/a", "no valid http address")]
    [InlineData("http://\u202e.com/a.mov", "check the name of the server")]
    [InlineData("ftp://\u202e/a.mov", "check the name of the server")]
    [InlineData("/videos/", "is a folder")]
    [InlineData("https://example.org", "is a folder")]
    [InlineData("/out.mp4", "same as source_path")]
    [InlineData("file:///x/../out.mp4", "same as source_path")]
    public void A_source_that_is_no_usable_address_is_refused(string source, string message)
    {
        var error = Refusal($$"""{"source_path":"{{source}}","dest_path":"/out.mp4","job_options":{{Simple}}}""");
        error.Code.ShouldBe(JobRequestErrors.BadAddress);
        error.Message.ShouldContain(message);
        error.Message.ShouldNotContain("se/cret");
        error.Message.ShouldNotContain("secret@");
    }

    [Theory]
    [InlineData("/videos/", "is a folder")]
    [InlineData("/videos/..", "is a folder")]
    [InlineData("file:///videos%2F", "is a folder")]
    [InlineData("https://h/x/?name=a.mp4", "is a folder")]
    [InlineData("/videos/out", "has no file ending")]
    [InlineData("/videos.d/out", "has no file ending")]
    [InlineData("/videos/out.m3u8", "'.m3u8', which names no format")]
    [InlineData("/videos/out.mpd", "'.mpd', which names no format")]
    [InlineData("/videos/out.txt", "'.txt', which names no format")]
    [InlineData("https://h/out.php?x=.mp4", "'.php'")]
    public void A_destination_that_ffmpeg_could_not_write_is_refused(string dest, string message)
    {
        var error = Refusal($$"""{"source_path":"/a.mov","dest_path":"{{dest}}","job_options":{{Simple}}}""");
        error.Code.ShouldBe(JobRequestErrors.BadAddress);
        error.Field.ShouldBe("dest_path");
        error.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("/out.xyz")]
    [InlineData("/out.mkv")]
    [InlineData("/out.mp3")]
    public void A_preset_writes_no_file_that_is_not_what_its_ending_says(string dest)
    {
        var error = Refusal($$"""{"source_path":"/a.mov","dest_path":"{{dest}}","preset":"web_medium"}""");
        error.Code.ShouldBe(JobRequestErrors.BadAddress);
        error.Field.ShouldBe("dest_path");
        error.Message.ShouldContain("the preset 'web_medium' makes .mp4 files; end it in .mp4");
    }

    [Theory]
    [InlineData("/out.mp4", "web_medium")]
    [InlineData("/out.MP4", "web_medium")]
    [InlineData("/out.mov", "web_medium")]
    [InlineData("/out.m4v", "web_medium")]
    [InlineData("https://h/upload", "web_medium")]
    [InlineData("/out.mkv", "web_720p")]
    [InlineData("/out.opus", "audio_opus")]
    public void A_preset_takes_endings_that_its_format_goes_by(string dest, string preset) =>
        Should.NotThrow(() => Read($$"""{"source_path":"/a.mov","dest_path":"{{dest}}","preset":"{{preset}}"}"""));

    [Theory]
    [InlineData("/videos/out.bin", """["f","mp4"]""")]
    [InlineData("/videos/100%.MP4", """["an",null]""")]
    [InlineData("/a.mov.mp4", """["an",null]""")]
    [InlineData("https://h/a%2Emp4?sig=1", """["an",null]""")]
    [InlineData("/ü ñ 日本 '\\\".mp4", """["an",null]""")]
    public void A_destination_may_be_called_anything_that_names_a_format(string dest, string option) =>
        Should.NotThrow(() => Read(
            $$$"""{"source_path":"/a.mov","dest_path":"{{{dest}}}","job_options":{"nommer":"ffmpeg","options":[{"outfile_options":[{{{option}}}]}]}}"""));

    [Theory]
    [InlineData("""{"source_path":"gopher://h/a","dest_path":"/b.mp4","job_options":SIMPLE}""",
        "UNKNOWN_SCHEME", "source_path", "'gopher://', which nothing here can use; known: file, ftp, http, https.")]
    [InlineData("""{"source_path":"/a","dest_path":"s3://k:s@bucket/b.mp4","job_options":SIMPLE}""", "UNKNOWN_SCHEME", "dest_path", "'s3://'")]
    [InlineData("""{"source_path":"/a","dest_path":"/b.mp4","job_options":SIMPLE,"notify_url":"ftp://h/"}""", "UNKNOWN_SCHEME", "notify_url", "known: http, https")]
    [InlineData("""{"source_path":"/a","dest_path":"/b.mp4","job_options":SIMPLE,"notify_url":"foo"}""",
        "UNKNOWN_SCHEME", "notify_url", "is a path, which nothing here can use; known: http, https")]
    [InlineData("""{"source_path":"/a","dest_path":"/b.mp4","preset":"web_1080"}""",
        "UNKNOWN_PRESET", "preset", "There is no preset 'web_1080'. Did you mean 'web_1080p'? Known: android_low,")]
    [InlineData("""{"source_path":"/a","dest_path":"/b.mp4","job_options":{"preset":"x"}}""", "UNKNOWN_PRESET", "job_options.preset", "'x'")]
    [InlineData("""{"source_path":"/a","dest_path":"/b.mp4","job_options":{"nommer":"mencoder","options":[{}]}}""",
        "UNKNOWN_NOMMER", "job_options.nommer", "There is no nommer 'mencoder'.")]
    [InlineData("""{"source_path":"/a","dest_path":"/b.mp4","job_options":{"nommer":"wavform"}}""",
        "UNKNOWN_NOMMER", "job_options.nommer", "Did you mean 'waveform'? Known: ffmpeg, waveform.")]
    [InlineData("""{"source_path":"/a","dest_path":"/b.mp4","job_options":{"nommer":"ffmpeg","options":[{"outfile_options":[["vf","movie=x"]]}]}}""",
        "FORBIDDEN_OPTION", "job_options.options[0].outfile_options[0]", "movie")]
    [InlineData("""{"source_path":"/a","dest_path":"/b.mp4","job_options":{"nommer":"ffmpeg","options":[{"outfile_options":[["sameq",null],["-i","x"]]}]}}""",
        "BAD_OPTION", "job_options.options[0].outfile_options[1]", "write it without the dash, as 'i'")]
    [InlineData("""{"source_path":"/a","dest_path":"/b","job_options":{"nommer":"ffmpeg","options":[{"outfile_options":[["f","null"]]}]}}""",
        "BAD_OPTION", "job_options.options[0].outfile_options", "writes nothing")]
    public void What_is_not_known_or_allowed_has_its_own_code(string body, string code, string field, string message)
    {
        var error = Refusal(body.Replace("SIMPLE", Simple));
        error.Code.ShouldBe(code);
        error.Field.ShouldBe(field);
        error.Message.ShouldContain(message);
    }

    [Fact]
    public void A_list_of_5000_options_is_refused_with_its_length()
    {
        var options = string.Join(",", Enumerable.Repeat("""["c:v","copy"]""", 5000));
        Refusal(Job($$"""{"nommer":"ffmpeg","options":[{"outfile_options":[{{options}}]}]}"""))
            .Message.ShouldContain("outfile_options holds 5000 entries; at most 500 are possible");
    }

    [Fact]
    public void A_key_that_is_there_twice_is_refused_also_in_a_body_that_was_parsed_elsewhere()
    {
        using var body = JsonDocument.Parse("""{"preset":"web_720p","preset":"audio_mp3"}""");
        Should.Throw<JobRequestException>(() => Reader.Read(body.RootElement)).Message.ShouldContain("'preset' more than once");
    }

    [Fact]
    public void Errors_stay_short_whatever_was_sent() =>
        Refusal($$"""{"{{new string('k', 100_000)}}":1}""").Message.Length.ShouldBeLessThan(600);

    private static JobSubmission Read(string body) => Reader.Read(Encoding.UTF8.GetBytes(body));

    private static JobRequestException Refusal(string body) => Should.Throw<JobRequestException>(() => Read(body));

    private static string Job(string options) =>
        $$"""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":{{options}}}""";

    private static string Show(IEnumerable<OptionPair> options) =>
        string.Join(' ', options.Select(option => option.Value is null ? option.Key : $"{option.Key}={option.Value}"));
}
