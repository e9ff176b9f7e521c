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

/// <summary>What SimpleDB's limits make hard, and servers that are not as they should be.</summary>
public sealed class SimpleDbLimitTests : SimpleDbRig
{
    [Fact]
    public async Task A_job_may_have_any_number_of_history_lines_and_notifications()
    {
        const int Last = 90;
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), null, None);
        for (var sequence = 2; sequence <= Last; sequence++)
        {
            var change = job.Next(JobState.Encoding, job.Notify(sequence));
            (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
            job = change.Job;
        }

        (await Store.GetEventsAsync(job.Id, None)).Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, Last));
        for (var sequence = 2; sequence <= Last; sequence++)
        {
            var due = (await Store.GetDueNotificationsAsync(SampleJobs.Start, 10, None)).Single();
            due.Sequence.ShouldBe(sequence);
            await Store.UpdateNotificationAsync(due with { State = NotificationState.Delivered }, new DeliveryAttempt { Status = sequence }, None);
        }

        (await Store.GetNextNotificationTimeAsync(None)).ShouldBeNull();
        var first = (await Store.GetNotificationAsync(job.Notify(2).Id, None))!;
        first.Deliveries.Single().Status.ShouldBe(2);
        await Store.UpdateNotificationAsync(first.Notification with { State = NotificationState.Pending }, null, None);
        (await Store.GetDueNotificationsAsync(SampleJobs.Start, 10, None)).Single().Sequence.ShouldBe(2);
        var delivered = await Store.ListNotificationsAsync(
            new NotificationQuery { State = NotificationState.Delivered, Limit = 1000 }, None);
        delivered.Notifications.Select(note => note.Notification.Sequence).ShouldBe(Enumerable.Range(3, Last - 2).Reverse());
    }

    [Fact]
    public async Task Room_is_made_when_an_item_is_full()
    {
        // Ten values for each line: the item is full long before its lines are many.
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), null, None);
        for (var sequence = 2; sequence <= 39; sequence++)
        {
            var change = job.Next(JobState.Encoding);
            change = change with { Events = [SampleJobs.Line(sequence, Noise(4000)), SampleJobs.Line(sequence, Noise(3999))] };
            (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
            job = change.Job;
        }

        Server.Done.ShouldContainKey("DeleteAttributes");
        (await Store.GetEventsAsync(job.Id, None)).Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, 39));
    }

    [Fact]
    public async Task Room_is_made_in_an_item_that_is_full_to_the_last_attribute()
    {
        var job = SampleJobs.Make(1).Labelled([.. Enumerable.Range(0, 170).Select(i => $"{i}")]);
        await Store.CreateAsync(job.Accepted(), null, None);
        for (var sequence = 2; sequence <= 30; sequence++)
        {
            var change = job.Next(JobState.Encoding);
            // The first lines take most of the room, the others one value each.
            if (sequence <= 12)
                change = change with { Events = [SampleJobs.Line(sequence, Noise(4000))] };
            (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
            job = change.Job;
        }

        Server.Done.ShouldContainKey("DeleteAttributes");
        (await Store.GetEventsAsync(job.Id, None)).Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, 30));
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain {\"json\": 1}")]
    [InlineData("ends with a space ")]
    [InlineData("a\0b\r\n\ud83c\udfac")]
    public void Texts_are_split_into_values_that_no_server_changes(string text)
    {
        foreach (var length in (int[])[1, 500, 999, 1000, 1001, 4000, 4001, 20_000])
        {
            foreach (var whole in (string[])[text.PadRight(length, 'x'), text.PadLeft(length), $"{new string(' ', length)}x"])
            {
                var values = SdbText.Split(whole);

                values.ShouldAllBe(value => value.Length <= 1024 && value.Trim() == value && value.All(one => one >= ' ' && one <= '~'));
                SdbText.Join(i => i < values.Count ? values[i] : "left over").ShouldBe(whole);
                SdbText.Join(i => i < values.Count - 1 ? values[i] : null).ShouldBeNull();
            }
        }
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
        await Store.CreateAsync(job.Accepted(), null, None);

        foreach (var found in (Job[])
        [
            (await Store.GetAsync(job.Id, None))!, (await Store.ListAsync(new JobQuery(), None)).Jobs.Single(),
            (await Store.GetRunningAsync(5, None)).Single(), (await Store.GetDueAsync(SampleJobs.Start, 5, None)).Single(),
        ])
            JobJson.Write(found).ShouldBe(JobJson.Write(job));
    }

    [Fact]
    public async Task A_job_that_fits_no_item_is_refused_with_a_remedy()
    {
        var steps = Enumerable.Range(0, 1000).Select(i => new JobStep { Name = Noise(500 + i) });
        var job = SampleJobs.Make(1) with { Steps = [.. steps] };

        foreach (var key in (string?[])[null, "key"])
            (await Should.ThrowAsync<RecordTooLargeException>(() => Store.CreateAsync(job.Accepted(), key, None)))
                .Message.ShouldContain("DynamoDb");
        Items().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_largest_job_that_is_taken_can_be_worked_off_and_the_next_larger_one_is_refused()
    {
        var job = await CreateLargestAsync();
        for (var attempt = 1; attempt <= 40; attempt++)
        {
            var change = job.Next(JobState.Error, job.Notify(attempt * 3));
            change = change with
            {
                Log = new JobLog(attempt, $"log {attempt}"),
                Events = [.. Enumerable.Range(2, 3).Select(i => SampleJobs.Line(change.Job.EventCount * 4 + i, Noise(5000 + i)))],
                Job = change.Job.WithStep(change.Job.Steps[0] with { Attempt = attempt, Details = Noise(9000 + attempt), WorkerId = "i-0123456789abcdef0" }),
            };
            (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue($"attempt {attempt}");
            job = change.Job;
        }

        (await Store.GetLogAsync(job.Id, 40, None))!.Text.ShouldBe("log 40");
        (await Store.GetLogAsync(job.Id, 25, None))!.Text.ShouldBe("log 25");
        (await Store.GetLogAsync(job.Id, 24, None)).ShouldBeNull();
        (await Store.GetEventsAsync(job.Id, None)).Count.ShouldBe(1 + (40 * 3));
    }

    [Fact]
    public async Task A_notification_that_is_tried_for_a_year_stays_within_its_item()
    {
        var job = await CreateLargestAsync();
        var change = job.Next(JobState.Error, job.Notify(2));
        (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
        for (var tries = 1; tries <= 150; tries++)
            await Store.UpdateNotificationAsync(
                change.Notifications[0] with { Attempts = tries },
                new DeliveryAttempt { At = SampleJobs.Start.AddHours(tries), Milliseconds = tries * 7919, Error = Noise(200 + tries) }, None);

        var record = (await Store.GetNotificationAsync(change.Notifications[0].Id, None))!;
        record.Notification.Attempts.ShouldBe(150);
        record.Deliveries.Count.ShouldBe(100);
        record.Deliveries[^1].At.ShouldBe(SampleJobs.Start.AddHours(150));
    }

    [Theory]
    [InlineData(2500)]
    [InlineData(3)]
    public async Task Few_unfinished_jobs_are_counted_at_once_and_many_state_by_state(int pageItems)
    {
        await ReopenAsync(new SimpleDbDoubleOptions { PageItems = pageItems });
        for (var number = 1; number <= 8; number++)
            await Store.CreateAsync(SampleJobs.Make(number, (JobState)(number % 5)).Accepted(), null, None);

        (await Store.CountUnfinishedAsync(None)).OrderBy(pair => pair.Key).Select(pair => pair.Value).ShouldBe([1, 2, 2, 2]);
    }

    [Fact]
    public async Task A_log_of_a_megabyte_is_kept_in_several_items()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), null, None);
        var log = new JobLog(1, Noise(1 << 20));

        (await Store.TryUpdateAsync(job.Next(JobState.Error) with { Log = log }, 1, None)).ShouldBeTrue();

        (await Store.GetLogAsync(job.Id, 1, None)).ShouldBe(log);
        await Store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None);
        Items().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("tab\tand \0")]
    [InlineData("")]
    [InlineData("it's 100% `quoted` \"twice\" = ~")]
    public async Task Any_label_can_be_asked_for(string label)
    {
        var longLabel = string.Concat(Enumerable.Repeat("長", 400));
        await Store.CreateAsync(SampleJobs.Make(1).Labelled(label, $"{longLabel}1").Accepted(), null, None);
        await Store.CreateAsync(SampleJobs.Make(2).Labelled("other", $"{longLabel}2").Accepted(), null, None);

        (await Store.ListAsync(new JobQuery { Label = label }, None)).Jobs.Single().Id.ShouldBe(SampleJobs.Id(1));
        (await Store.ListAsync(new JobQuery { Label = $"{longLabel}2" }, None)).Jobs.Single().Id.ShouldBe(SampleJobs.Id(2));
    }

    [Theory]
    [InlineData("")]
    [InlineData("it's")]
    [InlineData("'; \0 \ud800")]
    [InlineData("key/x")]
    public async Task Odd_ids_and_cursors_find_nothing_and_break_nothing(string odd)
    {
        (await Store.GetAsync(odd, None)).ShouldBeNull();
        (await Store.GetEventsAsync(odd, None)).ShouldBeEmpty();
        (await Store.GetNodeAsync(odd, None)).ShouldBeNull();
        (await Store.GetNotificationAsync($"{odd}-1", None)).ShouldBeNull();
        (await Store.TryUpdateAsync((SampleJobs.Make(1) with { Id = odd }).Next(JobState.Error), 1, None)).ShouldBeFalse();
        (await Store.ListAsync(new JobQuery { Cursor = odd, State = JobState.Error }, None)).Jobs.ShouldBeEmpty();
        (await Store.ListNotificationsAsync(new NotificationQuery { Cursor = odd }, None)).Notifications.ShouldBeEmpty();
        await Store.RemoveNodeAsync(odd, None);
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
    [InlineData("strict Expected")]
    public async Task Conditions_are_written_in_the_way_that_the_server_knows(string way)
    {
        await ReopenAsync(new SimpleDbDoubleOptions { Conditions = way });
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), null, None);

        (await Store.TryUpdateAsync(job.Next(JobState.Error), 2, None)).ShouldBeFalse();
        (await Store.TryUpdateAsync(job.Next(JobState.Error), 1, None)).ShouldBeTrue();
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
        await client.DeleteDomainAsync(Server.Settings().SimpleDb.JobStateDomain, None);

        (await Should.ThrowAsync<BackendUnavailableException>(() => Store.GetAsync(SampleJobs.Id(1), None)))
            .Message.ShouldContain("somebody deleted", Case.Insensitive);
        await Store.InitializeAsync(None);

        (await Store.GetAsync(SampleJobs.Id(1), None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_plain_job_costs_four_writes_and_one_for_its_log()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(), null, None);
        foreach (var state in (JobState[])[JobState.Encoding, JobState.Uploading, JobState.Finished])
        {
            var change = job.Next(state) with { Log = state == JobState.Finished ? new JobLog(1, "log") : null };
            (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
            job = change.Job;
        }

        Server.Done.GetValueOrDefault("BatchPutAttributes").ShouldBe(1);
        Server.Done.GetValueOrDefault("PutAttributes").ShouldBe(4);
        Server.Done.GetValueOrDefault("GetAttributes").ShouldBe(AtStart);
        Server.Done.ShouldNotContainKey("Select");
        Server.BoxUsage.ShouldBeLessThan((2 * 0.0055590278) + 0.0002);
    }

    // Each of the two domains is found once it is made.
    private const int AtStart = 2;

    /// <summary>Creates a job with options as long as are just taken.</summary>
    private async Task<Job> CreateLargestAsync()
    {
        Job? taken = null;
        for (var kilobytes = 90; ; kilobytes++)
        {
            var pairs = Enumerable.Range(0, kilobytes).Select(i => new OptionPair($"metadata{i}", Noise(1000 + i)));
            var job = SampleJobs.Make(kilobytes).Labelled([.. Enumerable.Range(0, 50).Select(i => $"{i}")]);
            job = job with { Spec = job.Spec with { Options = new EncodeOptions { Passes = [new EncodePass { OutfileOptions = [.. pairs] }] } } };
            try
            {
                await Store.CreateAsync(job.Accepted(), null, None);
                taken = job;
            }
            catch (RecordTooLargeException) when (taken is not null)
            {
                return taken;
            }
        }
    }

    private static string Noise(int length)
    {
        var random = new Random(length);
        return string.Create(length, random, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = (char)source.Next(33, 127);
        });
    }
}
