using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Notifications;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Conformance;

/// <content>Nodes and the outbox.</content>
public abstract partial class JobStoreConformance
{
    [Fact]
    public async Task A_node_is_read_back_as_it_was_written()
    {
        var node = NodeOf("höst-1", 1) with
        {
            Reason = "why", Nommers = ["ffmpeg", "own"], LoadAverage = 0.5, DiskFreeBytes = 1L << 50,
            Running = [new RunningStep { JobId = SampleJobs.Id(1), Step = "encode", Progress = 0.5 }],
        };

        (await Store.TryPutNodeAsync(node, 0, None)).ShouldBeTrue();

        JobJson.Write((await Store.GetNodeAsync(node.Id, None))!).ShouldBe(JobJson.Write(node));
        (await Store.GetNodeAsync("other", None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_node_is_written_only_from_its_current_version()
    {
        (await Store.TryPutNodeAsync(NodeOf("a", 2), 1, None)).ShouldBeFalse();
        (await Store.TryPutNodeAsync(NodeOf("a", 1), 0, None)).ShouldBeTrue();
        (await Store.TryPutNodeAsync(NodeOf("a", 1), 0, None)).ShouldBeFalse();
        (await Store.TryPutNodeAsync(NodeOf("a", 2), 1, None)).ShouldBeTrue();
        (await Store.TryPutNodeAsync(NodeOf("a", 2) with { State = NodeState.Draining }, 1, None)).ShouldBeFalse();

        var node = await Store.GetNodeAsync("a", None);
        node!.Version.ShouldBe(2);
        node.State.ShouldBe(NodeState.Active);
    }

    [Fact]
    public async Task Of_many_writers_of_a_node_exactly_one_wins()
    {
        await Store.TryPutNodeAsync(NodeOf("a", 1), 0, None);

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ =>
            Task.Run(() => Store.TryPutNodeAsync(NodeOf("a", 2), 1, None))));

        results.Count(won => won).ShouldBe(1);
    }

    [Fact]
    public async Task Nodes_are_listed_until_they_are_removed()
    {
        await Store.TryPutNodeAsync(NodeOf("a", 1), 0, None);
        await Store.TryPutNodeAsync(NodeOf("b", 1), 0, None);

        (await Store.ListNodesAsync(None)).Select(node => node.Id).Order().ShouldBe(["a", "b"]);
        await Store.RemoveNodeAsync("a", None);
        await Store.RemoveNodeAsync("never there", None);

        (await Store.ListNodesAsync(None)).Single().Id.ShouldBe("b");
        (await Store.TryPutNodeAsync(NodeOf("a", 1), 0, None)).ShouldBeTrue();
    }

    [Fact]
    public async Task Of_each_job_only_the_oldest_undelivered_notification_is_due()
    {
        var one = SampleJobs.Make(1);
        var two = SampleJobs.Make(2);
        await Store.CreateAsync(one.Accepted(one.Notify(1)), null, None);
        await Store.CreateAsync(two.Accepted(two.Notify(1, SampleJobs.Start.AddSeconds(-1))), null, None);
        await Store.TryUpdateAsync(one.Next(JobState.Encoding, one.Notify(2, SampleJobs.Start.AddHours(-1))), 1, None);

        (await DueNotificationsAsync(SampleJobs.Start)).ShouldBe([two.Notify(1).Id, one.Notify(1).Id]);
        (await DueNotificationsAsync(SampleJobs.Start, 1)).ShouldBe([two.Notify(1).Id]);

        await Store.UpdateNotificationAsync(one.Notify(1) with { State = NotificationState.Delivered }, null, None);
        (await DueNotificationsAsync(SampleJobs.Start)).ShouldBe([one.Notify(2).Id, two.Notify(1).Id]);
    }

    [Fact]
    public async Task A_notification_that_waits_for_its_next_try_holds_back_the_later_ones()
    {
        var job = SampleJobs.Make(1);
        var later = SampleJobs.Start.AddMinutes(5);
        await Store.CreateAsync(job.Accepted(job.Notify(1), job.Notify(2)), null, None);

        await Store.UpdateNotificationAsync(job.Notify(1, later) with { Attempts = 1 }, null, None);

        (await DueNotificationsAsync(later.AddTicks(-1))).ShouldBeEmpty();
        (await DueNotificationsAsync(later)).ShouldBe([job.Notify(1).Id]);
        (await Store.GetNextNotificationTimeAsync(None)).ShouldBe(later);
    }

    [Fact]
    public async Task A_failed_notification_lets_the_next_one_go_and_comes_first_again_when_replayed()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(job.Notify(1), job.Notify(2), job.Notify(3)), null, None);

        await Store.UpdateNotificationAsync(job.Notify(1) with { State = NotificationState.Failed }, null, None);
        (await DueNotificationsAsync(SampleJobs.Start)).ShouldBe([job.Notify(2).Id]);

        await Store.UpdateNotificationAsync(job.Notify(1), null, None);
        (await DueNotificationsAsync(SampleJobs.Start)).ShouldBe([job.Notify(1).Id]);
    }

    [Fact]
    public async Task The_next_notification_time_is_null_when_everything_is_delivered()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(job.Notify(1)), null, None);
        (await Store.GetNextNotificationTimeAsync(None)).ShouldBe(SampleJobs.Start);

        await Store.UpdateNotificationAsync(job.Notify(1) with { State = NotificationState.Delivered }, null, None);

        (await Store.GetNextNotificationTimeAsync(None)).ShouldBeNull();
    }

    [Fact]
    public async Task Every_delivery_attempt_is_kept_in_order()
    {
        var job = SampleJobs.Make(1);
        var notification = job.Notify(1);
        await Store.CreateAsync(job.Accepted(notification), null, None);
        DeliveryAttempt[] attempts =
            [.. Enumerable.Range(1, 12).Select(i => new DeliveryAttempt { At = SampleJobs.Start, Status = 500 + i })];

        foreach (var attempt in attempts)
            await Store.UpdateNotificationAsync(notification with { Attempts = attempt.Status!.Value }, attempt, None);

        var record = await Store.GetNotificationAsync(notification.Id, None);
        record!.Notification.Attempts.ShouldBe(512);
        record.Deliveries.ShouldBe(attempts);
        (await Store.GetNotificationAsync("unknown", None)).ShouldBeNull();
    }

    [Fact]
    public async Task Updating_a_notification_that_is_gone_writes_nothing()
    {
        var stray = SampleJobs.Make(1).Notify(1);

        await Store.UpdateNotificationAsync(stray, new DeliveryAttempt { At = SampleJobs.Start }, None);

        (await Store.GetNotificationAsync(stray.Id, None)).ShouldBeNull();
        (await Store.GetNextNotificationTimeAsync(None)).ShouldBeNull();
    }

    [Fact]
    public async Task Notifications_are_listed_newest_first_by_job_and_by_state()
    {
        for (var number = 1; number <= 3; number++)
        {
            var job = SampleJobs.Make(number);
            var notifications = Enumerable.Range(1, 3).Select(i => job.Notify(i)).ToArray();
            await Store.CreateAsync(job.Accepted(notifications), null, None);
        }

        var two = SampleJobs.Make(2);
        await Store.UpdateNotificationAsync(two.Notify(2) with { State = NotificationState.Failed }, null, None);

        (await ListNotificationsAsync(new NotificationQuery())).Count.ShouldBe(9);
        (await ListNotificationsAsync(new NotificationQuery { JobId = two.Id })).ShouldBe(
            [two.Notify(3).Id, two.Notify(2).Id, two.Notify(1).Id]);
        (await ListNotificationsAsync(new NotificationQuery { State = NotificationState.Failed })).ShouldBe(
            [two.Notify(2).Id]);
        (await ListNotificationsAsync(
            new NotificationQuery { JobId = two.Id, State = NotificationState.Pending, Limit = 1 })).ShouldBe(
            [two.Notify(3).Id, two.Notify(1).Id]);
        (await ListNotificationsAsync(new NotificationQuery { Limit = 2 })).ShouldBeUnique();
    }

    private static Node NodeOf(string id, long version) =>
        new() { Id = id, Host = "host", Slots = 2, StartedAt = SampleJobs.Start, Version = version };

    private async Task<IEnumerable<string>> DueNotificationsAsync(DateTimeOffset now, int limit = 10) =>
        (await Store.GetDueNotificationsAsync(now, limit, None)).Select(notification => notification.Id);

    private async Task<List<string>> ListNotificationsAsync(NotificationQuery query)
    {
        var found = new List<string>();
        while (true)
        {
            var page = await Store.ListNotificationsAsync(query, None);
            found.AddRange(page.Notifications.Select(record => record.Notification.Id));
            if (page.Cursor is null)
                return found;
            query = query with { Cursor = page.Cursor };
        }
    }
}
