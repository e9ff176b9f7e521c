using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

/// <summary>What ffmpeg 5.1 really printed (addresses shortened), and some of how 4 and 7 word it.</summary>
public class FfmpegErrorsTests
{
    private const string Opening = "[error] Error initializing output stream 0:0 -- Error while opening encoder for output stream #0:0 - maybe incorrect parameters such as bit_rate, rate, width or height\n[aac @ 0x55] [info] Qavg: 102.568\n[info] Conversion failed!\n";

    private const string Filtering = "[error] Error reinitializing filters!\n[error] Failed to inject frame into filter network: Invalid argument\n[fatal] Error while processing the decoded data for stream #0:0\n[info] Conversion failed!\n";

    public static TheoryData<string, string> Samples => new()
    {
        // The source.
        {
            "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x56] [warning] Format mov,mp4,m4a,3gp,3g2,mj2 detected only with low score of 1, misdetection possible!\n[mov,mp4,m4a,3gp,3g2,mj2 @ 0x56] [error] moov atom not found\n[error] the source: Invalid data found when processing input\n",
            "The source is not media, or its format is not supported."
        },
        {
            "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55] [error] moov atom not found\n[error] the source: Invalid data found when processing input\n",
            "The source is cut off: its index (the moov atom) is missing."
        },
        {
            "[error] the source: Invalid data found when processing input\n",
            "The source is not media, or its format is not supported: invalid data."
        },
        {
            "[in#0 @ 0x60] [error] Error opening input: Invalid data found when processing input\n[error] Error opening input file the source.\n[fatal] Error opening input files: Invalid data found when processing input\n",
            "The source is not media, or its format is not supported: invalid data."
        },
        {
            "[hls @ 0x55] [error] Format not on whitelist 'mov,mp4'\n[error] the source: Invalid argument\n",
            "The source is a playlist, a manifest or another kind of file that is not allowed as a source."
        },
        {
            "[rtp @ 0x55] [error] Protocol 'rtp' not on whitelist 'file'!\n[error] the source: Invalid data found when processing input\n",
            "The source refers to something elsewhere (rtp), which is not allowed."
        },
        { "[error] the source: No such file or directory\n", "The source is gone from the work folder." },

        // Streams.
        {
            "[fatal] Stream map '0:v' matches no streams.\nTo ignore this, add a trailing '?' to the map.\n",
            "The source has no video stream, but option map asks for one ('0:v')."
        },
        { "[fatal] Stream map '0:V:0' matches no streams.\n", "The source has no video stream, but option map asks for one ('0:V:0')." },
        {
            "[fatal] Stream map '0:a:0' matches no streams.\nTo ignore this, add a trailing '?' to the map.\n",
            "The source has no audio stream, but option map asks for one ('0:a:0')."
        },
        {
            "[fatal] Stream map '0:s' matches no streams.\n",
            "The source has no subtitle stream, but option map asks for one ('0:s')."
        },
        { "[fatal] Invalid input file index: 5.\n", "Option map names input 5, but there is only one, number 0." },
        {
            "[info] Output #0, mp4, to 'the output':\n[error] Output file #0 does not contain any stream\n",
            "Nothing is left to encode: the source has no stream of a kind that the output holds and the options leave in."
        },
        {
            "[out#0/mp4 @ 0x60] [error] Output file does not contain any stream\n[fatal] Error opening output file the output.\n[fatal] Error opening output files: Invalid argument\n",
            "Nothing is left to encode: the source has no stream of a kind that the output holds and the options leave in."
        },

        // Options.
        { "[fatal] Unknown encoder 'libfoo'\n", "Unknown encoder 'libfoo': this ffmpeg does not have it." },
        {
            "[vost#0:0 @ 0x60] [fatal] Unknown encoder 'libfoo'\n[vost#0:0 @ 0x60] [fatal] Error selecting an encoder\n[fatal] Error opening output file the output.\n",
            "Unknown encoder 'libfoo': this ffmpeg does not have it."
        },
        { "[fatal] Unknown decoder 'libfoo'\n", "Unknown decoder 'libfoo': this ffmpeg does not have it." },
        {
            "[opus @ 0x55] [error] The encoder 'opus' is experimental but experimental codecs are not enabled, add '-strict -2' if you want to use it.\n[opus @ 0x55] [error] Alternatively use the non experimental encoder 'libopus'.\n[info] Conversion failed!\n",
            "Encoder 'opus' is experimental; add option strict with value -2, or choose another."
        },
        { "[error] Unrecognized option 'foo:v'.\n[fatal] Error splitting the argument list: Option not found\n", "Option 'foo:v' is unknown to this ffmpeg." },
        { "[error] Missing argument for option 'c:v'.\n[fatal] Error splitting the argument list: Invalid argument\n", "Option 'c:v' needs a value." },
        {
            "[NULL @ 0x55] [error] Requested output format 'foo' is not a suitable output format\n[error] the output: Invalid argument\n",
            "Option f: this ffmpeg does not know the format 'foo'."
        },
        {
            "[NULL @ 0x55] [error] Unable to find a suitable output format for 'the output'\n[error] the output: Invalid argument\n",
            "The destination's file-name ending tells no output format; name it by option f or change the ending."
        },
        { "[AVFilterGraph @ 0x55] [error] No such filter: 'foo'\n" + Filtering, "Unknown filter 'foo': this ffmpeg does not have it." },
        {
            "[Parsed_scale_0 @ 0x56] [error] Option 'bar' not found\n[AVFilterGraph @ 0x56] [error] Error initializing filter 'scale' with args 'w=10:bar=3'\n" + Filtering,
            "Filter 'scale' does not accept 'w=10:bar=3'."
        },
        {
            "[AVFilterGraph @ 0x60] [error] Error applying option 'bar' to filter 'scale': Option not found\n[error] Error opening output file the output.\n",
            "Filter 'scale' does not accept option 'bar': Option not found."
        },
        {
            "[Parsed_crop_0 @ 0x55] [error] Invalid too big or non positive size for width '9998' or height '10'\n[Parsed_crop_0 @ 0x55] [error] Failed to configure input pad on Parsed_crop_0\n" + Filtering,
            "ffmpeg failed: Invalid too big or non positive size for width '9998' or height '10'."
        },
        { "x264 [error]: invalid preset 'foo'\n[libx264 @ 0x55] [error] Error setting preset/tune foo/(null).\n" + Opening, "Option preset has an unknown value: 'foo'." },
        { "x264 [error]: invalid profile: foo\n[libx264 @ 0x55] [error] Error setting profile foo.\n" + Opening, "Option profile has an unknown value: 'foo'." },
        {
            "x264 [error]: baseline profile doesn't support 4:2:2\n[libx264 @ 0x55] [error] Error setting profile baseline.\n" + Opening,
            "The encoder refuses option profile: baseline profile doesn't support 4:2:2."
        },
        {
            "[libx264 @ 0x55] [error] Unable to parse option value \"abc\"\n[libx264 @ 0x55] [error] Error setting option crf to value abc.\n" + Opening,
            "Option crf has a wrong value: 'abc'."
        },
        { "[libx264 @ 0x60] [error] Unable to parse \"crf\" option value \"abc\"\n" + Opening, "Option crf has a wrong value: 'abc'." },
        { "[libx264 @ 0x55] [error] width not divisible by 2 (321x181)\n" + Opening, "The width of the output must be even, not 321x181; scale it, for example by option vf with value scale=trunc(iw/2)*2:trunc(ih/2)*2." },
        { "[libx264 @ 0x56] [error] invalid level_idc: 99\n" + Opening, "Option level has a wrong value: '99'." },
        { "[libmp3lame @ 0x55] [error] Specified sample rate 12345 is not supported\n" + Opening, "The encoder does not take the sample rate 12345." },
        { "[fatal] Invalid duration specification for ss: foo\n", "Option ss has a wrong value: 'foo' is no time." },
        { "[fatal] Invalid frame size: 10xfoo.\n", "Option s has a wrong value: '10xfoo' is no size such as 640x360." },
        { "[fatal] Invalid framerate value: abc\n", "Option r has a wrong value: 'abc' is no frame rate." },
        { "[fatal] Unknown pixel format requested: foo.\n", "Option pix_fmt has an unknown value: 'foo'." },
        {
            "[mov/mp4/tgp/psp/tg2/ipod/ismv/f4v muxer @ 0x55] [error] Error setting option movflags to value +foo.\n[error] Could not write header for output file #0 (incorrect codec parameters ?): Invalid argument\n",
            "Option movflags has a wrong value: '+foo'."
        },
        {
            "[error] Error opening file passlog-0.log.\n[fatal] Error reading log file 'passlog-0.log' for pass-2 encoding\n",
            "The second pass finds no statistics: the first pass must write them (option pass with value 1)."
        },

        // The output.
        {
            "[mp4 @ 0x55] [error] Could not find tag for codec pcm_s16le in stream #1, codec not currently supported in container\n[error] Could not write header for output file #0 (incorrect codec parameters ?): Invalid argument\n",
            "The output's format cannot hold the codec pcm_s16le."
        },
        {
            "[info]   Stream #0:1: Video: png, rgb24(pc), 64x64, 90k tbr, 90k tbn (attached pic)\n[mp4 @ 0x55] [error] Could not find tag for codec h264 in stream #0, codec not currently supported in container\n",
            "The source's cover art became a video stream h264, which the output's format cannot hold; add option vn, or c:v with value copy."
        },
        {
            "[webm @ 0x55] [error] Only VP8 or VP9 or AV1 video and Vorbis or Opus audio and WebVTT subtitles are supported for WebM.\n[error] Could not write header for output file #0 (incorrect codec parameters ?): Invalid argument\n",
            "The output's format cannot hold these codecs: Only VP8 or VP9 or AV1 video and Vorbis or Opus audio and WebVTT subtitles are supported for WebM."
        },
        { "[error] Something new under the sun!\n[info] Conversion failed!\n", "ffmpeg failed: Something new under the sun." },
        { Opening, "ffmpeg failed: Error initializing output stream 0:0 -- Error while opening encoder for output stream #0:0 - maybe incorrect parameters such as bit_rate, rate, width or height." },
        { "", "ffmpeg ended with exit code 1 and gave no reason." },
    };

    public static TheoryData<string, string> Passing => new()
    {
        { "[error] av_interleaved_write_frame(): No space left on device\n[error] Error writing trailer of the output: No space left on device\n", "No space left on the disk of the work folder." },
        { "[out#0/mp4 @ 0x60] [error] Error writing trailer: No space left on device\n", "No space left on the disk of the work folder." },
        { "[error] Error while filtering: Cannot allocate memory\n[info] Conversion failed!\n", "ffmpeg ran out of memory (setting Ffmpeg:Limits:MemoryBytes), or the source asks for a block of more than 1 GiB." },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void The_culprit_is_named_in_a_sentence(string log, string message) => Explain(log).Message.ShouldBe(message);

    [Theory]
    [MemberData(nameof(Passing))]
    public void What_may_pass_is_marked_so_that_it_is_tried_again(string log, string message) =>
        Explain(log).ShouldBe(new FfmpegError(message, IsTransient: true));

    [Fact]
    public void The_users_mistakes_are_not_tried_again() =>
        Explain("[fatal] Unknown encoder 'libfoo'\n").IsTransient.ShouldBeFalse();

    private static FfmpegError Explain(string log) =>
        FfmpegErrors.Explain("ffmpeg", new ProcessEnd { ExitCode = 1, Log = log });
}
