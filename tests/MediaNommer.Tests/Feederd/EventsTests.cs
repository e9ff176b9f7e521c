using System.Net.ServerSentEvents;
using MediaNommer.Client;
using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

public sealed class EventsTests(RunningFeederd feederd) : IClassFixture<RunningFeederd>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));

    [Fact]
    public async Task Following_a_job_shows_each_state_and_progress_and_ends_with_it()
    {
        var id = await feederd.SubmitAsync();
        var news = new List<JobNews>();
        await using var events = feederd.Client.WatchAsync(id, Patience, deadline.Token).GetAsyncEnumerator();
        await TakeAsync(events, news, until: job => job.JobState == "PENDING");

        var claim = await feederd.ClaimAsync(id);
        await TakeAsync(events, news, until: job => job.JobState == "ENCODING");
        await feederd.Lifecycle.ReportAsync(claim, new StepProgress { Fraction = 0.5 }, null, CancellationToken.None);
        await TakeAsync(events, news, until: job => job.Progress > 0.4);
        await feederd.CompleteAsync(claim, RunOutcome.Finished, "Done.");
        while (await events.MoveNextAsync())
            news.Add(events.Current);

        news.Where(one => one.Kind == "state").Select(one => one.Job.JobState).ShouldBe(
            ["PENDING", "DOWNLOADING", "ENCODING", "UPLOADING", "FINISHED"]);
        news.Where(one => one.Kind == "progress").ShouldAllBe(one => one.Job.JobState == "ENCODING");
        news[^1].Job.Reason.ShouldBe("Done.");
        news[^1].Job.Output!.Size.ShouldBe(1234);
    }

    [Fact]
    public async Task A_job_that_has_ended_is_told_once_and_the_stream_ends()
    {
        var id = await feederd.SubmitAsync();
        await feederd.Client.CancelAsync(id);

        foreach (var lastId in (string?[])[null, "1", "2", "99", "nonsense"])
        {
            var events = await ReadToEndAsync($"/v1/jobs/{id}/events", lastId);

            events.Count.ShouldBe(1);
            (events[0].EventType, events[0].EventId).ShouldBe(("state", "2"));
            events[0].Data.ShouldContain("CANCELLED");
        }
    }

    [Fact]
    public async Task Last_Event_ID_brings_everything_since()
    {
        var id = await feederd.SubmitAsync();
        await feederd.CompleteAsync(await feederd.ClaimAsync(id), RunOutcome.Failed, "It broke.");

        var events = await ReadToEndAsync($"/v1/jobs/{id}/events", "1");

        events.Select(one => one.EventId).ShouldBe(["2", "3", "4"]);
        events[^1].Data.ShouldContain("It broke.");
    }

    [Fact]
    public async Task Following_all_jobs_shows_changes_and_progress_of_every_job()
    {
        await using var events = feederd.Client.WatchAsync(null, Patience, deadline.Token).GetAsyncEnumerator();
        var news = new List<JobNews>();
        var next = events.MoveNextAsync();
        await Soon.BeAsync(() => next.IsCompleted || SubmitNow(), "the stream listens");
        await next;

        var first = await feederd.SubmitAsync();
        var second = await feederd.SubmitAsync();
        await TakeAsync(events, news, until: job => job.Id == second);
        var claim = await feederd.ClaimAsync(first);
        await feederd.Lifecycle.ReportAsync(claim, new StepProgress { Fraction = 0.5 }, null, CancellationToken.None);
        await TakeAsync(events, news, until: job => job.Id == first && job.Progress > 0.4);

        news.ShouldContain(one => one.Kind == "state" && one.Job.Id == first);

        // Before the stream is up nobody hears of a submission; so submit until one is heard of.
        bool SubmitNow()
        {
            feederd.SubmitAsync().GetAwaiter().GetResult();
            return false;
        }
    }

    [Fact]
    public async Task Streams_end_when_feederd_stops_and_the_client_says_so()
    {
        var own = await RunningFeederd.StartAsync();
        var id = await own.SubmitAsync();
        var heard = new TaskCompletionSource();
        var watch = Task.Run(async () =>
        {
            await foreach (var _ in own.Client.WatchAsync(id, TimeSpan.FromMilliseconds(100), deadline.Token))
                heard.TrySetResult();
        });
        await heard.Task.WaitAsync(deadline.Token);

        await own.StopAsync().WaitAsync(TimeSpan.FromSeconds(5));

        await Should.ThrowAsync<NommerUnreachableException>(watch.WaitAsync(deadline.Token));
        await own.DisposeAsync();
    }

    [Fact]
    public async Task The_client_goes_on_where_it_was_when_feederd_comes_back()
    {
        var port = 0;
        var folder = Directory.CreateTempSubdirectory("nommer-events-").FullName;
        var first = await RunningFeederd.StartAsync(options => options.DataDir = folder);
        port = first.Url.Port;
        var id = await first.SubmitAsync();
        using var client = new NommerClient(first.Url);
        await using var events = client.WatchAsync(id, TimeSpan.FromSeconds(20), deadline.Token).GetAsyncEnumerator();
        (await events.MoveNextAsync()).ShouldBeTrue();
        await first.DisposeAsync();

        await using var second = await RunningFeederd.StartAsync(options =>
        {
            options.DataDir = folder;
            options.Feederd.Port = port;
        });
        await second.CompleteAsync(await second.ClaimAsync(id), RunOutcome.Finished, "Done.");
        var news = new List<JobNews>();
        while (await events.MoveNextAsync())
            news.Add(events.Current);

        news.Where(one => one.Kind == "state").Select(one => one.Job.JobState).ShouldBe(
            ["DOWNLOADING", "ENCODING", "UPLOADING", "FINISHED"]);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task TakeAsync(
        IAsyncEnumerator<JobNews> events, List<JobNews> news, Func<Client.Wire.JobEventResponse, bool> until)
    {
        do
        {
            (await events.MoveNextAsync()).ShouldBeTrue();
            news.Add(events.Current);
        }
        while (!until(events.Current.Job));
    }

    private async Task<List<SseItem<string>>> ReadToEndAsync(string path, string? lastId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        using var answer = await feederd.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        var events = new List<SseItem<string>>();
        await foreach (var one in SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync(deadline.Token))
            events.Add(one);
        return events;
    }
}
