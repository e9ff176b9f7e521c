using System.Text.Json;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>The commands that talk to a feederd, as a script uses them.</summary>
public sealed class CommandTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task A_job_can_be_submitted_waited_for_listed_and_shown()
    {
        await site.StartFeederdAsync();
        await site.StartWorkerAsync();
        File.Copy(Clips.OfSeconds(1), site.PathOf("in.mp4"));

        var submit = await site.RunAsync(
            "submit", "in.mp4", "out.mp4", "--preset", "web_480p", "--label", "team=news", "--priority", "high", "--wait");

        (await submit.WaitAsync()).ShouldBe(0, submit.ToString());
        var id = submit.Output.Trim();
        id.ShouldMatch("^[0-9a-f]{32}$");
        submit.Errors.ShouldContain("FINISHED");
        File.Exists(site.PathOf("out.mp4")).ShouldBeTrue();

        (await OutputOf("list", "--label", "team=news")).ShouldContain(id);
        (await OutputOf("list", "--label", "team=sports")).ShouldBeEmpty();
        using var list = JsonDocument.Parse(await OutputOf("list", "--json", "--text", "out.mp4"));
        list.RootElement.GetProperty("jobs")[0].GetProperty("priority").GetString().ShouldBe("high");
        var shown = await OutputOf("show", id);
        shown.ShouldContain(site.PathOf("in.mp4"));
        shown.ShouldContain("was taken by");
        using var json = JsonDocument.Parse(await OutputOf("show", id, "--json"));
        json.RootElement.GetProperty("events").GetArrayLength().ShouldBeGreaterThan(4);
        (await OutputOf("show", id, "--log")).ShouldContain("Input #0");
        (await OutputOf("nodes")).ShouldContain("ACTIVE");
    }

    [Fact]
    public async Task Help_says_that_feederd_launches_machines()
    {
        // Lines are broken at the width of the terminal.
        var help = string.Join(' ', (await OutputOf("feederd", "--help")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        help.ShouldContain("With Backend=Aws it launches machines for its workers");
    }

    [Fact]
    public async Task Watch_follows_several_jobs_and_fails_when_one_does()
    {
        await site.StartFeederdAsync();
        await site.StartWorkerAsync();
        var good = await site.SubmitAsync(Clips.QuickJob(site.PathOf("good.mp4")));
        var bad = await site.SubmitAsync(Clips.QuickJob(site.PathOf("bad.mp4")) with { SourcePath = site.PathOf("missing.mov"), MaxAttempts = 1 });

        var watch = await site.RunAsync("watch", good, bad, "--json");

        (await watch.WaitAsync()).ShouldBe(1, watch.ToString());
        var last = watch.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToLookup(job => job.GetProperty("id").GetString()!, job => job.GetProperty("job_state").GetString());
        last[good].Last().ShouldBe("FINISHED");
        last[bad].Last().ShouldBe("ERROR");
        watch.Errors.ShouldContain(bad);
        watch.Errors.ShouldContain("missing.mov");
    }

    [Fact]
    public async Task Wipe_deletes_everything_but_only_when_it_is_meant()
    {
        await site.StartFeederdAsync();
        await site.SubmitAsync(Clips.QuickJob(site.PathOf("out.mp4")));

        (await (await site.RunAsync("wipe")).WaitAsync()).ShouldBe(2);
        (await site.Client.ListJobsAsync()).Jobs.Count.ShouldBe(1);
        (await (await site.RunAsync("wipe", "--yes")).WaitAsync()).ShouldBe(0);
        (await site.Client.ListJobsAsync()).Jobs.ShouldBeEmpty();
        await site.StartWorkerAsync();
        var id = await site.SubmitAsync(Clips.QuickJob(site.PathOf("after.mp4")));
        await site.WaitForAsync(id, "FINISHED");
    }

    [Fact]
    public async Task The_API_key_comes_from_the_environment_and_a_wrong_one_is_wrong_usage()
    {
        site.Settings["NOMMER__FEEDERD__APIKEYS__0"] = "a-long-secret-word";
        await site.StartFeederdAsync();

        (await (await site.RunAsync("list")).WaitAsync()).ShouldBe(2);
        site.Settings["NOMMER_API_KEY"] = "a-long-secret-word";
        (await (await site.RunAsync("list")).WaitAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("show", "0193ab")]
    [InlineData("watch")]
    [InlineData("nodes")]
    [InlineData("submit", "in.mp4", "out.mp4")]
    [InlineData("wipe", "--yes")]
    public async Task Without_a_feederd_the_exit_code_is_3_and_one_line_says_what_to_do(params string[] arguments)
    {
        site.Settings["NOMMER_URL"] = $"http://127.0.0.1:{FreePort.Next()}";

        var command = await site.RunAsync(arguments);

        (await command.WaitAsync()).ShouldBe(3, command.ToString());
        command.Output.ShouldBeEmpty();
        command.Errors.TrimEnd('\n').Split('\n').ShouldHaveSingleItem().ShouldContain("nommer up");
    }

    [Theory]
    [InlineData("--limit expects a whole number, got 'abc'", "list", "--limit", "abc")]
    [InlineData("--workers expects a whole number, got 'many'", "up", "--workers", "many")]
    [InlineData("Unknown job state 'ERRR'; expected one of: PENDING,", "list", "--state", "ERRR")]
    public async Task A_wrong_value_is_repeated_with_what_is_allowed(string message, params string[] arguments)
    {
        var command = await site.RunAsync(arguments);
        (await command.WaitAsync()).ShouldBe(2, command.ToString());
        command.Errors.ShouldContain(message);
    }

    [Fact]
    public async Task Help_marks_the_arguments_that_may_be_left_out()
    {
        var lines = (await OutputOf("--help")).Split('\n');
        lines.ShouldContain(line => line.StartsWith("  demo [<file>] "));
        lines.ShouldContain(line => line.StartsWith("  watch [<id>] "));
        lines.ShouldContain(line => line.StartsWith("  show <id> "));
    }

    [Fact]
    public async Task Who_no_longer_waits_for_a_job_is_told_that_it_goes_on()
    {
        await site.StartFeederdAsync();
        File.Copy(Clips.OfSeconds(1), site.PathOf("in.mp4"));
        var submit = site.Start("submit", "in.mp4", "out.mp4", "--wait");
        await Until.True("the job's id", () => submit.Output.Trim().Length == 32);
        submit.Signal(Signals.Interrupt);

        (await submit.WaitAsync()).ShouldBe(130, submit.ToString());
        submit.Errors.ShouldContain($"the job goes on. Follow it with 'nommer watch {submit.Output.Trim()}'");
    }

    [Fact]
    public async Task Presets_are_listed_without_a_feederd()
    {
        using var json = JsonDocument.Parse(await OutputOf("presets", "--json"));

        var names = json.RootElement.GetProperty("presets").EnumerateArray().Select(preset => preset.GetProperty("name").GetString()!);
        names.ShouldContain("web_medium");
        names.ShouldContain("thumbnail");
    }

    [Fact]
    public async Task The_doctor_finds_nothing_wrong_here_and_names_a_remedy_where_there_is()
    {
        site.Settings["NOMMER__FEEDERD__PORT"] = $"{FreePort.Next()}";
        using var well = JsonDocument.Parse(await OutputOf("doctor", "--json"));
        well.RootElement.GetProperty("ok").GetBoolean().ShouldBeTrue();

        site.Settings["NOMMER__FFMPEG__FFMPEGPATH"] = site.PathOf("no-ffmpeg");
        site.Settings["NOMMER__DATADIR"] = "/proc/nowhere";
        var ill = await site.RunAsync("doctor");

        (await ill.WaitAsync()).ShouldBe(1, ill.ToString());
        ill.Output.ShouldContain("✗ ffmpeg");
        ill.Output.ShouldContain("apt-get install ffmpeg");
        ill.Output.ShouldContain("✗ data folder");
        ill.Output.ShouldContain("✓ sqlite");
    }

    [Fact]
    public async Task A_worker_that_belongs_on_EC2_says_so_on_a_machine_that_does_not()
    {
        site.Settings["NOMMER__BACKEND"] = "Aws";
        site.Settings["NOMMER__AWS__EC2__METADATAURL"] = "http://127.0.0.1:1";

        var worker = await site.RunAsync("nommerd");

        (await worker.WaitAsync()).ShouldBe(2, worker.ToString());
        worker.Errors.ShouldContain("this is no machine of EC2");
        worker.Errors.ShouldContain("nommer nommerd -l");
    }

    [Fact]
    public async Task A_missing_ffmpeg_is_named_with_the_command_that_installs_it()
    {
        site.Settings["NOMMER__FFMPEG__FFMPEGPATH"] = site.PathOf("no-ffmpeg");
        site.Settings["NOMMER_NO_INSTALL"] = "1";

        var demo = await site.RunAsync("demo");

        (await demo.WaitAsync()).ShouldBe(1, demo.ToString());
        demo.Errors.ShouldContain("apt-get install ffmpeg");
    }

    [Fact]
    public async Task A_wrong_setting_stops_the_start_and_is_named_with_what_is_allowed()
    {
        site.Settings["NOMMER__NOMMERD__LEASESECONDS"] = "soon";

        var worker = await site.RunAsync("nommerd", "-l");

        (await worker.WaitAsync()).ShouldBe(2, worker.ToString());
        worker.Errors.ShouldContain("Nommerd:LeaseSeconds is 'soon'");
    }

    private async Task<string> OutputOf(params string[] arguments)
    {
        var command = await site.RunAsync(arguments);
        (await command.WaitAsync()).ShouldBe(0, command.ToString());
        return command.Output.TrimEnd('\n');
    }
}
