using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Feederd.Services;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>Two feederds on one data folder: both serve, one is on duty.</summary>
public sealed class DutiesTests : IAsyncLifetime
{
    private RunningFeederd first = null!;
    private RunningFeederd second = null!;
    private WebhookReceiver receiver = null!;

    public async Task InitializeAsync()
    {
        receiver = await WebhookReceiver.StartAsync();
        first = await RunningFeederd.StartAsync();
        await Soon.BeAsync(() => first.Get<Duties>().AreHeld, "the first to be on duty");
        second = await RunningFeederd.StartAsync(options => options.DataDir = first.DataDir);
    }

    public async Task DisposeAsync()
    {
        await second.DisposeAsync();
        await first.DisposeAsync();
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task Both_serve_and_each_notification_is_delivered_once_whichever_took_the_job()
    {
        var ids = new List<string>();
        for (var i = 0; i < 12; i++)
            ids.Add(await FinishedAsync(i % 2 == 0 ? first : second));
        await Soon.BeAsync(() => receiver.Calls.Count >= ids.Count, "all calls");
        foreach (var id in ids)
            await Soon.BeAsync(() => IsDelivered(id), "its record");

        receiver.Calls.Select(call => call.Headers["Nommer-Job-Id"]).Order().ShouldBe(ids.Order());
        second.Get<Duties>().AreHeld.ShouldBeFalse();
        second.Get<Duties>().Holder.ShouldBe(first.Get<Duties>().Name);
        var about = await second.Client.GetAboutAsync();
        (about.Feederd, about.OnDuty).ShouldBe((second.Get<Duties>().Name, first.Get<Duties>().Name));
    }

    [Fact]
    public async Task When_the_one_on_duty_stops_the_other_takes_over_at_once()
    {
        var began = TimeProvider.System.GetTimestamp();
        await first.StopAsync();
        await Soon.BeAsync(() => second.Get<Duties>().AreHeld, "the other to be on duty");
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Duties.Length, "the lease was given up");

        var id = await FinishedAsync(second);
        await Soon.BeAsync(() => IsDelivered(id), "a notification by the other");
    }

    [Fact]
    public async Task A_replay_asked_of_the_one_off_duty_is_made_by_the_other()
    {
        var id = await FinishedAsync(first);
        await Soon.BeAsync(() => IsDelivered(id), "the first delivery");

        using var answer = await second.Http.PostAsync($"/v1/notifications/{id}-000002/replay", content: null);
        ((int)answer.StatusCode).ShouldBe(202);

        await Soon.BeAsync(() => receiver.Calls.Count == 2, "the second call");
        receiver.Calls.Select(call => call.Headers["Nommer-Delivery-Id"]).Distinct().ShouldBe([$"{id}-000002"]);
    }

    [Fact]
    public async Task A_service_that_is_on_duty_is_told_when_it_no_longer_is_and_when_it_is_again()
    {
        var clock = new FakeClock();
        var (store, line) = FlakyStore.Around(new InMemoryJobStore());
        var hub = new JobEventHub();
        using var duties = new Duties(store, hub, clock, new LogLines<Duties>());
        var terms = 0;
        using var stop = new CancellationTokenSource();
        var running = duties.RunAsync(
            async held =>
            {
                Interlocked.Increment(ref terms);
                await Task.Delay(Timeout.Infinite, held).ContinueWith(_ => { }, TaskScheduler.Default);
            },
            stop.Token);
        await duties.StartAsync(default);
        await Soon.BeAsync(() => terms == 1, "the first term");
        var known = hub.Announced;

        line.IsCut = _ => true;
        await Soon.BeAsync(() => !duties.AreHeld, "the lease to end", () => clock.Advance(TimeSpan.FromSeconds(1)));
        hub.Announced.ShouldBeGreaterThan(known, "another may have heard of changes meanwhile");
        line.IsCut = _ => false;
        await Soon.BeAsync(() => terms == 2, "the second term", () => clock.Advance(TimeSpan.FromSeconds(1)));

        await stop.CancelAsync();
        await running;
        await duties.StopAsync(default);
        (await store.GetLeaseAsync(Duties.LeaseName, default))!.Owner.ShouldBeEmpty("it was given up");
    }

    [Fact]
    public async Task A_duty_that_fails_is_logged_and_done_again_and_so_is_one_that_fails_when_its_term_ends()
    {
        var clock = new FakeClock();
        var (store, line) = FlakyStore.Around(new InMemoryJobStore());
        var log = new LogLines<Duties>();
        using var duties = new Duties(store, new JobEventHub(), clock, log);
        var calls = 0;
        using var stop = new CancellationTokenSource();
        var running = duties.RunAsync(
            async held =>
            {
                if (Interlocked.Increment(ref calls) == 1)
                    throw new InvalidOperationException("A defect.");
                await Task.Delay(Timeout.Infinite, held).ContinueWith(_ => { }, TaskScheduler.Default);
                throw new BackendUnavailableException("The line was cut.");
            },
            stop.Token);
        await duties.StartAsync(default);
        await Soon.BeAsync(() => Volatile.Read(ref calls) == 2, "the second call", () => clock.Advance(TimeSpan.FromSeconds(1)));
        duties.AreHeld.ShouldBeTrue("it was the same term");

        line.IsCut = _ => true;
        await Soon.BeAsync(() => !duties.AreHeld, "the lease to end", () => clock.Advance(TimeSpan.FromSeconds(1)));
        line.IsCut = _ => false;
        await Soon.BeAsync(() => Volatile.Read(ref calls) == 3, "the next term", () => clock.Advance(TimeSpan.FromSeconds(1)));
        log.Lines.Count(logged => logged.Text.StartsWith("A duty", StringComparison.Ordinal)).ShouldBe(2);

        await stop.CancelAsync();
        await running;
        await duties.StopAsync(default);
    }

    [Fact]
    public void A_process_is_gone_only_when_it_was_one_of_this_machine_and_has_ended()
    {
        var own = ProcessMark.Own.ShouldNotBeNull();
        ProcessMark.IsGone(own).ShouldBeFalse();
        var parts = own.Split(' ');
        ProcessMark.IsGone($"{parts[0]} {parts[1]} {parts[2]}9").ShouldBeTrue("another had its id");
        ProcessMark.IsGone($"{parts[0]} 99999999 {parts[2]}").ShouldBeTrue();
        ProcessMark.IsGone($"elsewhere {parts[1]} {parts[2]}9").ShouldBeFalse();
        ProcessMark.IsGone("").ShouldBeFalse();
    }

    private bool IsDelivered(string id) => first.Store
        .ListNotificationsAsync(new NotificationQuery { JobId = id }, default).Result.Notifications
        .All(record => record.Notification.State == NotificationState.Delivered);

    private async Task<string> FinishedAsync(RunningFeederd feederd)
    {
        var id = await feederd.SubmitAsync(RunningFeederd.SomeJob[..^1] + $$""", "notify_url": "{{receiver.Url}}"}""");
        await feederd.Lifecycle.CancelAsync(id, default);
        return id;
    }
}
