using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class OptionGuardTests
{
    [Theory]
    [InlineData("vf", "scale=iw/2:ih/2")]
    [InlineData("vf", "yadif,scale='640:trunc(ow/a/2)*2'")]
    [InlineData("vf", "setdar=16/9,setsar=1/1")]
    [InlineData("vf", "scale=w='min(1920,iw)':h='min(1080,ih)':force_original_aspect_ratio=decrease")]
    [InlineData("vf", "fps=10,split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=3")]
    [InlineData("vf", "drawtext=text='1 of 2\\: a movie, with love':x=10")]
    [InlineData("vf", "crop=in_w/2:in_h/2:0:0,\n  hflip")]
    [InlineData("vf", "subtitles=source.mkv")]
    [InlineData("vf", "deshake=x=10,curves=preset=vintage,metadata=delete:key=a")]
    [InlineData("filter_complex", "[0:v][1:v]overlay=W/2:H/2[out];[0:a]volume=0.5[a]")]
    [InlineData("filter:v:0", "sws_flags=lanczos;scale=2:2")]
    [InlineData("af", "aresample=async=480,pan=stereo|c0=FL|c1=FR")]
    [InlineData("r", "30000/1001")]
    [InlineData("aspect", "16/9")]
    [InlineData("map", "0:a:0?")]
    [InlineData("map", "-0:d")]
    [InlineData("map_metadata", "0:s:0")]
    [InlineData("force_key_frames", "expr:gte(t,n_forced*2)")]
    [InlineData("x264-params", "keyint=60:min-keyint=60:profile=high:log-level=error")]
    [InlineData("x265-params", "pass=1:vbv-maxrate=2000:no-info=1")]
    [InlineData("svtav1-params", "tune=0:film-grain=8")]
    [InlineData("metadata", "comment=https://example.org/a /b, file:///c")]
    [InlineData("metadata:s:a:0", "title=First\nand second line")]
    [InlineData("f", "mp4")]
    [InlineData("f", "image2")]
    [InlineData("hwaccel", "cuda")]
    [InlineData("disposition:a:0", "default")]
    [InlineData("threads", "0")]
    [InlineData("threads:v", "256")]
    [InlineData("threads", "auto")]
    [InlineData("an", null)]
    [InlineData("copyinkf:v", null)]
    [InlineData("noautorotate", null)]
    [InlineData("noaccurate_seek", null)]
    public void What_stays_inside_the_work_folder_passes(string key, string? value) =>
        Should.NotThrow(() => OptionGuard.Check(Out((key, value))));

    [Theory]
    [InlineData("threads", "100000")]
    [InlineData("threads:v:0", "1e5")]
    [InlineData("threads", "100k")]
    [InlineData("threads", "0xFFFF")]
    [InlineData("filter_threads", "257")]
    [InlineData("filter_complex_threads", "9999")]
    public void More_threads_than_a_machine_has_to_give_are_refused(string key, string value)
    {
        var error = Should.Throw<JobRequestException>(() => OptionGuard.Check(Out((key, value))));
        error.Code.ShouldBe(JobRequestErrors.BadOption);
        error.Message.ShouldContain($"is '{value}'; a number up to 256 is possible");
    }

    [Theory]
    // Names.
    [InlineData("i", "/etc/passwd")]
    [InlineData("i:x", "other.mp4")]
    [InlineData("y", null)]
    [InlineData("noy", null)]
    [InlineData("filter_script", "f.txt")]
    [InlineData("filter_script:v:0", "f.txt")]
    [InlineData("filter_complex_script", "f.txt")]
    [InlineData("attach", "font.ttf")]
    [InlineData("dump_attachment:t:0", "out")]
    [InlineData("progress", "p.txt")]
    [InlineData("report", null)]
    [InlineData("vstats", null)]
    [InlineData("vstats_file", "v.log")]
    [InlineData("passlogfile", "x")]
    [InlineData("passlogfile:v:0", "x")]
    [InlineData("protocol_whitelist", "file,http")]
    [InlineData("format_whitelist", "concat")]
    [InlineData("loglevel", "quiet")]
    [InlineData("stdin", null)]
    [InlineData("nostdin", null)]
    [InlineData("sdp_file", "s.sdp")]
    [InlineData("stats", null)]
    [InlineData("stats:v", "x264.log")]
    [InlineData("astats", "x")]
    [InlineData("stats_enc_pre", "x")]
    [InlineData("enc_stats_post:v:0", "x")]
    [InlineData("print_graphs_file", "x")]
    [InlineData("fpre", "x.ffpreset")]
    [InlineData("vpre", "hq")]
    [InlineData("dec", "0:0")]
    [InlineData("version", null)]
    [InlineData("dump", null)]
    [InlineData("enable_drefs", "1")]
    [InlineData("graph_file", "g.txt")]
    [InlineData("sub_name", "s.sub")]
    // Formats.
    [InlineData("f", "tee")]
    [InlineData("f", "segment")]
    [InlineData("f", "hls")]
    [InlineData("f", "dash")]
    [InlineData("f", "rtp_mpegts")]
    [InlineData("f", "fifo")]
    [InlineData("f", "stream_segment,ssegment")]
    [InlineData("f", "sdl")]
    [InlineData("f", "MP4")]
    // Paths and addresses in values.
    [InlineData("c:v", "/etc/passwd")]
    [InlineData("vf", "subtitles=/etc/passwd")]
    [InlineData("vf", "subtitles=filename= /etc/passwd")]
    [InlineData("vf", "subtitles=filename=\\/etc/passwd")]
    [InlineData("vf", "subtitles=filename='/etc/passwd'")]
    [InlineData("vf", "subtitles='filename=''/etc/passwd'")]
    [InlineData("vf", "drawtext=/text=/etc/passwd")]
    [InlineData("vf", "lut3d=../secret.cube")]
    [InlineData("vf", "lut3d=a/../../secret.cube")]
    [InlineData("vf", "lut3d=file=.\\./secret.cube")]
    [InlineData("vf", "lut3d=..")]
    [InlineData("vf", "subtitles=file:x.srt")]
    [InlineData("vf", "subtitles=concat:a|b")]
    [InlineData("vf", "subtitles=c'on'cat\\:a|b")]
    [InlineData("vf", "subtitles=subfile,,start,0,end,9,,:x")]
    [InlineData("vf", "subtitles=crypto+file:x")]
    [InlineData("vf", "subtitles=http://example.org/x.srt")]
    [InlineData("vf", "subtitles=data:text/plain,x")]
    [InlineData("hwaccel_device", "/dev/dri/renderD128")]
    [InlineData("init_hw_device", "vaapi=v:/dev/dri/renderD128")]
    [InlineData("x264-params", "stats=x.log")]
    [InlineData("x264opts", "keyint=60:dump-yuv=out.yuv")]
    [InlineData("x264opts", "keyint=60:dump_yuv=out.yuv")]
    [InlineData("x264-params", "st\\ats=x.log")]
    [InlineData("x265-params", "csv=x.csv")]
    [InlineData("x265-params:v:0", "analysis-save=x")]
    [InlineData("x265-params", "dhdr10-info=x")]
    [InlineData("aom-params", "second-pass-log=x")]
    [InlineData("vvenc-params", "StatsFile=x")]
    [InlineData("vx264-params", "qpfile=x")]
    [InlineData("svtav1-params", "stat-file=x")]
    // Filters by any spelling.
    [InlineData("vf", "movie=x.mp4[a];[in][a]overlay")]
    [InlineData("vf", "movie")]
    [InlineData("vf", "null,movie=x")]
    [InlineData("vf", "[in]null[x];[x] \n movie = x.mp4")]
    [InlineData("vf", "mo\\vie=x")]
    [InlineData("vf", "'movie'=x")]
    [InlineData("vf", "m'ov'ie=x")]
    [InlineData("vf", "movie@a=x")]
    [InlineData("vf", "movie @a=x")]
    [InlineData("vf", "sws_flags=lanczos;movie=x")]
    [InlineData("vf", "drawtext=text=a\\\\,movie=x")]
    [InlineData("filter:v", "movie=x")]
    [InlineData("filter_complex", "amovie=x")]
    [InlineData("lavfi", "amovie=x")]
    [InlineData("af", "ladspa=file=x")]
    [InlineData("af", "lv2=p=x")]
    [InlineData("af", "azmq")]
    [InlineData("vf", "zmq")]
    [InlineData("vf", "frei0r=x")]
    [InlineData("vf", "dnn_processing=model=x")]
    [InlineData("vf", "sr=model=x")]
    [InlineData("vf", "derain")]
    [InlineData("vf", "program_opencl=source=x")]
    [InlineData("vf", "openclsrc=source=x")]
    [InlineData("vf", "sendcmd=c='0 curves plot x'")]
    // Filters that could write a file.
    [InlineData("vf", "metadata=print:file=x")]
    [InlineData("vf", "metadata=mode=print:key=a:value=b:function=0:expr=1:source.mp4")]
    [InlineData("af", "ametadata=mode=print:key=a:value=b:function=0:expr=1:source.mp4")]
    [InlineData("vf", "metadata=mode=print:source.mp4")]
    [InlineData("vf", "deshake=x=-1:y=-1:w=-1:h=-1:rx=16:ry=16:edge=0:blocksize=8:contrast=125:search=0:source.mp4")]
    [InlineData("filter_complex", "[0:v]split[a][b];[b]palettegen[p];[a][p]paletteuse=dither=none:bayer_scale=2:diff_mode=0:new=0:alpha_threshold=128:use_alpha=0:source.mp4")]
    [InlineData("vf", "curves=preset=vintage:x")]
    [InlineData("vf", "vidstabdetect=shakiness=5:x")]
    [InlineData("vf", "metadata=print:k:v:same_str:e:x")]
    [InlineData("vf", "metadata=mode=print:fi\\le=x")]
    [InlineData("af", "ametadata=print:'file=x'")]
    [InlineData("vf", "curves=plot=x")]
    [InlineData("vf", "psnr=x")]
    [InlineData("vf", "ssim=f=x")]
    [InlineData("vf", "vidstabdetect=x")]
    [InlineData("vf", "vidstabdetect=result=x")]
    [InlineData("vf", "deshake=1:2:3:4:5:6:7:8:9:10:x")]
    [InlineData("vf", "paletteuse=debug_kdtree=x")]
    [InlineData("vf", "signature=filename=x")]
    // No graph at all.
    [InlineData("vf", "[in")]
    [InlineData("vf", "scale=2:2]")]
    public void What_would_reach_further_is_forbidden(string key, string? value) =>
        Refusal(Out((key, value))).Code.ShouldBe(JobRequestErrors.ForbiddenOption);

    [Theory]
    [InlineData("an", "/etc/evil.mp4", "takes no value")]
    [InlineData("shortest", "1", "takes no value")]
    [InlineData("noautorotate", "0", "takes no value")]
    [InlineData("c:v", null, "needs a value")]
    [InlineData("faststart", null, "needs a value")]
    [InlineData("autorotate", null, "noautorotate")]
    [InlineData("autorotate:v", "0", "noautorotate:v")]
    [InlineData("an:0", null, "write 'an'")]
    [InlineData("-an", null, "write it without the dash, as 'an'")]
    [InlineData("--x", "1", "without the dash")]
    [InlineData("-/filter", "x", "without the dash")]
    [InlineData("/filter", "x", "no name of an option")]
    [InlineData("c v", "x", "no name of an option")]
    [InlineData("c\n-i", "x", "no name of an option")]
    [InlineData("c:v\n", "x", "no name of an option")]
    [InlineData("", "x", "0 characters")]
    [InlineData("c:v", "lib\0x264", "control character")]
    [InlineData("c:v", "a\nb", "line break")]
    [InlineData("pass", "1", "second pass")]
    public void What_is_malformed_is_refused_with_a_remedy(string key, string? value, string remedy)
    {
        var refusal = Refusal(Out((key, value)));
        refusal.Code.ShouldBe(JobRequestErrors.BadOption);
        refusal.Message.ShouldContain(remedy);
    }

    [Theory]
    [InlineData("lavfi")]
    [InlineData("concat")]
    [InlineData("hls")]
    [InlineData("dash")]
    [InlineData("x11grab")]
    [InlineData("alsa")]
    [InlineData("video4linux2,v4l2")]
    [InlineData("sdp")]
    [InlineData("tty")]
    public void A_source_is_not_read_as_a_device_script_or_playlist(string format) =>
        Refusal(new EncodeOptions { Passes = [new EncodePass { InfileOptions = [new("f", format)] }] })
            .Message.ShouldContain($"input format '{format}'");

    [Theory]
    [InlineData("f", "rawvideo", "vf", "subtitles=source.m3u8")]
    [InlineData("f", "s16le", "filter_complex", "[0:v]sub\\titles@x=source.m3u8[v]")]
    [InlineData("f:v", "rawvideo", "filter:v", "null,subtitles=source.m3u8")]
    [InlineData("formatprobesize", "32", "lavfi", "subtitles=source.m3u8")]
    public void A_source_that_is_forced_into_a_format_cannot_be_opened_again_as_what_it_is(
        string key, string value, string filterKey, string graph)
    {
        EncodePass reading = new() { InfileOptions = [new(key, value)] };
        EncodePass filtering = new() { OutfileOptions = [new(filterKey, graph)] };

        Should.NotThrow(() => OptionGuard.Check(new EncodeOptions { Passes = [reading] }));
        var refusal = Refusal(new EncodeOptions { Passes = [filtering, reading] });

        refusal.Code.ShouldBe(JobRequestErrors.ForbiddenOption);
        refusal.Field.ShouldBe("job_options.options[1].infile_options[0]");
        refusal.Message.ShouldContain("'subtitles'");
    }

    [Fact]
    public void A_refusal_says_where_and_why()
    {
        var options = new EncodeOptions
        {
            Passes = [new(), new() { OutfileOptions = [new("an", null), new("vf", "scale=2:2,movie=x")] }],
        };

        var refusal = Refusal(options);

        refusal.Field.ShouldBe("job_options.options[1].outfile_options[1]");
        refusal.Message.ShouldBe(
            "Pass 2: the option 'vf' uses the filter 'movie', which reads another file; filters may only work on the job's own streams.");
    }

    [Fact]
    public void A_key_longer_than_100_characters_is_refused_without_repeating_it() =>
        Refusal(Out((new string('k', 5000), "1"))).Message.Length.ShouldBeLessThan(200);

    [Fact]
    public void A_value_longer_than_10000_characters_is_refused() =>
        Refusal(Out(("c:v", new string('v', 10_001)))).Message.ShouldContain("10001 characters");

    [Fact]
    public void More_than_500_options_are_refused()
    {
        var many = Enumerable.Repeat(new OptionPair("c:v", "copy"), 5000).ToList();
        Refusal(new EncodeOptions { Passes = [new EncodePass { OutfileOptions = many }] })
            .Message.ShouldBe("job_options.options[0].outfile_options holds 5000 options; at most 500 are possible.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void One_or_two_passes_are_possible(int count) =>
        Refusal(new EncodeOptions { Passes = [.. Enumerable.Repeat(new EncodePass(), count)] })
            .Message.ShouldContain($"holds {count} passes");

    [Theory]
    [InlineData("1", "1", false)]
    [InlineData("2", "1", false)]
    [InlineData("1", "2", true)]
    [InlineData("1", "3", true)]
    [InlineData(null, "2", true)]
    public void Two_passes_are_numbered_in_order(string? first, string? second, bool isAllowed)
    {
        var options = new EncodeOptions { Passes = [Numbered(first), Numbered(second)] };
        if (isAllowed)
            Should.NotThrow(() => OptionGuard.Check(options));
        else
            Refusal(options).Message.ShouldContain("must be");
    }

    private static EncodePass Numbered(string? pass) =>
        new() { OutfileOptions = pass is null ? [] : [new OptionPair("pass:v", pass)] };

    private static EncodeOptions Out(params (string Key, string? Value)[] options) =>
        new() { Passes = [new EncodePass { OutfileOptions = [.. options.Select(o => new OptionPair(o.Key, o.Value))] }] };

    private static JobRequestException Refusal(EncodeOptions options) =>
        Should.Throw<JobRequestException>(() => OptionGuard.Check(options));
}
