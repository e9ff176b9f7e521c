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

/// <summary>What SimpleDB's limits, lost answers and other writers make hard.</summary>
public sealed class SimpleDbTroubleTests : IAsyncLifetime
{
    private SimpleDbDouble server = null!;
    private SimpleDbJobStore store = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync() => await OpenAsync(new SimpleDbDoubleOptions());

    public async Task DisposeAsync()
    {
        store.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_write_whose_answer_was_lost_counts_once()
    {
        await ReopenAsync(new SimpleDbDoubleOptions { LoseEvery = 2 });
        var job = SampleJobs.Make(1);
        var attempt = new DeliveryAttempt { At = SampleJobs.Start, Status = 200 };
        for (var round = 0; round < 2; round++)
        {
            job = SampleJobs.Make(round);
            (await store.CreateAsync(job.Accepted(job.Notify(1)), $"key {round}", None)).ShouldBe(job.Id);
            (await store.TryUpdateAsync(job.Next(JobState.Error), 1, None)).ShouldBeTrue();
            (await store.TryPutNodeAsync(new Node { Id = $"{round}", Version = 1 }, 0, None)).ShouldBeTrue();
            (await store.TryPutNodeAsync(new Node { Id = $"{round}", Version = 2 }, 1, None)).ShouldBeTrue();
            await store.UpdateNotificationAsync(job.Notify(1) with { State = NotificationState.Delivered }, attempt, None);

            (await store.GetEventsAsync(job.Id, None)).Count.ShouldBe(2);
            (await store.GetNotificationAsync(job.Notify(1).Id, None))!.Deliveries.ShouldBe([attempt]);
        }

        (await store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None)).ShouldBe(2);
    }

    [Fact]
    public async Task A_job_may_have_any_number_of_history_lines_and_notifications()
    {
        const int Last = 130;
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        for (var sequence = 2; sequence <= Last; sequence++)
        {
            var change = job.Next(JobState.Encoding, job.Notify(sequence));
            (await store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
            job = change.Job;
        }

        (await store.GetEventsAsync(job.Id, None)).Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, Last));
        for (var sequence = 2; sequence <= Last; sequence++)
        {
            var due = (await store.GetDueNotificationsAsync(SampleJobs.Start, 10, None)).Single();
            due.Sequence.ShouldBe(sequence);
            await store.UpdateNotificationAsync(due with { State = NotificationState.Delivered }, new DeliveryAttempt { Status = sequence }, None);
        }

        (await store.GetNextNotificationTimeAsync(None)).ShouldBeNull();
        var first = (await store.GetNotificationAsync(job.Notify(2).Id, None))!;
        first.Deliveries.Single().Status.ShouldBe(2);
        await store.UpdateNotificationAsync(first.Notification with { State = NotificationState.Pending }, null, None);
        (await store.GetDueNotificationsAsync(SampleJobs.Start, 10, None)).Single().Sequence.ShouldBe(2);
        var delivered = await store.ListNotificationsAsync(
            new NotificationQuery { State = NotificationState.Delivered, Limit = 1000 }, None);
        delivered.Notifications.Select(note => note.Notification.Sequence).ShouldBe(Enumerable.Range(3, Last - 2).Reverse());
    }

    [Fact]
    public async Task Room_is_made_when_an_item_is_full()
    {
        // Ten values for each line: the item is full long before its lines are many.
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        for (var sequence = 2; sequence <= 39; sequence++)
        {
            var change = job.Next(JobState.Encoding);
            change = change with { Events = [SampleJobs.Line(sequence, Noise(6000))] };
            (await store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
            job = change.Job;
        }

        server.Done.ShouldContainKey("DeleteAttributes");
        (await store.GetEventsAsync(job.Id, None)).Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, 39));
    }

    [Fact]
    public async Task A_job_of_many_steps_is_stored_and_found_in_every_listing()
    {
        var steps = Enumerable.Range(0, 800).Select(i => new JobStep
        {
            Name = $"encode-{i}", State = JobState.Encoding, WorkerId = $"i-{i * 7919:x8}", Attempt = i % 3,
            LeaseExpiresAt = SampleJobs.Start.AddTicks(i * 104729L), Progress = new StepProgress { Fraction = i / 800.0 },
        });
        var job = SampleJobs.Make(1, JobState.Encoding) with { Steps = [.. steps], NextCheckAt = SampleJobs.Start };
        await store.CreateAsync(job.Accepted(), null, None);

        foreach (var found in (Job[])
        [
            (await store.GetAsync(job.Id, None))!, (await store.ListAsync(new JobQuery(), None)).Jobs.Single(),
            (await store.GetRunningAsync(5, None)).Single(), (await store.GetDueAsync(SampleJobs.Start, 5, None)).Single(),
        ])
            JobJson.Write(found).ShouldBe(JobJson.Write(job));
    }

    [Fact]
    public async Task A_job_that_fits_no_item_is_refused_with_a_remedy()
    {
        var steps = Enumerable.Range(0, 1000).Select(i => new JobStep { Name = Noise(500 + i) });
        var job = SampleJobs.Make(1) with { Steps = [.. steps] };

        (await Should.ThrowAsync<AwsException>(() => store.CreateAsync(job.Accepted(), null, None)))
            .Message.ShouldContain("DynamoDb");
    }

    [Fact]
    public async Task A_log_of_a_megabyte_is_kept_in_several_items()
    {
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        var log = new JobLog(1, Noise(1 << 20));

        (await store.TryUpdateAsync(job.Next(JobState.Error) with { Log = log }, 1, None)).ShouldBeTrue();

        (await store.GetLogAsync(job.Id, 1, None)).ShouldBe(log);
        await store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None);
        Items().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("tab\tand \0")]
    [InlineData("")]
    [InlineData("it's 100% `quoted` \"twice\" = ~")]
    public async Task Any_label_can_be_asked_for(string label)
    {
        var longLabel = string.Concat(Enumerable.Repeat("長", 400));
        await store.CreateAsync(SampleJobs.Make(1).Labelled(label, $"{longLabel}1").Accepted(), null, None);
        await store.CreateAsync(SampleJobs.Make(2).Labelled("other", $"{longLabel}2").Accepted(), null, None);

        (await store.ListAsync(new JobQuery { Label = label }, None)).Jobs.Single().Id.ShouldBe(SampleJobs.Id(1));
        (await store.ListAsync(new JobQuery { Label = $"{longLabel}2" }, None)).Jobs.Single().Id.ShouldBe(SampleJobs.Id(2));
    }

    [Theory]
    [InlineData("")]
    [InlineData("it's")]
    [InlineData("'; \0 \ud800")]
    [InlineData("key/x")]
    public async Task Odd_ids_and_cursors_find_nothing_and_break_nothing(string odd)
    {
        (await store.GetAsync(odd, None)).ShouldBeNull();
        (await store.GetEventsAsync(odd, None)).ShouldBeEmpty();
        (await store.GetNodeAsync(odd, None)).ShouldBeNull();
        (await store.GetNotificationAsync($"{odd}-1", None)).ShouldBeNull();
        (await store.TryUpdateAsync((SampleJobs.Make(1) with { Id = odd }).Next(JobState.Error), 1, None)).ShouldBeFalse();
        (await store.ListAsync(new JobQuery { Cursor = odd, State = JobState.Error }, None)).Jobs.ShouldBeEmpty();
        (await store.ListNotificationsAsync(new NotificationQuery { Cursor = odd }, None)).Notifications.ShouldBeEmpty();
        await store.RemoveNodeAsync(odd, None);
    }

    [Fact]
    public async Task A_writer_and_a_notifier_do_not_lose_each_others_work()
    {
        const int Last = 60;
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        var writing = Task.Run(async () =>
        {
            for (var sequence = 2; sequence <= Last; sequence++)
            {
                var change = job.Next(JobState.Encoding, job.Notify(sequence));
                (await store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
                job = change.Job;
            }
        });
        var delivered = new List<int>();
        while (!writing.IsCompleted || await store.GetNextNotificationTimeAsync(None) is not null)
        {
            foreach (var due in await store.GetDueNotificationsAsync(SampleJobs.Start, 10, None))
            {
                delivered.Add(due.Sequence);
                await store.UpdateNotificationAsync(due with { State = NotificationState.Delivered }, null, None);
            }
        }

        await writing;
        delivered.ShouldBe(Enumerable.Range(2, Last - 1));
    }

    [Fact]
    public async Task A_late_first_notification_is_not_hidden_by_a_later_one()
    {
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(job.Notify(1)), null, None);
        await store.TryUpdateAsync(job.Next(JobState.Error, job.Notify(2, SampleJobs.Start.AddDays(300))), 1, None);

        (await store.GetNextNotificationTimeAsync(None)).ShouldBe(SampleJobs.Start);
        (await store.GetDueNotificationsAsync(SampleJobs.Start, 10, None)).Single().Sequence.ShouldBe(1);
    }

    [Fact]
    public async Task A_job_that_is_retried_while_it_is_pruned_stays_with_all_it_has()
    {
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), "key", None);
        var failed = job.Next(JobState.Error) with { Log = new JobLog(1, "log") };
        await store.TryUpdateAsync(failed, 1, None);
        var retried = failed.Job.Next(JobState.Pending);
        OnceBefore("PutAttributes", () => store.TryUpdateAsync(retried, 2, None));

        (await store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None)).ShouldBe(0);

        (await store.GetAsync(job.Id, None))!.State.ShouldBe(JobState.Pending);
        (await store.GetLogAsync(job.Id, 1, None)).ShouldNotBeNull();
        (await store.CreateAsync(SampleJobs.Make(2).Accepted(), "key", None)).ShouldBe(job.Id);
    }

    [Fact]
    public async Task A_key_that_passed_to_a_new_job_is_not_taken_from_it_when_the_old_one_is_pruned()
    {
        await store.CreateAsync(SampleJobs.Make(1, JobState.Error).Accepted(), "key", None);
        var later = SampleJobs.Make(2) with { CreatedAt = SampleJobs.Start.AddHours(25) };
        OnceBefore("DeleteAttributes", () => store.CreateAsync(later.Accepted(), "key", None));

        (await store.PruneAsync(SampleJobs.Start.AddDays(9), 10, None)).ShouldBe(1);

        var again = SampleJobs.Make(3) with { CreatedAt = later.CreatedAt };
        (await store.CreateAsync(again.Accepted(), "key", None)).ShouldBe(later.Id);
    }

    [Fact]
    public async Task Two_domains_may_be_one()
    {
        using var both = new SimpleDbJobStore(NewClient(), "both", "both", TimeProvider.System);
        await both.InitializeAsync(None);
        await both.CreateAsync(SampleJobs.Make(1).Accepted(), "key", None);
        await both.TryPutNodeAsync(new Node { Id = "node", Version = 1 }, 0, None);

        (await both.ListNodesAsync(None)).Single().Id.ShouldBe("node");
        (await both.ListAsync(new JobQuery(), None)).Jobs.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("Expected")]
    [InlineData("Expected.1")]
    public async Task Conditions_are_written_in_the_way_that_the_server_knows(string way)
    {
        await ReopenAsync(new SimpleDbDoubleOptions { Conditions = way });
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);

        (await store.TryUpdateAsync(job.Next(JobState.Error), 2, None)).ShouldBeFalse();
        (await store.TryUpdateAsync(job.Next(JobState.Error), 1, None)).ShouldBeTrue();
        Items().Single().ShouldBe(job.Id);
    }

    [Fact]
    public async Task A_server_that_ignores_conditions_is_refused()
    {
        var error = await Should.ThrowAsync<AwsException>(
            () => ReopenAsync(new SimpleDbDoubleOptions { Conditions = "none" }));

        error.Message.ShouldContain("ignores the conditions");
    }

    [Fact]
    public async Task A_domain_that_somebody_deleted_is_named_and_made_again()
    {
        using var client = NewClient();
        await client.DeleteDomainAsync(server.Settings().SimpleDb.JobStateDomain, None);

        (await Should.ThrowAsync<BackendUnavailableException>(() => store.GetAsync(SampleJobs.Id(1), None)))
            .Message.ShouldContain("somebody deleted", Case.Insensitive);
        await store.InitializeAsync(None);

        (await store.GetAsync(SampleJobs.Id(1), None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_plain_job_costs_four_writes_and_one_for_its_log()
    {
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        foreach (var state in (JobState[])[JobState.Encoding, JobState.Uploading, JobState.Finished])
        {
            var change = job.Next(state) with { Log = state == JobState.Finished ? new JobLog(1, "log") : null };
            (await store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
            job = change.Job;
        }

        server.Done.GetValueOrDefault("BatchPutAttributes").ShouldBe(1);
        server.Done.GetValueOrDefault("PutAttributes").ShouldBe(4);
        server.Done.GetValueOrDefault("GetAttributes").ShouldBe(AtStart);
        server.Done.ShouldNotContainKey("Select");
        server.BoxUsage.ShouldBeLessThan((2 * 0.0055590278) + 0.0002);
    }

    // Each of the two domains is found once it is made.
    private const int AtStart = 2;

    private static string Noise(int length)
    {
        var random = new Random(length);
        return string.Create(length, random, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = (char)source.Next(33, 127);
        });
    }

    private IEnumerable<string> Items() =>
        server.Data.Read(server.Settings().SimpleDb.JobStateDomain, isConsistent: true).Keys;

    private SimpleDbClient NewClient()
    {
        var settings = server.Settings();
        return Backends.Aws.AwsRegistration.NewSimpleDbClient(settings, new AwsAccess(settings), TimeProvider.System);
    }

    private void OnceBefore(string action, Func<Task> act)
    {
        server.Before = request =>
        {
            if (request.Action != action)
                return;
            server.Before = null;
            act().GetAwaiter().GetResult();
        };
    }

    private async Task ReopenAsync(SimpleDbDoubleOptions options)
    {
        await DisposeAsync();
        await OpenAsync(options);
    }

    private async Task OpenAsync(SimpleDbDoubleOptions options)
    {
        server = await SimpleDbDouble.StartAsync(options);
        store = SimpleDbJobStoreTests.Open(server);
        await store.InitializeAsync(None);
    }
}
