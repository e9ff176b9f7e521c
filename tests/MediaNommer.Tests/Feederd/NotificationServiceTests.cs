using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Feederd.Services;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

public sealed class NotificationServiceTests : IAsyncLifetime
{
    private readonly FeederdParts parts = new();
    private WebhookReceiver receiver = null!;
    private NotificationService service = null!;

    public async Task InitializeAsync()
    {
        receiver = await WebhookReceiver.StartAsync();
        service = parts.NewNotificationService();
    }

    public async Task DisposeAsync()
    {
        await parts.DisposeAsync();
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_finished_job_is_told_by_one_bare_get()
    {
        var id = await parts.SubmitFinishedAsync(receiver.Url + "/hook?a=1");
        await parts.StartAsync(service);
        await DeliveredAsync(id, 1);

        var call = receiver.Calls.ShouldHaveSingleItem();
        (call.Method, call.Path).ShouldBe(("GET", "/hook?a=1"));
        call.Headers["Nommer-Job-Id"].ShouldBe(id);
        call.Headers["Nommer-Job-State"].ShouldBe("CANCELLED");
        call.Headers["Nommer-Delivery-Id"].ShouldBe($"{id}-000002");
        call.Headers["User-Agent"].ShouldStartWith("media-nommer/");
        (await RecordsAsync(id)).Single().Deliveries.Single().Status.ShouldBe(200);
    }

    [Fact]
    public async Task Every_change_of_state_is_posted_as_a_form_in_order()
    {
        var id = await parts.SubmitFinishedAsync(receiver.Url, NotifyMethod.Post);
        await parts.StartAsync(service);
        await DeliveredAsync(id, 2);

        receiver.Calls.Select(call => call.Form["job_state"]).ShouldBe(["PENDING", "CANCELLED"]);
        receiver.Calls.Select(call => call.Form["unique_id"]).ShouldAllBe(told => told == id);
        receiver.Calls.Select(call => call.Form["job_state_details"]).ShouldBe(["", "Cancelled by a user."]);
    }

    [Fact]
    public async Task A_refused_notification_is_tried_again_later_and_a_later_one_never_overtakes_it()
    {
        var refusals = 2;
        receiver.AnswerWith(_ => refusals-- > 0 ? 503 : 204);
        var id = await parts.SubmitFinishedAsync(receiver.Url, NotifyMethod.Post);
        await parts.StartAsync(service);
        var began = parts.Clock.GetUtcNow();
        await DeliveredAsync(id, 2);

        receiver.Calls.Select(call => call.State).ShouldBe(["PENDING", "PENDING", "PENDING", "CANCELLED"]);
        receiver.Calls.Take(3).Select(call => call.Headers["Nommer-Delivery-Id"]).Distinct().Count().ShouldBe(1);
        (parts.Clock.GetUtcNow() - began).ShouldBeGreaterThan(TimeSpan.FromSeconds(24), "10 s and 20 s, less jitter");
        var first = (await RecordsAsync(id))[^1];
        first.Deliveries.Select(delivery => delivery.Status).ShouldBe([503, 503, 204]);
        first.Deliveries[0].Error.ShouldBe("answered 503");
    }

    [Fact]
    public async Task What_is_given_up_lets_the_later_ones_of_its_job_pass_and_can_be_replayed()
    {
        receiver.AnswerWith(call => call.State == "PENDING" ? 500 : 200);
        var id = await parts.SubmitFinishedAsync(receiver.Url, NotifyMethod.Post);
        await parts.StartAsync(service);
        await DeliveredAsync(id, 1, TimeSpan.FromMinutes(10));

        var failed = (await RecordsAsync(id))[^1];
        failed.Notification.State.ShouldBe(NotificationState.Failed);
        failed.Deliveries.Count.ShouldBeInRange(25, 45, "doubling from 10 s to 1 h fills 24 h with about 32 tries");
        (failed.Deliveries[^1].At - failed.Deliveries[0].At).TotalHours.ShouldBeInRange(23.5, 24.5);
        parts.NotificationLog.Lines.ShouldContain(line => line.Level == LogLevel.Warning && line.Text.Contains("given up"));

        receiver.AnswerWith(_ => 200);
        (await service.Desk.ReplayAsync(failed.Notification.Id, default)).ShouldBeTrue();
        (await service.Desk.ReplayAsync("no-such-id", default)).ShouldBeFalse();
        await DeliveredAsync(id, 2);
        receiver.Calls.Last().State.ShouldBe("PENDING");
    }

    [Fact]
    public async Task A_replay_is_not_undone_by_a_delivery_that_is_still_under_way()
    {
        var answer = new TaskCompletionSource<int>();
        receiver.Answer = (_, _) => receiver.Calls.Count == 1 ? answer.Task : Task.FromResult(200);
        var id = await parts.SubmitFinishedAsync(receiver.Url);
        await parts.StartAsync(service);
        await parts.UntilAsync(() => !receiver.Calls.IsEmpty, "the first try is under way", service);

        var replay = service.Desk.ReplayAsync((await RecordsAsync(id)).Single().Notification.Id, default);
        answer.SetResult(200);
        (await replay).ShouldBeTrue();

        await parts.UntilAsync(() => receiver.Calls.Count == 2, "it is told a second time", service);
        await DeliveredAsync(id, 1);
    }

    [Fact]
    public async Task A_feederd_that_was_away_for_days_catches_up_without_any_message_and_still_retries()
    {
        var refusals = 3;
        receiver.AnswerWith(_ => Interlocked.Decrement(ref refusals) >= 0 ? 502 : 200);
        var ids = new List<string>();
        for (var i = 0; i < 40; i++)
            ids.Add(await parts.SubmitFinishedAsync(receiver.Url));
        parts.Clock.Advance(TimeSpan.FromDays(3));

        await parts.StartAsync(service);
        foreach (var id in ids)
            await DeliveredAsync(id, 1);
        receiver.Calls.Count.ShouldBe(43);
    }

    [Fact]
    public async Task A_delivery_that_was_under_way_when_feederd_ended_is_made_again()
    {
        var hanging = new TaskCompletionSource();
        receiver.Answer = async (_, context) =>
        {
            await hanging.Task.WaitAsync(context.RequestAborted);
            return 200;
        };
        var id = await parts.SubmitFinishedAsync(receiver.Url);
        await parts.StartAsync(service);
        await parts.UntilAsync(() => receiver.Calls.Count == 1, "the first call", service);
        await service.StopAsync(default);
        (await RecordsAsync(id)).Single().Deliveries.ShouldBeEmpty();

        hanging.SetResult();
        await parts.StartAsync(service = parts.NewNotificationService());
        await DeliveredAsync(id, 1);
        receiver.Calls.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_delivery_that_is_under_way_when_feederd_is_told_to_stop_may_end_and_is_not_made_again()
    {
        var answer = new TaskCompletionSource();
        receiver.Answer = async (_, context) =>
        {
            await answer.Task.WaitAsync(context.RequestAborted);
            return 200;
        };
        var id = await parts.SubmitFinishedAsync(receiver.Url);
        await parts.StartAsync(service);
        await parts.UntilAsync(() => receiver.Calls.Count == 1, "the first call", service);

        var stopped = service.StopAsync(default);
        answer.SetResult();
        await stopped;

        (await RecordsAsync(id)).Single().Deliveries.Count.ShouldBe(1);
        receiver.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_receiver_that_hangs_holds_up_no_other_job_and_counts_as_failed_after_5_s()
    {
        receiver.Answer = async (call, context) =>
        {
            if (call.Path == "/hangs")
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { });
            return 200;
        };
        var hangs = await parts.SubmitFinishedAsync(receiver.Url + "/hangs");
        var works = await parts.SubmitFinishedAsync(receiver.Url + "/works");
        await parts.StartAsync(service);
        await Soon.BeAsync(() => Delivered(works) == 1, "the other job's delivery");
        Deliveries(hangs).ShouldBeEmpty();

        await Soon.BeAsync(
            () => Deliveries(hangs).Count == 1, "the time-out", () => parts.Clock.Advance(TimeSpan.FromSeconds(1)));
        Deliveries(hangs)[0].Error.ShouldBe("no answer within 5 s");
        Deliveries(hangs)[0].Milliseconds.ShouldBeGreaterThanOrEqualTo(5_000);
    }

    [Fact]
    public async Task A_change_of_state_wakes_the_service_at_once()
    {
        await parts.StartAsync(service);
        await parts.StartAsync(parts.NewListener());
        await parts.UntilAsync(() => parts.Clock.WaitingTimers > 1, "the services to wait", service);
        var before = parts.Clock.GetUtcNow();
        var id = await parts.SubmitFinishedAsync(receiver.Url);
        await DeliveredAsync(id, 1, TimeSpan.FromMilliseconds(1));
        (parts.Clock.GetUtcNow() - before).ShouldBeLessThan(TimeSpan.FromSeconds(20), "the poll comes after 60 s");
    }

    [Fact]
    public async Task A_password_in_the_url_is_sent_as_basic_authentication_and_appears_nowhere()
    {
        receiver.AnswerWith(_ => 500);
        var url = receiver.Url.Replace("http://", "http://bob:hush%21hush@", StringComparison.Ordinal) + "/?token=verysecret";
        var id = await parts.SubmitFinishedAsync(url);
        await parts.StartAsync(service);
        await parts.UntilAsync(() => Deliveries(id).Count > 0, "the first try", service);

        receiver.Calls.First().Headers["Authorization"].ShouldBe(
            "Basic " + Convert.ToBase64String("bob:hush!hush"u8));
        receiver.Calls.First().Path.ShouldBe("/?token=verysecret");
        var written = string.Join('\n', parts.NotificationLog.Lines.Select(line => line.Text))
            + string.Join('\n', await RecordsAsync(id));
        written.ShouldNotContain("hush");
        written.ShouldNotContain("verysecret");
    }

    [Fact]
    public async Task While_the_store_cannot_record_a_delivery_its_receiver_is_not_called_again()
    {
        var (store, line) = FlakyStore.Around(parts.Memory);
        await using var cut = new FeederdParts(store, parts);
        line.IsCut = method => method == nameof(IJobStore.TryUpdateNotificationAsync) && !receiver.Calls.IsEmpty;
        var id = await parts.SubmitFinishedAsync(receiver.Url);
        var flaky = await cut.StartAsync(cut.NewNotificationService());
        await Soon.BeAsync(() => receiver.Calls.Count == 1, "the call");
        await Soon.BeAsync(
            () => cut.NotificationLog.Lines.Any(logged => logged.Level == LogLevel.Error), "the outage to be logged");
        for (var i = 0; i < 100; i++)
            cut.Clock.Advance(TimeSpan.FromSeconds(1));

        line.IsCut = _ => false;
        await Soon.BeAsync(() => Delivered(id) == 1, "the record", () => cut.Clock.Advance(TimeSpan.FromSeconds(1)));
        receiver.Calls.Count.ShouldBe(1);
        cut.NotificationLog.Lines.Count(logged => logged.Level == LogLevel.Error).ShouldBe(1, "logged once");
    }

    [Fact]
    public async Task A_get_follows_three_redirects_and_a_post_none()
    {
        receiver.Answer = (call, context) =>
        {
            var hop = int.Parse(call.Path[1..]);
            context.Response.Headers.Location = $"/{hop - 1}";
            return Task.FromResult(hop == 0 ? 200 : 302);
        };
        await parts.StartAsync(service);
        (await FirstStatusAsync("/3", NotifyMethod.Get)).ShouldBe(200);
        (await FirstStatusAsync("/4", NotifyMethod.Get)).ShouldBe(302);
        (await FirstStatusAsync("/1", NotifyMethod.Post)).ShouldBe(302);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/", "refused")]
    [InlineData("ftp://127.0.0.1/", "URL cannot be used")]
    [InlineData("http://", "URL cannot be used")]
    public async Task A_url_that_cannot_be_reached_is_told_of_by_its_reason(string url, string reason)
    {
        var id = await parts.SubmitFinishedAsync(url);
        await parts.StartAsync(service);
        await parts.UntilAsync(() => Deliveries(id).Count > 0, "the first try", service);
        Deliveries(id)[0].Error!.ShouldContain(reason, Case.Insensitive);
    }

    private async Task<int?> FirstStatusAsync(string path, NotifyMethod method)
    {
        var id = await parts.SubmitFinishedAsync(receiver.Url + path, method);
        await parts.UntilAsync(() => Deliveries(id).Count > 0, path, service, TimeSpan.FromSeconds(1));
        return Deliveries(id)[0].Status;
    }

    private Task DeliveredAsync(string jobId, int count, TimeSpan? step = null) =>
        parts.UntilAsync(() => Delivered(jobId) == count, $"{count} deliveries", service, step);

    private int Delivered(string jobId) =>
        RecordsAsync(jobId).Result.Count(record => record.Notification.State == NotificationState.Delivered);

    private List<DeliveryAttempt> Deliveries(string jobId) =>
        [.. RecordsAsync(jobId).Result.SelectMany(record => record.Deliveries)];

    private async Task<IReadOnlyList<NotificationRecord>> RecordsAsync(string jobId) =>
        (await parts.Memory.ListNotificationsAsync(new NotificationQuery { JobId = jobId }, default)).Notifications;
}
