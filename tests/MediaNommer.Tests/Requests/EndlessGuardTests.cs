using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class EndlessGuardTests
{
    [Theory]
    [InlineData("stream_loop=-1", "c:v=libx264", "infile_options[0]", "limit the output with t, to, fs or frames:v")]
    [InlineData("stream_loop=1e9", "shortest", "infile_options[0]", "repeats the source without end")]
    [InlineData("framerate=1|loop=1", "", "infile_options[1]", "repeats the source without end")]
    [InlineData("loop=true", "", "infile_options[0]", "repeats the source without end")]
    [InlineData("ignore_loop=0", "", "infile_options[0]", "repeats the source without end")]
    [InlineData("", "an|vf=loop=loop=-1:size=9", "outfile_options[1]", "the filter 'loop', which never ends")]
    [InlineData("", "vf=scale=2:2,loop=-1:9:0", "outfile_options[0]", "the filter 'loop'")]
    [InlineData("", "af=aloop=-1:9", "outfile_options[0]", "'aloop'")]
    [InlineData("", "vf=tpad=stop=-1", "outfile_options[0]", "'tpad'")]
    [InlineData("", "vf=tpad=0:-1", "outfile_options[0]", "'tpad'")]
    [InlineData("", "af=apad", "outfile_options[0]", "or add shortest")]
    [InlineData("", "filter_complex=color=red[c];[0:v][c]overlay", "outfile_options[0]", "'color'")]
    [InlineData("", "filter_complex=anullsrc[a];[0:a][a]amix", "outfile_options[0]", "'anullsrc'")]
    [InlineData("", "filter:v=null;li\\fe", "outfile_options[0]", "'life'")]
    public void What_would_never_end_is_refused(string input, string output, string field, string message)
    {
        var error = Should.Throw<JobRequestException>(() => OptionGuard.Check(Options(input, output)));
        error.Code.ShouldBe(JobRequestErrors.BadOption);
        error.Field.ShouldBe("job_options.options[0]." + field);
        error.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("stream_loop=-1", "t=10")]
    [InlineData("stream_loop=-1", "to=10")]
    [InlineData("stream_loop=-1", "fs=1000000")]
    [InlineData("stream_loop=-1", "frames:v=100")]
    [InlineData("stream_loop=-1", "vframes=100")]
    [InlineData("stream_loop=-1|t=60", "")]
    [InlineData("stream_loop=3", "")]
    [InlineData("loop=0", "")]
    [InlineData("loop=1|t=5", "")]
    [InlineData("ignore_loop=1", "")]
    [InlineData("", "loop=0|f=gif")]
    [InlineData("", "vf=loop=3:9")]
    [InlineData("", "vf=tpad=stop_duration=2")]
    [InlineData("", "af=apad|shortest")]
    [InlineData("", "af=apad|t=5")]
    [InlineData("", "af=apad=pad_dur=2")]
    [InlineData("", "filter_complex=color=red:d=5[c];[0:v][c]hstack")]
    [InlineData("", "filter_complex=color=red[c];[0:v][c]overlay=shortest=1")]
    [InlineData("", "filter_complex=anullsrc[a];[0:a][a]amerge")]
    [InlineData("", "filter_complex=anullsrc[a];[0:a][a]amix=duration=first")]
    [InlineData("", "filter_complex=sine,atrim=end=4")]
    public void What_ends_passes(string input, string output) =>
        Should.NotThrow(() => OptionGuard.Check(Options(input, output)));

    private static EncodeOptions Options(string input, string output) =>
        new() { Passes = [new EncodePass { InfileOptions = Pairs(input), OutfileOptions = Pairs(output) }] };

    private static OptionPair[] Pairs(string text) =>
    [
        .. text.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(option => option.Split('=', 2))
            .Select(parts => new OptionPair(parts[0], parts.ElementAtOrDefault(1))),
    ];
}
