using System.Text.Json;
using MediaNommer.Core.Jobs.Requests;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

/// <content>What is refused, and how it is named.</content>
public partial class JobRequestReaderTests
{
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
    [InlineData("""{"source_path":"/a.mov","dest_path":"/b.mp4","job_options":SIMPLE,"keep_metadata":1}""", "keep_metadata", "true or false")]
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
    [InlineData("b.webm", """{"preset":"web_720p"}""", "cannot hold what the encoder libx264 makes; the preset 'web_720p' makes .mp4 files")]
    [InlineData("b.flac", """{"preset":"audio_mp3"}""", "cannot hold what the encoder libmp3lame makes")]
    [InlineData("b.webm", """{"nommer":"ffmpeg","options":[{"outfile_options":[["vcodec","libx264"]]}]}""", "cannot hold what the encoder libx264 makes")]
    public void A_destination_that_cannot_hold_the_codecs_is_refused(string dest, string options, string message)
    {
        var error = Refusal($$"""{"source_path":"/a.mov","dest_path":"/{{dest}}","job_options":{{options}}}""");
        error.Code.ShouldBe(JobRequestErrors.BadAddress);
        error.Field.ShouldBe("dest_path");
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
}
