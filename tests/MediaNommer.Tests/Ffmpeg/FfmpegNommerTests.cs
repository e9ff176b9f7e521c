using System.Diagnostics;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class FfmpegNommerTests
{
    [Fact]
    public async Task A_good_run_gives_the_facts_of_the_output()
    {
        using var fake = new FakeFfmpeg();

        var result = await fake.RunAsync("steps:3");

        result.Message.ShouldBeEmpty();
        result.Output!.Streams.ShouldBe(["video:h264"]);
        (result.Output.Size, result.Output.Duration, result.Output.Width, result.Output.Height).ShouldBe((806, 1.0, 16, 16));
        fake.Reports[^1].Fraction.ShouldBe(1);
    }

    [Fact]
    public async Task Progress_of_two_passes_is_one_fraction_that_only_grows()
    {
        using var fake = new FakeFfmpeg();

        await fake.RunAsync("", FakeFfmpeg.Pass("steps:4"), FakeFfmpeg.Pass("steps:4"));

        fake.Reports.Select(report => report.Fraction).ShouldBeInOrder();
        fake.Reports[^1].Fraction.ShouldBe(1);
    }

    [Theory]
    [InlineData("signal:11", true, "ffmpeg was ended by signal 11 (SIGSEGV): it crashed.")]
    [InlineData("signal:6", true, "ffmpeg was ended by signal 6 (SIGABRT): it crashed.")]
    [InlineData("exit:137", true, "ffmpeg was ended by signal 9 (SIGKILL); most likely the machine ran out of memory.")]
    [InlineData("exit:183", false, "ffmpeg ended with exit code 183 and gave no reason.")]
    [InlineData("say:Error_writing_trailer_of_the_output:_No_space_left_on_device", true, "No space left on the disk of the work folder.")]
    [InlineData("say:Error_muxing_a_packet:_Input/output_error", true, "Reading or writing failed: input/output error.")]
    [InlineData("say:Error_closing_file_the_output:_Unknown_error", true, "ffmpeg could not write its output to the end: Error closing file the output: Unknown error.")]
    [InlineData("signal:9", true, "ffmpeg was ended by signal 9 (SIGKILL); most likely the machine ran out of memory.")]
    [InlineData("signal:15", true, "ffmpeg was ended by signal 15 (SIGTERM) from outside.")]
    [InlineData("exit:1", false, "ffmpeg ended with exit code 1 and gave no reason.")]
    [InlineData("say:No_space_left_on_device,exit:1", true, "No space left on the disk of the work folder.")]
    [InlineData("say:It_is_a_bad_day.,exit:3", false, "ffmpeg failed: It is a bad day.")]
    [InlineData("nothing", false, "Nothing was encoded: the source holds no frames within the range that the options ask for.")]
    public async Task Every_bad_end_is_told_in_a_sentence(string words, bool isTransient, string message)
    {
        using var fake = new FakeFfmpeg();

        var result = await fake.RunAsync(words);

        result.Succeeded.ShouldBeFalse();
        result.Message.ShouldBe(message);
        result.IsTransient.ShouldBe(isTransient);
    }

    [Fact]
    public async Task A_run_that_fills_the_disk_is_ended_before_the_disk_is_full()
    {
        using var fake = new FakeFfmpeg { MinFreeBytes = long.MaxValue };

        var result = await fake.RunAsync("steps:100000");

        result.Succeeded.ShouldBeFalse();
        result.IsTransient.ShouldBeTrue();
        result.Message.ShouldStartWith("ffmpeg was stopped because the disk of the work folder was nearly full");
    }

    [Fact]
    public async Task A_half_output_is_not_taken_for_a_good_one()
    {
        using var fake = new FakeFfmpeg();

        var result = await fake.RunAsync("truncate");

        result.Succeeded.ShouldBeFalse();
        result.Message.ShouldBe("The output is cut off: it has 400 of the 806 bytes that ffmpeg wrote.");
        result.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task Nothing_is_verified_when_nobody_wants_it()
    {
        using var fake = new FakeFfmpeg { Verify = false };

        (await fake.RunAsync("truncate")).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task A_missing_ffmpeg_is_named_with_the_remedy()
    {
        using var fake = new FakeFfmpeg();
        fake.Settings.FfmpegPath = "no-such-ffmpeg";

        var result = await fake.RunAsync("");

        result.Message.ShouldBe("ffmpeg was not found at 'no-such-ffmpeg'; install it (apt-get install ffmpeg) or set Ffmpeg:FfmpegPath.");
        result.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task An_ffmpeg_that_may_not_be_executed_is_named()
    {
        using var fake = new FakeFfmpeg();
        fake.Settings.FfmpegPath = Path.Combine(fake.Folder, "plain.txt");
        await File.WriteAllTextAsync(fake.Settings.FfmpegPath, "hello");

        var result = await fake.RunAsync("");

        result.Message.ShouldStartWith("ffmpeg could not be started as '");
        result.Message.ShouldEndWith("it may not be executed.");
    }

    [Theory]
    [InlineData("hang")]
    [InlineData("stall,child")]
    public async Task A_stuck_ffmpeg_is_ended(string words)
    {
        using var fake = new FakeFfmpeg();
        fake.Settings.StallTimeout = 1;

        var result = await fake.RunAsync(words);

        result.Message.ShouldBe("ffmpeg made no progress for 1 s (setting Ffmpeg:StallTimeout) and was ended.");
        result.IsTransient.ShouldBeTrue();
        await Soon.BeAsync(() => !Processes.In(fake.Folder).Any(), "its child is gone");
    }

    [Fact]
    public async Task A_graceful_stop_ends_it_at_once()
    {
        using var fake = new FakeFfmpeg();
        var running = fake.RunAsync("child,stall");
        await fake.FirstReport.Task;
        var asked = Stopwatch.GetTimestamp();

        await fake.Graceful.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        Stopwatch.GetElapsedTime(asked).ShouldBeLessThan(TimeSpan.FromSeconds(4));
        await Soon.BeAsync(() => !Processes.In(fake.Folder).Any(), "its child is gone");
    }

    [Fact]
    public async Task A_forceful_stop_ends_one_that_ignores_signals_and_its_children()
    {
        using var fake = new FakeFfmpeg();
        var running = fake.RunAsync("ignore,child,stall");
        await fake.FirstReport.Task;
        await fake.Graceful.CancelAsync();
        running.IsCompleted.ShouldBeFalse();

        await fake.Forceful.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        await Soon.BeAsync(() => !Processes.In(fake.Folder).Any(), "its child is gone");
    }

    [Fact]
    public async Task One_that_ignores_a_graceful_stop_is_killed_after_a_while()
    {
        using var fake = new FakeFfmpeg();
        var running = fake.RunAsync("ignore,stall");
        await fake.FirstReport.Task;

        await fake.Graceful.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        Processes.In(fake.Folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task Children_that_it_leaves_behind_are_ended_with_it()
    {
        using var fake = new FakeFfmpeg();

        (await fake.RunAsync("child")).Succeeded.ShouldBeTrue();

        await Soon.BeAsync(() => !Processes.In(fake.Folder).Any(), "the child is gone");
    }

    [Fact]
    public async Task A_flood_of_errors_is_kept_short()
    {
        using var fake = new FakeFfmpeg();

        var result = await fake.RunAsync("say:the_first,flood,say:the_last,exit:1");

        result.Log.Length.ShouldBeLessThan(70_000);
        result.Log.ShouldContain("\n[error] the first");
        result.Log.ShouldContain("bytes left out");
        result.Log.ShouldEndWith("[error] the last\n");
    }

    [Fact]
    public async Task Many_run_side_by_side()
    {
        var fakes = Enumerable.Range(0, 30).Select(_ => new FakeFfmpeg()).ToList();

        var results = await Task.WhenAll(fakes.Select(fake => fake.RunAsync("steps:2")));

        results.ShouldAllBe(result => result.Succeeded);
        fakes.ForEach(fake => fake.Dispose());
    }

    [Fact]
    public async Task No_pass_is_an_answer_not_a_crash()
    {
        using var fake = new FakeFfmpeg();

        var result = await new MediaNommer.Nommerd.Ffmpeg.FfmpegNommer(fake.Settings).RunAsync(
            new()
            {
                JobId = "job", Options = new(), WorkFolder = fake.Folder, SourcePath = fake.Output, OutputPath = fake.Output,
            },
            new Progress<Core.Jobs.StepProgress>(), default, default);

        result.Message.ShouldBe("The job's options have no pass, so there is nothing for ffmpeg to do.");
    }

    /// <summary>Finds processes by the folder that they run in.</summary>
    private static class Processes
    {
        public static IEnumerable<int> In(string folder) =>
            from directory in Directory.EnumerateDirectories("/proc")
            let name = Path.GetFileName(directory)
            where int.TryParse(name, out _) && RunsIn(directory, folder)
            select int.Parse(name);

        private static bool RunsIn(string process, string folder)
        {
            try
            {
                return new FileInfo(Path.Combine(process, "cwd")).LinkTarget == folder
                    && !File.ReadAllText(Path.Combine(process, "stat")).Contains(") Z ", StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
