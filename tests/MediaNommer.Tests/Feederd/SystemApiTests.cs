using System.Net;
using System.Net.Http.Json;
using MediaNommer.Client;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Queues;
using MediaNommer.Feederd.Services;
using MediaNommer.Tests.Ec2;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

public sealed class SystemApiTests(RunningFeederd feederd) : IClassFixture<RunningFeederd>
{
    [Fact]
    public async Task It_is_alive_and_ready()
    {
        (await feederd.Http.GetStringAsync("/healthz")).ShouldBe("""{"status":"ok"}""");
        (await feederd.Client.IsReadyAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task A_store_out_of_reach_is_said_as_503_and_never_as_a_crash()
    {
        var (store, line) = FlakyStore.Around(new InMemoryJobStore());
        await using var own = await RunningFeederd.StartAsync(services: services => services.AddSingleton(store));
        line.IsCut = _ => true;

        (await own.Client.IsReadyAsync()).ShouldBeFalse();
        using var alive = await own.Http.GetAsync("/healthz");
        using var submit = await own.PostAsync("/v1/jobs", RunningFeederd.SomeJob);
        using var original = await own.PostAsync("/job/submit", RunningFeederd.SomeJob);

        alive.StatusCode.ShouldBe(HttpStatusCode.OK);
        submit.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var problem = (await submit.Content.ReadFromJsonAsync(WireJson.Default.ProblemResponse))!;
        (problem.Code, problem.Retryable).ShouldBe(("UNAVAILABLE", true));
        original.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await original.Content.ReadAsStringAsync()).ShouldContain("\"success\":false,\"error_code\":\"UNAVAILABLE\"");
    }

    [Fact]
    public async Task A_job_that_the_store_cannot_hold_is_refused_for_good_and_with_the_remedy()
    {
        var (store, line) = FlakyStore.Around(new InMemoryJobStore());
        await using var own = await RunningFeederd.StartAsync(services: services => services.AddSingleton(store));
        line.Fails = (name, _) => name == nameof(IJobStore.CreateAsync) ? new RecordTooLargeException("Too large; use another store.") : null;

        using var submit = await own.PostAsync("/v1/jobs", RunningFeederd.SomeJob);
        using var original = await own.PostAsync("/job/submit", RunningFeederd.SomeJob);

        submit.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        var problem = (await submit.Content.ReadFromJsonAsync(WireJson.Default.ProblemResponse))!;
        (problem.Code, problem.Retryable, problem.Detail).ShouldBe(("TOO_LARGE", false, "Too large; use another store."));
        (await original.Content.ReadAsStringAsync()).ShouldContain("\"success\":false,\"error_code\":\"BADINPUT\"");
    }

    [Fact]
    public async Task Lists_workers_and_says_which_have_gone_silent()
    {
        await using var own = await RunningFeederd.StartAsync();
        await PutNodeAsync(own, "busy", DateTimeOffset.UtcNow);
        await PutNodeAsync(own, "silent", DateTimeOffset.UtcNow.AddMinutes(-3));

        var nodes = (await own.Client.ListNodesAsync()).Nodes.ToDictionary(node => node.Id);

        nodes["busy"].Responding.ShouldBeTrue();
        nodes["silent"].Responding.ShouldBeFalse();
        nodes["busy"].Running.ShouldHaveSingleItem().ShouldBe(new RunningStepResponse { JobId = "j", Step = "encode", Progress = 0.5 });
        (nodes["busy"].State, nodes["busy"].Slots, nodes["busy"].Host).ShouldBe(("ACTIVE", 2, "here"));
    }

    [Fact]
    public async Task Shows_the_fleet_and_why_it_has_its_size()
    {
        var id = await feederd.SubmitAsync();

        var fleet = await feederd.Client.GetFleetAsync();

        (fleet.Name, fleet.MaxWorkers, fleet.JobsPerWorker, fleet.PinnedWorkers).ShouldBe(("none", 3, 2, null));
        (fleet.Policy, fleet.PricePerHour, fleet.SpendPerHour, fleet.SpentToday).ShouldBe(("Classic", 0, 0, 0));
        fleet.Workload["PENDING"].ShouldBeGreaterThan(0);
        fleet.LastDecision.ShouldNotBeNull().Reason.ShouldNotBeEmpty();
        await feederd.Client.CancelAsync(id);
    }

    [Fact]
    public async Task Shows_which_machines_there_are_and_why_they_cannot_be_listed()
    {
        var machines = new EndedMachines();
        machines.Members.Add(new FleetMember("i-1", DateTimeOffset.UtcNow, IsRunning: true) { MachineType = "c7a.large", Zone = "z1", IsSpot = true });
        machines.Members.Add(new FleetMember("i-2", DateTimeOffset.UtcNow, IsRunning: false));
        machines.Members.Add(new FleetMember("i-3", DateTimeOffset.UtcNow.AddHours(-1), IsRunning: true));
        await using var own = await RunningFeederd.StartAsync(services: services => services.AddSingleton<IFleet>(machines));
        await own.Store.TryPutNodeAsync(
            new Node { Id = "i-1", MachineType = "c7a.large", Zone = "z1", IsSpot = true, LastReportAt = DateTimeOffset.UtcNow, Version = 1 },
            0, CancellationToken.None);
        await Soon.BeAsync(() => own.Get<OrphanReaper>().ComplaintAbout("i-3") is not null, "the orphan is found");

        var members = (await own.Client.GetFleetAsync()).Members;
        var node = (await own.Client.ListNodesAsync()).Nodes.ShouldHaveSingleItem();

        members.Select(member => (member.Id, member.State, member.NodeId)).ShouldBe(
            [("i-1", "RUNNING", "i-1"), ("i-2", "STARTING", null), ("i-3", "ORPHAN", null)]);
        members[2].Reason!.ShouldContain("has never reported");
        (members[0].MachineType, members[0].Zone, members[0].IsSpot).ShouldBe(("c7a.large", "z1", true));
        (node.MachineType, node.Zone, node.IsSpot).ShouldBe(("c7a.large", "z1", true));

        machines.Trouble = new FleetException("EC2 cannot be reached.");
        (await own.Client.GetFleetAsync()).Problem.ShouldBe("EC2 cannot be reached.");
    }

    [Fact]
    public async Task Lists_presets_with_their_descriptions()
    {
        var presets = (await feederd.Client.ListPresetsAsync()).Presets;

        presets.ShouldContain(preset => preset.Name == "web_medium" && preset.Extension == "mp4");
        presets.ShouldAllBe(preset => preset.Description.Length > 0 && preset.Options.Count > 0);
    }

    [Fact]
    public async Task Wiping_needs_a_yes_and_leaves_nothing()
    {
        await using var own = await RunningFeederd.StartAsync();
        await own.SubmitAsync();

        foreach (var body in (string[])["", "{}", """{"confirm": "true"}""", """{"confirm": false}"""])
        {
            using var answer = await own.PostAsync("/v1/wipe", body);
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await answer.Content.ReadFromJsonAsync(WireJson.Default.ProblemResponse))!.Field.ShouldBe("confirm");
        }

        (await own.Client.ListJobsAsync()).Jobs.Count.ShouldBe(1);
        await own.Client.WipeAsync();

        (await own.Client.ListJobsAsync()).Jobs.ShouldBeEmpty();
        var queue = own.Get<IMessageQueue>();
        (await queue.ApproximateDepthAsync(own.Get<QueueNames>().Normal, CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task Metrics_count_jobs_queues_workers_notifications_and_requests()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var own = await RunningFeederd.StartAsync();
        await own.SubmitAsync();
        var told = await own.SubmitAsync(
            $$"""{"source_path": "/i", "dest_path": "/o.mp4", "preset": "web_medium", "notify_url": "{{receiver.Url}}/done"}""");
        await own.Client.CancelAsync(told);
        await PutNodeAsync(own, "busy", DateTimeOffset.UtcNow);
        await Soon.BeAsync(() => !receiver.Calls.IsEmpty, "the notification arrives");
        var text = "";
        await Soon.BeAsync(
            () => (text = own.Http.GetStringAsync("/metrics").GetAwaiter().GetResult()).Contains("nommer_notifications_tries_total", StringComparison.Ordinal),
            "the try is counted");

        var lines = text.Split('\n');
        lines.ShouldContain("nommer_jobs_submitted_total{priority=\"normal\"} 2");
        lines.ShouldContain("nommer_jobs{state=\"PENDING\"} 1");
        lines.ShouldContain("nommer_queue_depth{queue=\"media_nommer_low\"} 0");
        lines.ShouldContain("nommer_nodes{state=\"ACTIVE\"} 1");
        lines.ShouldContain("nommer_notifications_tries_total{state=\"DELIVERED\"} 1");
        lines.ShouldContain(
            "http_server_request_duration_seconds_count{http_request_method=\"POST\",http_response_status_code=\"201\",http_route=\"/v1/jobs\"} 2");
    }

    [Fact]
    public async Task Notifications_are_listed_with_their_deliveries_and_can_be_replayed()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var own = await RunningFeederd.StartAsync();
        var id = await own.SubmitAsync(
            $$"""{"source_path": "/i", "dest_path": "/o.mp4", "preset": "web_medium", "notify_url": "{{receiver.Url}}/done?token=abc"}""");
        await own.Client.CancelAsync(id);
        await Soon.BeAsync(
            () => own.Client.ListNotificationsAsync(id, "delivered").GetAwaiter().GetResult().Notifications.Count == 1,
            "the notification is delivered");

        var one = (await own.Client.ListNotificationsAsync(id)).Notifications.ShouldHaveSingleItem();
        (one.JobState, one.Method, one.State, one.NextAttemptAt).ShouldBe(("CANCELLED", "GET", "DELIVERED", null));
        one.Url.ShouldBe($"{receiver.Url}/***");
        one.Deliveries.ShouldHaveSingleItem().Status.ShouldBe(200);

        await own.Client.ReplayNotificationAsync(one.Id);
        await Soon.BeAsync(
            () => own.Client.GetNotificationAsync(one.Id).GetAwaiter().GetResult().Deliveries.Count == 2, "it is delivered again");
        receiver.Calls.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("GET", "/v1/notifications/unknown", 404)]
    [InlineData("POST", "/v1/notifications/unknown/replay", 404)]
    [InlineData("GET", "/v1/notifications?state=LOST", 400)]
    [InlineData("GET", "/v1/notifications?limit=0", 400)]
    public async Task Wrong_notification_calls_are_refused(string method, string path, int status)
    {
        using var answer = await feederd.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        ((int)answer.StatusCode).ShouldBe(status);
    }

    [Fact]
    public async Task The_page_comes_with_its_parts_and_a_strict_policy()
    {
        using var page = await feederd.Http.GetAsync("/");
        var html = await page.Content.ReadAsStringAsync();

        page.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");
        html.ShouldNotContain("http://");
        html.ShouldNotContain("https://");
        string[] parts = ["dashboard.js", "dashboard.css"];
        foreach (var part in parts)
            html.ShouldContain("\"dashboard/" + part);
        string[] modules = ["api.js", "details.js", "jobs.js", "newjob.js", "page.js"];
        foreach (var part in parts.Concat(modules).Select(name => "/dashboard/" + name))
        {
            using var answer = await feederd.Http.GetAsync(part);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            var again = new HttpRequestMessage(HttpMethod.Get, part);
            again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
            using var unchanged = await feederd.Http.SendAsync(again);
            unchanged.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        }
    }

    [Fact]
    public async Task The_client_says_when_nobody_answers_or_somebody_else_does()
    {
        await using var stranger = await WebhookReceiver.StartAsync();
        using var nobody = new NommerClient(new Uri("http://127.0.0.1:1"));
        using var somebody = new NommerClient(new Uri(stranger.Url));

        (await Should.ThrowAsync<NommerUnreachableException>(() => nobody.ListJobsAsync())).Message.ShouldContain("127.0.0.1:1");
        await Should.ThrowAsync<NommerUnreachableException>(() => somebody.ListJobsAsync());
    }

    private static Task<bool> PutNodeAsync(RunningFeederd feederd, string id, DateTimeOffset lastReport) =>
        feederd.Store.TryPutNodeAsync(
            new Node
            {
                Id = id, Host = "here", Slots = 2, LastReportAt = lastReport, StartedAt = lastReport, Version = 1,
                Running = [new RunningStep { JobId = "j", Step = "encode", Progress = 0.5 }],
            },
            0, CancellationToken.None);
}
