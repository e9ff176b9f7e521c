using MediaNommer.Core.Jobs;
using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class TwoPassCommandLineTests
{
    [Theory]
    [InlineData(null, "mp4", "mp4")]
    [InlineData(null, "mkv", "matroska")]
    [InlineData("mov", "mp4", "mov")]
    [InlineData(null, "unheard-of", "null")]
    public void The_first_pass_throws_away_what_it_writes_in_the_format_of_the_last(string? format, string ending, string thrownAway)
    {
        OptionPair[] last = format is null ? [new("pass", "2")] : [new("pass", "2"), new("f", format)];
        var options = new EncodeOptions
        {
            Passes =
            [
                new EncodePass { OutfileOptions = [new("c:v", "libx264"), new("pass", "1"), new("f", "avi")] },
                new EncodePass { OutfileOptions = last },
            ],
        };

        var arguments = FfmpegCommandLine.Build(options, 0, "source.mov", $"output.{ending}");

        arguments[^9..].ShouldBe(["-c:v", "libx264", "-pass", "1", "-passlogfile", "passlog", "-f", thrownAway, "/dev/null"]);
    }
}
