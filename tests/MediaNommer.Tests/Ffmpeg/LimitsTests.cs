using System.Globalization;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

/// <summary>Each limit ends a run that exceeds it, says which setting it is, and lets honest runs go on.</summary>
public class LimitsTests
{
    [Fact]
    public async Task Memory_beyond_the_limit_ends_the_run_for_good()
    {
        using var fake = new FakeFfmpeg();
        fake.Settings.Limits.MemoryBytes = 100 << 20;

        await ShouldBreakAsync(fake, "eat:300", "of memory; a run may have 100.0 MiB (setting Ffmpeg:Limits:MemoryBytes)");
    }

    [Fact]
    public async Task An_output_beyond_the_limit_ends_the_run()
    {
        using var fake = new FakeFfmpeg();
        fake.Settings.Limits.OutputBytes = 3 << 20;

        await ShouldBreakAsync(fake, "write:10", "wrote a file of more than 3.0 MiB (setting Ffmpeg:Limits:OutputBytes)");
        new FileInfo(fake.Output).Length.ShouldBe(3 << 20);
    }

    [Fact]
    public async Task One_that_computes_without_a_result_is_given_longer_than_one_that_hangs()
    {
        using var fake = new FakeFfmpeg();
        fake.Settings.StallTimeout = 1;
        fake.Settings.Limits.BusySeconds = 3;

        await ShouldBreakAsync(
            fake, "spin", "neither read any input nor finished a frame for 3 s (setting Ffmpeg:Limits:BusySeconds)");
    }

    [Fact]
    public async Task One_that_reads_its_input_is_not_stuck()
    {
        using var fake = new FakeFfmpeg();
        (fake.Settings.StallTimeout, fake.Settings.Limits.BusySeconds) = (1, 1);

        var result = await fake.RunAsync("read:15,steps:1");

        result.Succeeded.ShouldBeTrue(result.Message);
    }

    [Fact]
    public async Task A_run_far_slower_than_allowed_is_ended()
    {
        using var fake = new FakeFfmpeg();
        fake.Settings.Limits.RunSeconds = 1;

        await ShouldBreakAsync(fake, "stall", "(settings Ffmpeg:Limits:RunSeconds and RunFactor)");
    }

    [Fact]
    public async Task An_analysis_that_reports_no_output_is_given_as_long_as_its_source_takes()
    {
        var limits = new LimitOptions { RunSeconds = 0.001, RunFactor = 100 };
        var (known, unknown) = (new PassWatch(limits) { SourceSeconds = 3600 }, new PassWatch(limits));

        await Soon.BeAsync(() => unknown.FindBreach() is not null, "the time is up where nothing is known of the source");

        known.FindBreach().ShouldBeNull();
    }

    [Fact]
    public async Task A_slow_run_that_gets_on_is_not_ended()
    {
        using var fake = new FakeFfmpeg();
        (fake.Settings.Limits.RunSeconds, fake.Settings.Limits.RunFactor) = (0.5, 100);

        (await fake.RunAsync("steps:40")).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task An_output_far_longer_than_its_source_is_ended()
    {
        using var fake = new FakeFfmpeg();
        fake.Settings.Limits.OutputSeconds = 1;

        await ShouldBreakAsync(
            fake, "steps:1000", "made more than 1.0 s of output from a source of unknown length "
            + "(settings Ffmpeg:Limits:OutputSeconds and OutputFactor)");
    }

    [Fact]
    public async Task Frames_repeated_over_gaps_are_counted()
    {
        using var fake = new FakeFfmpeg();
        fake.Settings.Limits.DuplicatedFrames = 5000;

        await ShouldBreakAsync(
            fake, "repeat:5001",
            "repeated 5001 frames to fill gaps of the source; a pass may repeat 5000 (setting Ffmpeg:Limits:DuplicatedFrames)");
    }

    [Fact]
    public async Task No_limit_is_kept_where_none_is_wanted()
    {
        using var fake = new FakeFfmpeg();
        var limits = fake.Settings.Limits;
        (limits.Pixels, limits.OutputBytes, limits.OutputSeconds, limits.RunSeconds, limits.BusySeconds, limits.DuplicatedFrames)
            = (0, 0, 0, 0, 0, 0);

        (await fake.RunAsync("steps:20")).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task It_runs_at_a_lower_priority_than_the_worker()
    {
        using var fake = new FakeFfmpeg();
        fake.Settings.Nice = 7;
        var own = int.Parse(
            (await File.ReadAllTextAsync("/proc/self/stat")).Split(") ")[^1].Split(' ')[16], CultureInfo.InvariantCulture);

        var result = await fake.RunAsync("nice,exit:1");

        result.Message.ShouldBe($"ffmpeg failed: nice {Math.Min(19, own + 7)}.");
    }

    private static async Task ShouldBreakAsync(FakeFfmpeg fake, string words, string reason)
    {
        var result = await fake.RunAsync(words).WaitAsync(TimeSpan.FromSeconds(60));

        result.Succeeded.ShouldBeFalse();
        result.Message.ShouldStartWith("ffmpeg ");
        result.Message.ShouldEndWith($"{reason} and was ended.");
        result.IsTransient.ShouldBeFalse();
    }
}
