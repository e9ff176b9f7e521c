using System.Text.Json;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>Jobs in the terminal: listed, named by the beginnings of their ids, watched while feederd goes and comes.</summary>
public sealed class ListingTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task A_list_has_a_header_and_fits_into_80_columns_unless_it_may_be_wide()
    {
        await site.StartFeederdAsync();
        var dest = site.PathOf("a-name-that-is-much-too-long-for-what-is-left-of-a-line-of-80-columns.mp4");
        var id = await site.SubmitAsync(Clips.QuickJob(dest));

        var lines = (await OutputOf("list")).Split('\n');

        lines[0].ShouldStartWith("ID  ");
        lines[1].ShouldStartWith(id);
        lines.ShouldAllBe(line => line.Length <= 80);
        lines[1].ShouldEndWith("80-columns.mp4");
        (await OutputOf("list", "--wide")).ShouldContain(dest);
    }

    [Fact]
    public async Task The_beginning_of_an_id_is_enough_where_it_is_the_only_one()
    {
        await site.StartFeederdAsync();
        var first = await site.SubmitAsync(Clips.QuickJob(site.PathOf("one.mp4")));
        var second = await site.SubmitAsync(Clips.QuickJob(site.PathOf("two.mp4")));
        var only = first[..18];
        var shared = first[..4];
        second.ShouldStartWith(shared);

        (await OutputOf("show", only)).ShouldContain(first);
        (await OutputOf("list", only)).ShouldContain(first);
        (await OutputOf("list", only)).ShouldNotContain(second);
        (await OutputOf("list", shared)).ShouldContain(second);
        using var json = JsonDocument.Parse(await OutputOf("list", first, second, "--json"));
        json.RootElement.GetProperty("jobs").GetArrayLength().ShouldBe(2);
        (await OutputOf("cancel", only)).ShouldBe($"{first} CANCELLED");

        await RefusedAsync("Several jobs' ids begin", "cancel", shared);
        await RefusedAsync("No job's id begins", "show", "ffff");
        (await site.Client.GetJobAsync(second)).JobState.ShouldBe("PENDING");
    }

    [Fact]
    public async Task A_watch_says_when_feederd_is_away_and_when_it_is_back()
    {
        var feederd = await site.StartFeederdAsync();
        var id = await site.SubmitAsync(Clips.QuickJob(site.PathOf("out.mp4")));
        var watch = site.Start("watch", id);
        await Until.True("the job is shown", () => watch.Output.Contains("PENDING"));

        feederd.Signal(Signals.Kill);
        await Until.True("the outage is told", () => watch.Errors.Contains("feederd does not answer"));
        await site.StartFeederdAsync();
        await site.StartWorkerAsync();

        (await watch.WaitAsync()).ShouldBe(0, watch.ToString());
        watch.Errors.ShouldContain("feederd is back");
        watch.Output.ShouldContain("FINISHED");
    }

    [Fact]
    public async Task Options_may_be_a_bare_list_of_passes_and_a_missing_source_is_said_at_once()
    {
        await site.StartFeederdAsync();
        await site.StartWorkerAsync();
        File.Copy(Clips.OfSeconds(1), site.PathOf("in.mp4"));
        await File.WriteAllTextAsync(site.PathOf("passes.json"), """[{"outfile_options": [["c:v", "libx264"], ["an", null]]}]""");

        var submit = await site.RunAsync("submit", "in.mp4", "out.mp4", "--options", "passes.json", "--wait");
        var missing = await site.RunAsync("submit", "nothing.mp4", "other.mp4");

        (await submit.WaitAsync()).ShouldBe(0, submit.ToString());
        submit.Errors.ShouldNotContain("is not on this machine");
        (await missing.WaitAsync()).ShouldBe(0, missing.ToString());
        missing.Errors.ShouldContain("nothing.mp4 is not on this machine");
    }

    private async Task RefusedAsync(string message, params string[] arguments)
    {
        var command = await site.RunAsync(arguments);
        (await command.WaitAsync()).ShouldBe(1, command.ToString());
        command.Errors.ShouldContain(message);
    }

    private async Task<string> OutputOf(params string[] arguments)
    {
        var command = await site.RunAsync(arguments);
        (await command.WaitAsync()).ShouldBe(0, command.ToString());
        return command.Output.TrimEnd('\n');
    }
}
