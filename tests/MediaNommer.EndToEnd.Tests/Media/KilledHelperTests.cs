using System.Runtime.Versioning;
using MediaNommer.Nommerd.Nommers;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Programs that are killed while they help with a good job: that is the machine's fault, not the job's.</summary>
[SupportedOSPlatform("linux")]
public sealed class KilledHelperTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nommer-killed-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string, string> Deaths => new()
    {
        { "kill -KILL $$", "ended by signal 9 (SIGKILL)" },
        { "kill -TERM $$", "ended by signal 15 (SIGTERM)" },
        { "ulimit -c 0; kill -SEGV $$", "ended by signal 11 (SIGSEGV)" },
        { "ulimit -c 0; kill -ABRT $$", "ended by signal 6 (SIGABRT)" },
        { "kill -XCPU $$", "ended by signal 24 (SIGXCPU)" },
        { "exit 137", "ended by signal 9 (SIGKILL)" },
    };

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task A_verifier_that_is_killed_is_a_transient_failure(string death, string told)
    {
        using var run = new NommerRun { Settings = new() { FfprobePath = Program(death) } };

        var result = await run.EncodeAsync(Clips.Plain, "mkv", "preset=ultrafast");

        Transient(result, "The output could not be verified: ", told);
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task So_is_one_that_dies_after_it_has_read_a_part_of_the_source(string death, string told)
    {
        // Sound that ends early raises the question where the source ends.
        var source = Clips.Make("short_sound.mp4", $"{Clips.Picture} -f lavfi -i sine=d=2 {Clips.Codecs}");
        using var run = new NommerRun
        {
            Settings = new() { FfprobePath = Program($"ffprobe \"$@\" | head -n 20\n{death}") },
        };

        var result = await run.EncodeAsync(source, "mp4", "preset=ultrafast");

        Transient(result, "The output's length could not be verified: ", told);
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task So_is_an_encoder_that_is_killed(string death, string told)
    {
        using var run = new NommerRun { Settings = new() { FfmpegPath = Program(death) } };

        Transient(await run.EncodeAsync(Clips.Plain, "mp4"), "ffmpeg was ", told);
    }

    /// <summary>ffmpeg takes a signal as a wish to end early, and ends with an exit code.</summary>
    [Theory]
    [InlineData("TERM", "ended by signal 15 (SIGTERM)")]
    [InlineData("INT", "ended by signal 2 (SIGINT)")]
    public async Task So_is_an_encoder_that_obeys_a_signal_from_outside(string signal, string told)
    {
        var script = Program($"ffmpeg \"$@\" &\nuntil [ -e output.mp4 ]; do sleep 0.05; done\nkill -{signal} $!; wait $!");
        var source = Clips.Make("long.mkv", "-f lavfi -i testsrc2=s=640x360:r=25:d=20 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
        using var run = new NommerRun { Settings = new() { FfmpegPath = script } };

        Transient(await run.EncodeAsync(source, "mp4", "re", "|", "preset=ultrafast"), "ffmpeg was ", told);
    }

    private static void Transient(NommerResult result, string start, string told)
    {
        result.Succeeded.ShouldBeFalse();
        result.Message.ShouldStartWith(start);
        result.Message.ShouldContain(told);
        result.IsTransient.ShouldBeTrue(result.Message);
    }

    private string Program(string text) => Script.Write(Path.Combine(folder, "program"), text);
}
