using MediaNommer.Client;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>feederd may die at any time: nothing that it accepted is lost, and workers go on without it.</summary>
public sealed class FeederdLossTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task A_job_survives_the_death_of_feederd_right_after_the_answer()
    {
        for (var round = 0; round < 3; round++)
        {
            var feederd = await site.StartFeederdAsync();
            var id = await site.SubmitAsync(Clips.QuickJob(site.PathOf($"out{round}.mp4")));
            feederd.Signal(Signals.Kill);
            await feederd.WaitAsync();

            var again = await site.StartFeederdAsync();
            (await site.Client.GetJobAsync(id)).JobState.ShouldBe("PENDING");
            again.Signal(Signals.Kill);
            await again.WaitAsync();
        }

        var last = await site.StartFeederdAsync();
        var worker = await site.StartWorkerAsync();
        foreach (var job in (await site.Client.ListJobsAsync()).Jobs)
            await site.WaitForAsync(job.Id, "FINISHED");
    }

    [Fact]
    public async Task Workers_empty_the_queue_without_feederd_and_it_catches_up_when_it_returns()
    {
        using var webhook = new WebhookReceiver();
        var feederd = await site.StartFeederdAsync();
        var worker = await site.StartWorkerAsync();
        var slow = await site.SubmitAsync(Clips.SlowJob(site.PathOf("slow.mp4"), 2) with { NotifyUrl = webhook.Url + "slow" });
        await site.WaitUntilEncodingAsync(slow);
        var ids = new List<string> { slow };
        for (var number = 0; number < 4; number++)
            ids.Add(await site.SubmitAsync(Clips.QuickJob(site.PathOf($"out{number}.mp4")) with { NotifyUrl = webhook.Url + number }));
        feederd.Signal(Signals.Kill);
        await feederd.WaitAsync();

        await Until.True(
            "every output is there", () => ids.Count == Directory.GetFiles(site.Folder, "*.mp4").Length, TimeSpan.FromSeconds(40));
        webhook.Requests.ShouldBeEmpty();

        var again = await site.StartFeederdAsync();
        foreach (var id in ids)
            (await site.WaitForAsync(id, "FINISHED")).Attempt.ShouldBe(1);
        await Until.True("every notification was delivered", () => webhook.Requests.Count == ids.Count);
        webhook.Requests.Select(request => request.Path.Split('?')[0]).Order().ShouldBe(["/0", "/1", "/2", "/3", "/slow"]);
        webhook.Requests.ShouldAllBe(request => request.Method == "GET");
    }

    [Fact]
    public async Task Of_two_feederds_on_one_folder_one_notifies_and_the_other_takes_over_when_it_is_killed()
    {
        using var webhook = new WebhookReceiver();
        var first = await site.StartFeederdAsync();
        await Until.True("the first is on duty", () => first.Errors.Contains("is on duty", StringComparison.Ordinal));
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        var second = site.Start("feederd", "--port", $"{address.Port}");
        using var other = new NommerClient(address);
        await site.WaitUntil("the second is ready", () => IsReadyAsync(other), ready => ready);

        for (var number = 0; number < 12; number++)
            await EndAsync(number % 2 == 0 ? site.Client : other, $"{webhook.Url}{number}");
        await Until.True("every notification was delivered", () => webhook.Requests.Count == 12);

        first.Signal(Signals.Kill);
        await first.WaitAsync();
        await EndAsync(other, $"{webhook.Url}late");
        await Until.True("the other has taken over", () => webhook.Requests.Count == 13, TimeSpan.FromSeconds(40));
        webhook.Requests.Select(request => request.Delivery).ShouldBeUnique();
        second.Errors.ShouldContain("is on duty");

        async Task EndAsync(NommerClient client, string url)
        {
            var accepted = await client.SubmitAsync(Clips.QuickJob(site.PathOf("out.mp4")) with { NotifyUrl = url });
            await client.CancelAsync(accepted.Id);
        }

        static async Task<bool> IsReadyAsync(NommerClient client)
        {
            try
            {
                return await client.IsReadyAsync();
            }
            catch (NommerUnreachableException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Two_thousand_submissions_by_fifty_clients_are_all_accepted_within_a_second_each_and_all_there()
    {
        var feederd = await site.StartFeederdAsync();
        var job = Clips.QuickJob(site.PathOf("out.mp4"));
        await site.SubmitAsync(job);
        var answers = new System.Collections.Concurrent.ConcurrentBag<(string Id, TimeSpan Took)>();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using var client = new MediaNommer.Client.NommerClient(site.Address);
            for (var number = 0; number < 40; number++)
            {
                var clock = System.Diagnostics.Stopwatch.StartNew();
                var accepted = await client.SubmitAsync(job with { DestPath = site.PathOf($"{Guid.NewGuid():N}.mp4") });
                answers.Add((accepted.Id, clock.Elapsed));
            }
        }));

        // Usually a fifth of a second at most; one in a hundred may meet a machine that stalls.
        answers.Select(answer => answer.Took).Order().ElementAt(1979).ShouldBeLessThan(TimeSpan.FromSeconds(1));
        feederd.Signal(Signals.Kill);
        await feederd.WaitAsync();
        var again = await site.StartFeederdAsync();
        var list = await site.RunAsync("list", "--all", "--state", "PENDING", "--json");
        var stored = list.Output.TrimEnd('\n').Split('\n').Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!).ToList();
        stored.Count.ShouldBe(2001);
        answers.Select(answer => answer.Id).Except(stored).ShouldBeEmpty();
        answers.Select(answer => answer.Id).Distinct().Count().ShouldBe(2000);
    }
}
