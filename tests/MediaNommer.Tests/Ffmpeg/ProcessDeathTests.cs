using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class ProcessDeathTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(15)]
    [InlineData(25)]
    [InlineData(31)]
    public void A_signal_is_a_death(int signal) =>
        ProcessDeath.Explain("ffprobe", new ProcessEnd { Signal = signal })!.ShouldStartWith($"ffprobe was ended by signal {signal}");

    [Theory]
    [InlineData(137, 9)]
    [InlineData(139, 11)]
    [InlineData(143, 15)]
    public void So_is_the_code_by_which_a_shell_tells_of_one(int code, int signal) =>
        ProcessDeath.Explain("ffmpeg", new ProcessEnd { ExitCode = code })!.ShouldStartWith($"ffmpeg was ended by signal {signal} ");

    [Theory]
    [InlineData(255, "[info] Exiting normally, received signal 15.\n", "ffmpeg was ended by signal 15 (SIGTERM) from outside")]
    [InlineData(255, "[info] Exiting normally, received signal 2.\n", "ffmpeg was ended by signal 2 (SIGINT) from outside")]
    [InlineData(123, "[info] Received > 3 system signals, hard exiting\n", "ffmpeg was ended by signal 15 (SIGTERM) from outside")]
    public void So_is_an_ffmpeg_that_obeyed_a_signal(int code, string log, string death) =>
        ProcessDeath.Explain("ffmpeg", new ProcessEnd { ExitCode = code, Log = log }).ShouldBe(death);

    [Fact]
    public void So_are_a_stall_and_a_program_that_does_not_start()
    {
        ProcessDeath.Explain("ffprobe", new ProcessEnd { Stalled = true, Breach = "made no progress for 1 s", Signal = 9 })
            .ShouldBe("ffprobe made no progress for 1 s and was ended");
        ProcessDeath.Explain("ffprobe", new ProcessEnd { StartError = "not found" }).ShouldBe("ffprobe could not be started: not found");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(183)]
    [InlineData(187)]
    [InlineData(234)]
    [InlineData(255)]
    public void An_exit_of_its_own_is_none(int code) =>
        ProcessDeath.Explain("ffmpeg", new ProcessEnd { ExitCode = code, Log = "[error] bad" }).ShouldBeNull();
}
