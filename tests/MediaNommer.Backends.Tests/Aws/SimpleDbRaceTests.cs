using MediaNommer.Backends.Aws.SimpleDb;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Aws.SimpleDbServer;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Notifications;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>Others write in between, or an answer is lost.</summary>
public sealed class SimpleDbRaceTests : SimpleDbRig
{
    [Fact]
    public async Task A_write_whose_answer_was_lost_counts_once()
    {
        await ReopenAsync(new SimpleDbDoubleOptions { LoseEvery = 2 });
        var job = SampleJobs.Make(1);
        var attempt = new DeliveryAttempt { At = SampleJobs.Start, Status = 200 };
        for (var round = 0; round < 2; round++)
        {
            job = SampleJobs.Make(round);
            (await Store.CreateAsync(job.Accepted(job.Notify(1)), $"key {round}", None)).ShouldBe(job.Id);
            (await Store.TryUpdateAsync(job.Next(JobState.Error), 1, None)).ShouldBeTrue();
            (await Store.TryPutNodeAsync(new Node { Id = $"{round}", Version = 1 }, 0, None)).ShouldBeTrue();
            (await Store.TryPutNodeAsync(new Node { Id = $"{round}", Version = 2 }, 1, None)).ShouldBeTrue();
            await Store.UpdateNotificationAsync(job.Notify(1) with { State = NotificationState.Delivered }, attempt, None);

            (await Store.GetEventsAsync(job.Id, None)).Count.ShouldBe(2);
            (await Store.GetNotificationAsync(job.Notify(1).Id, None))!.Deliveries.ShouldBe([attempt]);
        }

        (await Store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None)).ShouldBe(2);
    }

    [Theory]
    [InlineData(1, "PutAttributes")]
    [InlineData(39, "PutAttributes")]
    [InlineData(39, "BatchPutAttributes")]
    [InlineData(39, "DeleteAttributes")]
    public async Task A_write_whose_answer_was_lost_knows_itself_again_after_others(int events, string action)
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(job.Notify(1)), null, None);
        while (job.EventCount < events)
            job = await NextAsync(job);
        OnceBefore(request => request.Action == action, () =>
        {
            Server.LosesNext = true;
            OnceBefore(request => request.Action == action, () => Store.UpdateNotificationAsync(
                job.Notify(1) with { State = NotificationState.Delivered }, null, None));
            return Task.CompletedTask;
        });

        (await Store.TryUpdateAsync(job.Next(JobState.Error) with { Log = new JobLog(1, "log") }, job.Version, None)).ShouldBeTrue();

        Server.Before.ShouldBeNull();
        (await Store.GetEventsAsync(job.Id, None)).Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, events + 1));
        (await Store.GetLogAsync(job.Id, 1, None))!.Text.ShouldBe("log");
        (await Store.GetNextNotificationTimeAsync(None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_writer_and_a_notifier_do_not_lose_each_others_work()
    {
        const int Last = 60;
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), null, None);
        var writing = Task.Run(async () =>
        {
            for (var sequence = 2; sequence <= Last; sequence++)
            {
                var change = job.Next(JobState.Encoding, job.Notify(sequence));
                (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
                job = change.Job;
            }
        });
        var delivered = new List<int>();
        while (!writing.IsCompleted || await Store.GetNextNotificationTimeAsync(None) is not null)
        {
            foreach (var due in await Store.GetDueNotificationsAsync(SampleJobs.Start, 10, None))
            {
                delivered.Add(due.Sequence);
                await Store.UpdateNotificationAsync(due with { State = NotificationState.Delivered }, null, None);
            }
        }

        await writing;
        delivered.ShouldBe(Enumerable.Range(2, Last - 1));
    }

    [Fact]
    public async Task A_notification_that_comes_while_another_is_delivered_is_not_forgotten()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(job.Notify(1)), null, None);
        OnceBefore(
            request => request.Action == "PutAttributes", () => Store.TryUpdateAsync(job.Next(JobState.Error, job.Notify(2)), 1, None));

        await Store.UpdateNotificationAsync(job.Notify(1) with { State = NotificationState.Delivered }, null, None);

        (await Store.GetDueNotificationsAsync(SampleJobs.Start, 10, None)).Single().Sequence.ShouldBe(2);
        (await Store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None)).ShouldBe(0);
    }

    [Fact]
    public async Task An_attempt_whose_record_was_answered_by_nobody_is_recorded_once()
    {
        var job = SampleJobs.Make(1);
        var attempt = new DeliveryAttempt { At = SampleJobs.Start, Status = 500 };
        await Store.CreateAsync(job.Accepted(job.Notify(1)), null, None);
        Server.LosesNext = true;
        OnceBefore(request => request.Action == "PutAttributes", () =>
        {
            OnceBefore(request => request.Action == "PutAttributes", () => Store.TryUpdateAsync(job.Next(JobState.Error), 1, None));
            return Task.CompletedTask;
        });

        await Store.UpdateNotificationAsync(job.Notify(1) with { Attempts = 1 }, attempt, None);

        Server.Before.ShouldBeNull();
        (await Store.GetNotificationAsync(job.Notify(1).Id, None))!.Deliveries.ShouldBe([attempt]);
    }

    [Fact]
    public async Task What_nobody_refers_to_any_more_is_not_left_lying_about()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), null, None);
        while (job.EventCount < 85)
            job = await NextAsync(job);

        (await Store.TryUpdateAsync(job.Next(JobState.Error) with { Log = new JobLog(1, "log") }, 1, None)).ShouldBeFalse();

        // The job and its archive.
        Items().Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_late_first_notification_is_not_hidden_by_a_later_one()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(job.Notify(1)), null, None);
        await Store.TryUpdateAsync(job.Next(JobState.Error, job.Notify(2, SampleJobs.Start.AddDays(300))), 1, None);

        (await Store.GetNextNotificationTimeAsync(None)).ShouldBe(SampleJobs.Start);
        (await Store.GetDueNotificationsAsync(SampleJobs.Start, 10, None)).Single().Sequence.ShouldBe(1);
    }

    [Fact]
    public async Task A_job_that_is_retried_while_it_is_pruned_stays_with_all_it_has()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), "key", None);
        var failed = job.Next(JobState.Error) with { Log = new JobLog(1, "log") };
        await Store.TryUpdateAsync(failed, 1, None);
        var retried = failed.Job.Next(JobState.Pending);
        OnceBefore(request => request.Action == "PutAttributes", () => Store.TryUpdateAsync(retried, 2, None));

        (await Store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None)).ShouldBe(0);

        (await Store.GetAsync(job.Id, None))!.State.ShouldBe(JobState.Pending);
        (await Store.GetLogAsync(job.Id, 1, None)).ShouldNotBeNull();
        (await Store.CreateAsync(SampleJobs.Make(2).Accepted(), "key", None)).ShouldBe(job.Id);
    }

    [Fact]
    public async Task A_key_that_passed_to_a_new_job_is_not_taken_from_it_when_the_old_one_is_pruned()
    {
        await Store.CreateAsync(SampleJobs.Make(1, JobState.Error).Accepted(), "key", None);
        var later = SampleJobs.Make(2) with { CreatedAt = SampleJobs.Start.AddHours(25) };
        OnceBefore(request => request.Action == "DeleteAttributes", () => Store.CreateAsync(later.Accepted(), "key", None));

        (await Store.PruneAsync(SampleJobs.Start.AddDays(9), 10, None)).ShouldBe(1);

        var again = SampleJobs.Make(3) with { CreatedAt = later.CreatedAt };
        (await Store.CreateAsync(again.Accepted(), "key", None)).ShouldBe(later.Id);
    }

    [Fact]
    public async Task A_notification_that_is_delivered_while_room_is_made_stays_delivered()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(job.Notify(1)), null, None);
        while (job.EventCount < 39)
            job = await NextAsync(job);
        var delivered = job.Notify(1) with { State = NotificationState.Delivered };
        OnceBefore(
            request => request.Action == "DeleteAttributes", () => Store.UpdateNotificationAsync(delivered, null, None));

        await NextAsync(job);

        (await Store.GetNotificationAsync(delivered.Id, None))!.Notification.State.ShouldBe(NotificationState.Delivered);
        (await Store.GetNextNotificationTimeAsync(None)).ShouldBeNull();
    }

    [Fact]
    public async Task Whoever_found_a_key_cannot_bring_back_a_job_that_was_pruned_meanwhile()
    {
        var job = SampleJobs.Make(1);
        Server.Before = request =>
        {
            if (request.IsWrite && request["ItemName"] == job.Id)
                throw new SdbFault("AccessFailure", 403, "The first creator dies before it writes the job.");
        };
        await Should.ThrowAsync<AwsException>(() => Store.CreateAsync(job.Accepted(), "key", None));
        OnceBefore(request => request.IsWrite && request["ItemName"] == job.Id, async () =>
        {
            (await Store.CreateAsync(SampleJobs.Make(2).Accepted(), "key", None)).ShouldBe(job.Id);
            (await Store.TryUpdateAsync(job.Next(JobState.Error), 1, None)).ShouldBeTrue();
            (await Store.PruneAsync(SampleJobs.Start.AddHours(1), 10, None)).ShouldBe(1);
        });

        await Store.CreateAsync(SampleJobs.Make(3).Accepted(), "key", None);

        (await Store.GetAsync(job.Id, None)).ShouldBeNull();
        (await Store.ListAsync(new JobQuery(), None)).Jobs.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_many_wishes_to_make_room_none_takes_anything_away()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), null, None);
        while (job.EventCount < 79)
            job = await NextAsync(job);

        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ =>
            Task.Run(() => Store.TryUpdateAsync(job.Next(JobState.Error), job.Version, None))));

        results.Count(won => won).ShouldBe(1);
        (await Store.GetEventsAsync(job.Id, None)).Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, 80));
    }

    private async Task<Job> NextAsync(Job job)
    {
        var change = job.Next(JobState.Encoding);
        (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
        return change.Job;
    }
}
