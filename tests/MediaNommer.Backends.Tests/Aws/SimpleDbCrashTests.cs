using MediaNommer.Backends.Aws.SimpleDb;
using MediaNommer.Backends.Tests.Aws.SimpleDbServer;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>A process dies between two writes; another one goes on. Nothing may be lost, doubled or half there.</summary>
public sealed class SimpleDbCrashTests : SimpleDbRig
{
    private static readonly JobLog Log = new(1, string.Concat(Enumerable.Range(0, 120_000).Select(i => (char)(33 + (i * i % 89)))));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_creation_with_a_key_is_finished_by_the_next_one_or_never_happened(int writes)
    {
        var job = SampleJobs.Make(1).Labelled("label");
        await DieAfterAsync(writes, dying => dying.CreateAsync(job.Accepted(job.Notify(1)), "key", None));

        var id = await Store.CreateAsync(SampleJobs.Make(2).Accepted(), "key", None);

        id.ShouldBe(SampleJobs.Id(writes == 0 ? 2 : 1));
        (await Store.ListAsync(new JobQuery(), None)).Jobs.Select(one => one.Id).ShouldBe([id]);
        (await Store.GetEventsAsync(id, None)).Count.ShouldBe(1);
        (await Store.GetDueNotificationsAsync(SampleJobs.Start, 10, None)).Count.ShouldBe(writes == 0 ? 0 : 1);
        (await Store.ListAsync(new JobQuery { Label = "label" }, None)).Jobs.Count.ShouldBe(writes == 0 ? 0 : 1);
        (await Store.CreateAsync(SampleJobs.Make(3).Accepted(), "key", None)).ShouldBe(id);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_update_is_there_with_log_history_and_notification_or_not_at_all(int writes)
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), null, None);
        var change = job.Next(JobState.Error, job.Notify(2)) with { Log = Log };
        await DieAfterAsync(writes, dying => dying.TryUpdateAsync(change, 1, None));

        var isThere = writes == 2;
        (await Store.GetAsync(job.Id, None))!.State.ShouldBe(isThere ? JobState.Error : JobState.Pending);
        (await Store.GetEventsAsync(job.Id, None)).Count.ShouldBe(isThere ? 2 : 1);
        (await Store.GetLogAsync(job.Id, 1, None)).ShouldBe(isThere ? Log : null);
        (await Store.GetNextNotificationTimeAsync(None)).ShouldBe(isThere ? SampleJobs.Start : null);

        (await Store.TryUpdateAsync(change, 1, None)).ShouldBe(!isThere);
        (await Store.GetLogAsync(job.Id, 1, None)).ShouldBe(Log);
        await Store.UpdateNotificationAsync(job.Notify(2) with { State = NotificationState.Delivered }, null, None);
        await PruneEverythingAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Nothing_of_the_past_is_lost_when_making_room_is_interrupted(int writes)
    {
        var job = await WithEventsAsync(79);
        var change = job.Next(JobState.Encoding, job.Notify(80));
        await DieAfterAsync(writes, dying => dying.TryUpdateAsync(change, job.Version, None));

        // The last write is the update itself; before it room is made in four.
        if (writes < 5)
            (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
        (await Store.GetEventsAsync(job.Id, None)).Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, 80));
        (await Store.ListNotificationsAsync(new NotificationQuery { JobId = job.Id }, None)).Notifications
            .Select(note => note.Notification.Sequence).ShouldBe([80, 2]);
        (await Store.GetDueNotificationsAsync(SampleJobs.Start, 10, None)).Single().Sequence.ShouldBe(2);
        foreach (var sequence in (int[])[2, 80])
            await Store.UpdateNotificationAsync(job.Notify(sequence) with { State = NotificationState.Failed }, null, None);
        (await Store.TryUpdateAsync(change.Job.Next(JobState.Error), change.Job.Version, None)).ShouldBeTrue();
        await PruneEverythingAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_job_that_is_pruned_is_whole_or_gone_and_the_rest_goes_next_time(int writes)
    {
        var job = SampleJobs.Make(1).Labelled("label");
        await Store.CreateAsync(job.Accepted(), "key", None);
        await Store.TryUpdateAsync(job.Next(JobState.Error) with { Log = Log }, 1, None);
        await DieAfterAsync(writes, dying => dying.PruneAsync(SampleJobs.Start.AddDays(1), 10, None));

        var isWhole = writes == 0;
        (await Store.GetAsync(job.Id, None) is not null).ShouldBe(isWhole);
        (await Store.GetEventsAsync(job.Id, None)).Count.ShouldBe(isWhole ? 2 : 0);
        (await Store.GetLogAsync(job.Id, 1, None)).ShouldBe(isWhole ? Log : null);
        (await Store.ListAsync(new JobQuery { Label = "label" }, None)).Jobs.Count.ShouldBe(isWhole ? 1 : 0);
        if (!isWhole)
            (await Store.TryUpdateAsync(job.Next(JobState.Pending), 2, None)).ShouldBeFalse();
        await PruneEverythingAsync();
    }

    [Fact]
    public async Task A_wipe_that_was_interrupted_is_finished_by_the_next()
    {
        var job = await WithEventsAsync(45);
        await Store.CreateAsync(SampleJobs.Make(2).Accepted(), "key", None);
        await DieAfterAsync(0, dying => dying.WipeAsync(None));

        await Store.WipeAsync(None);

        (await Store.GetAsync(job.Id, None)).ShouldBeNull();
        Items().ShouldBeEmpty();
    }

    /// <summary>A job with so many lines of history, and a notification that waits.</summary>
    private async Task<Job> WithEventsAsync(int count)
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), null, None);
        while (job.EventCount < count)
        {
            var change = job.Next(JobState.Encoding, job.EventCount == 1 ? [job.Notify(2)] : []);
            (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
            job = change.Job;
        }

        return job;
    }

    private async Task DieAfterAsync(int writes, Func<SimpleDbJobStore, Task> act)
    {
        using var dying = SimpleDbJobStoreTests.Open(Server);
        Server.Before = request =>
        {
            if (request.IsWrite && writes-- <= 0)
                throw new SdbFault("AccessFailure", 403, "The process has died.");
        };
        try
        {
            await act(dying);
        }
        catch (BackendUnavailableException)
        {
            // It died.
        }

        Server.Before = null;
    }

    /// <summary>When the last is gone, nothing is left of it, whatever was interrupted before.</summary>
    private async Task PruneEverythingAsync()
    {
        await Store.PruneAsync(SampleJobs.Start.AddDays(3), 10, None);
        Items().ShouldBeEmpty();
    }
}
