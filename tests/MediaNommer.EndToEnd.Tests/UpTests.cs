using System.Net.Sockets;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary><c>nommer up</c>: everything on one machine in one go.</summary>
public sealed class UpTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task Without_workers_a_job_makes_one_come_and_it_leaves_when_it_has_been_idle()
    {
        site.Settings["NOMMER__NOMMERD__MAXINACTIVITY"] = "1.5";
        await site.StartFeederdAsync("up");
        Workers().ShouldBeEmpty();

        var id = await site.SubmitAsync(Clips.QuickJob(site.PathOf("out.mp4")));

        await site.WaitForAsync(id, "FINISHED");
        await Until.True("the worker has left", () => Workers().Count == 0, TimeSpan.FromSeconds(15));
        var nodes = await site.Client.ListNodesAsync();
        nodes.Nodes.ShouldAllBe(node => node.State == "TERMINATED");
        (await site.Client.GetFleetAsync()).LastDecision.ShouldNotBeNull();
    }

    [Fact]
    public async Task With_workers_that_number_runs_and_one_that_dies_is_replaced()
    {
        var up = await site.StartFeederdAsync("up", "--workers", "2");
        up.Output.ShouldContain(site.Address.ToString().TrimEnd('/'));
        await Until.True("two workers run", () => Workers().Count == 2);
        var killed = Workers()[0].Id;

        Signals.Send(killed, Signals.Kill);

        await Until.True(
            "two workers run again", () => Workers() is { Count: 2 } now && now.All(worker => worker.Id != killed), TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task A_second_one_on_the_same_folder_leaves_the_workers_of_the_first_alone()
    {
        await site.StartFeederdAsync("up", "--workers", "1");
        await Until.True("its worker runs", () => Workers().Count == 1);
        var worker = Workers()[0].Id;
        var second = site.Start("up", "--port", "0", "--workers", "1");
        await Until.True("the second is up", () => second.Output.Contains("media-nommer is up", StringComparison.Ordinal));

        second.Signal(Signals.Terminate);

        (await second.WaitAsync()).ShouldBe(0, second.ToString());
        second.Errors.ShouldContain("The workers stay");
        Workers().ShouldHaveSingleItem().Id.ShouldBe(worker);
    }

    [Fact]
    public async Task SIGTERM_lets_running_jobs_end_and_then_nothing_is_left_running()
    {
        var up = await site.StartFeederdAsync("up", "--workers", "1");
        var id = await site.SubmitAsync(Clips.SlowJob(site.PathOf("out.mp4"), seconds: 4));
        await site.WaitUntilEncodingAsync(id);

        up.Signal(Signals.Terminate);

        (await up.WaitAsync()).ShouldBe(0, up.ToString());
        ProcessTable.Find(site.Folder).ShouldBeEmpty();
        Clips.Probe(site.PathOf("out.mp4")).Duration.ShouldBe(4, 0.3);
    }

    [Fact]
    public async Task A_second_ctrl_C_puts_running_jobs_back_into_the_queue_and_ends_within_seconds()
    {
        var up = await site.StartFeederdAsync("up", "--workers", "1");
        var id = await site.SubmitAsync(Clips.SlowJob(site.PathOf("out.mp4"), seconds: 25));
        await site.WaitUntilEncodingAsync(id);

        up.Signal(Signals.Interrupt);
        await Until.True("it says that it waits", () => up.Errors.Contains("ctrl-C again", StringComparison.Ordinal));
        await site.WaitUntil(
            "the worker drains", () => site.Client.ListNodesAsync(), list => list.Nodes.Any(node => node.State == "DRAINING"));
        up.Signal(Signals.Interrupt);

        (await up.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe(0, up.ToString());
        ProcessTable.Find(site.Folder).ShouldBeEmpty();
        await site.StartFeederdAsync();
        (await site.Client.GetJobAsync(id)).JobState.ShouldBe("PENDING");
    }

    [Fact]
    public async Task Workers_outlive_a_killed_feederd_and_the_next_one_counts_them()
    {
        var up = await site.StartFeederdAsync("up", "--workers", "1");
        await Until.True("a worker runs", () => Workers().Count == 1);
        var worker = Workers()[0].Id;
        await site.WaitUntil("it has reported itself", () => site.Client.ListNodesAsync(), list => list.Nodes.Count == 1);

        up.Signal(Signals.Kill);
        await up.WaitAsync();
        await site.StartFeederdAsync("up", "--workers", "1");

        var fleet = await site.WaitUntil("the scaler has looked", () => site.Client.GetFleetAsync(), found => found.LastDecision is not null);
        fleet.Members.Count.ShouldBe(1);
        Workers().ShouldHaveSingleItem().Id.ShouldBe(worker);
    }

    [Fact]
    public async Task A_taken_port_is_named_with_the_remedy()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        var up = await site.RunAsync("up", "--port", $"{port}");

        (await up.WaitAsync()).ShouldBe(2, up.ToString());
        up.Errors.ShouldContain($"Port {port}");
        up.Errors.ShouldContain("--port");
        up.Errors.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Listening_to_others_without_an_API_key_is_refused_with_an_explanation()
    {
        var feederd = await site.RunAsync("feederd", "--host", "0.0.0.0", "--port", "0");

        (await feederd.WaitAsync()).ShouldBe(2, feederd.ToString());
        feederd.Errors.ShouldContain("ApiKeys");
    }

    private IReadOnlyList<ProcessEntry> Workers() =>
        [.. ProcessTable.Find(site.Folder).Where(process => process.CommandLine.Contains(" nommerd ", StringComparison.Ordinal))];
}
