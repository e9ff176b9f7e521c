using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Conformance;

/// <content>Listing, counting, finding what is due, and removing what is old.</content>
public abstract partial class JobStoreConformance
{
    [Fact]
    public async Task Jobs_are_listed_newest_first_whatever_the_order_of_creation()
    {
        foreach (var number in (int[])[3, 1, 16, 2])
            await CreateAsync(number);

        var page = await Store.ListAsync(new JobQuery(), None);

        page.Jobs.Select(job => job.Id).ShouldBe(new[] { 16, 3, 2, 1 }.Select(SampleJobs.Id));
        page.Cursor.ShouldBeNull();
    }

    [Fact]
    public async Task Pages_hold_every_job_once_and_new_jobs_do_not_shift_them()
    {
        for (var number = 1; number <= 23; number++)
            await CreateAsync(number);

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await Store.ListAsync(new JobQuery { Limit = 5, Cursor = cursor }, None);
            page.Jobs.Count.ShouldBeLessThanOrEqualTo(5);
            seen.AddRange(page.Jobs.Select(job => job.Id));
            cursor = page.Cursor;
            await CreateAsync(100 + seen.Count);
        }
        while (cursor is not null);

        seen.ShouldBe(Enumerable.Range(1, 23).Reverse().Select(SampleJobs.Id));
    }

    [Fact]
    public async Task A_cursor_goes_on_even_when_its_job_is_gone()
    {
        await CreateAsync(1);
        await CreateAsync(3);

        (await FindAsync(new JobQuery { Cursor = SampleJobs.Id(2) })).ShouldBe([1]);
    }

    [Fact]
    public async Task Listing_by_state_follows_the_changes_of_state()
    {
        var first = await CreateAsync(1);
        await CreateAsync(2);
        await Store.TryUpdateAsync(first.Next(JobState.Encoding), 1, None);

        (await FindAsync(new JobQuery { State = JobState.Pending })).ShouldBe([2]);
        (await FindAsync(new JobQuery { State = JobState.Encoding })).ShouldBe([1]);
        (await FindAsync(new JobQuery { State = JobState.Error })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Listing_by_label_takes_the_whole_label()
    {
        await CreateAsync(SampleJobs.Make(1).Labelled("team=news", "urgent", "urgent"));
        await CreateAsync(SampleJobs.Make(2).Labelled("team=newsroom"));
        await CreateAsync(SampleJobs.Make(3, JobState.Finished).Labelled("urgent"));

        (await FindAsync(new JobQuery { Label = "team=news" })).ShouldBe([1]);
        (await FindAsync(new JobQuery { Label = "urgent" })).ShouldBe([3, 1]);
        (await FindAsync(new JobQuery { Label = "urgent", State = JobState.Finished })).ShouldBe([3]);
        (await FindAsync(new JobQuery { Label = "urgen" })).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("CLIP")]
    [InlineData("straße")]
    [InlineData("ÄPFEL")]
    [InlineData("100%")]
    [InlineData("a_b")]
    [InlineData("it's")]
    public async Task A_text_is_found_in_source_or_dest_in_any_case(string text)
    {
        await CreateAsync(SampleJobs.Make(1).From($"/in/x {text.ToLowerInvariant()} y.mov"));
        await CreateAsync(SampleJobs.Make(2).From("/in/other 100 a.b.mov").To("/out/other.mp4"));
        await CreateAsync(SampleJobs.Make(3).From("/in/other").To($"/out/{text.ToUpperInvariant()}"));

        (await FindAsync(new JobQuery { Text = text })).ShouldBe([3, 1]);
    }

    [Fact]
    public async Task All_filters_together_find_every_match_over_all_pages()
    {
        for (var number = 1; number <= 60; number++)
        {
            var job = SampleJobs.Make(number, number % 2 == 0 ? JobState.Finished : JobState.Pending);
            await CreateAsync(job.Labelled(number % 3 == 0 ? "three" : "other").From($"/in/{number % 5}-of-five.mov"));
        }

        var found = await FindAsync(new JobQuery
        {
            State = JobState.Finished, Label = "three", Text = "0-OF-FIVE", Limit = 1,
        });

        found.ShouldBe([60, 30]);
    }

    [Fact]
    public async Task Due_jobs_come_most_overdue_first_and_never_when_finished()
    {
        await CreateAsync(SampleJobs.Make(1) with { NextCheckAt = SampleJobs.Start.AddSeconds(3) });
        await CreateAsync(SampleJobs.Make(2) with { NextCheckAt = SampleJobs.Start.AddSeconds(1) });
        await CreateAsync(SampleJobs.Make(3) with { NextCheckAt = SampleJobs.Start.AddSeconds(2) });
        await CreateAsync(SampleJobs.Make(4) with { NextCheckAt = SampleJobs.Start.AddSeconds(3).AddTicks(1) });
        await CreateAsync(SampleJobs.Make(5, JobState.Finished));

        (await DueAsync(SampleJobs.Start.AddSeconds(3), 10)).ShouldBe([2, 3, 1]);
        (await DueAsync(SampleJobs.Start.AddSeconds(3), 2)).ShouldBe([2, 3]);
        (await DueAsync(SampleJobs.Start, 10)).ShouldBeEmpty();

        var finished = (await GetAsync(2)).Next(JobState.Cancelled);
        await Store.TryUpdateAsync(finished, 1, None);
        (await DueAsync(SampleJobs.Start.AddSeconds(3), 10)).ShouldBe([3, 1]);
    }

    [Fact]
    public async Task Running_jobs_are_those_that_a_worker_holds()
    {
        await CreateAsync(1);
        await CreateAsync(2, JobState.Downloading);
        await CreateAsync(3, JobState.Uploading);
        await CreateAsync(4, JobState.Encoding);
        await CreateAsync(5, JobState.Finished);

        (await Store.GetRunningAsync(10, None)).Select(Number).ShouldBe([4, 3, 2]);
        (await Store.GetRunningAsync(2, None)).Select(Number).ShouldBe([4, 3]);
    }

    [Fact]
    public async Task Unfinished_jobs_are_counted_by_state()
    {
        await CreateAsync(1);
        var second = await CreateAsync(2);
        await CreateAsync(3, JobState.Encoding);
        await CreateAsync(4, JobState.Finished);
        await Store.TryUpdateAsync(second.Next(JobState.Encoding), 1, None);

        var counts = await Store.CountUnfinishedAsync(None);

        counts.Where(pair => pair.Value > 0).OrderBy(pair => pair.Key).ShouldBe(
            [KeyValuePair.Create(JobState.Pending, 1), KeyValuePair.Create(JobState.Encoding, 2)]);
    }

    [Fact]
    public async Task Pruning_removes_old_finished_jobs_with_all_that_belongs_to_them()
    {
        var old = SampleJobs.Make(1).Labelled("label");
        await Store.CreateAsync(old.Accepted(), "key", None);
        var delivered = old.Notify(2) with { State = Core.Notifications.NotificationState.Delivered };
        await Store.TryUpdateAsync(
            old.Next(JobState.Finished, delivered) with { Log = new JobLog(1, "log") }, 1, None);
        await CreateAsync(SampleJobs.Make(2, JobState.Error) with { FinishedAt = SampleJobs.Start.AddHours(2) });
        await CreateAsync(3);

        (await Store.PruneAsync(SampleJobs.Start.AddHours(1), 100, None)).ShouldBe(1);

        (await FindAsync(new JobQuery())).ShouldBe([3, 2]);
        (await FindAsync(new JobQuery { Label = "label" })).ShouldBeEmpty();
        (await Store.GetAsync(old.Id, None)).ShouldBeNull();
        (await Store.GetEventsAsync(old.Id, None)).ShouldBeEmpty();
        (await Store.GetLogAsync(old.Id, 1, None)).ShouldBeNull();
        (await Store.GetNotificationAsync(delivered.Id, None)).ShouldBeNull();
        (await Store.CreateAsync(SampleJobs.Make(4).Accepted(), "key", None)).ShouldBe(SampleJobs.Id(4));
    }

    [Fact]
    public async Task Pruning_keeps_jobs_that_still_have_a_notification_to_deliver()
    {
        var job = SampleJobs.Make(1, JobState.Finished);
        var notification = job.Notify(1);
        await Store.CreateAsync(job.Accepted(notification), null, None);

        (await Store.PruneAsync(SampleJobs.Start.AddDays(1), 100, None)).ShouldBe(0);
        await Store.UpdateNotificationAsync(
            notification with { State = Core.Notifications.NotificationState.Failed }, null, None);

        (await Store.PruneAsync(SampleJobs.Start.AddDays(1), 100, None)).ShouldBe(1);
    }

    [Fact]
    public async Task Pruning_stops_at_its_limit_and_takes_the_oldest()
    {
        for (var number = 1; number <= 250; number++)
            await CreateAsync(SampleJobs.Make(number, JobState.Finished) with
            {
                FinishedAt = SampleJobs.Start.AddSeconds(-number),
            });

        (await Store.PruneAsync(SampleJobs.Start, 240, None)).ShouldBe(240);

        (await FindAsync(new JobQuery())).ShouldBe(Enumerable.Range(1, 10).Reverse());
        (await Store.PruneAsync(SampleJobs.Start, 240, None)).ShouldBe(10);
    }

    [Fact]
    public async Task Wiping_leaves_nothing()
    {
        var job = SampleJobs.Make(1).Labelled("label");
        await Store.CreateAsync(job.Accepted(job.Notify(1)), "key", None);
        await Store.TryPutNodeAsync(NodeOf("node", 1), 0, None);

        await Store.WipeAsync(None);

        (await FindAsync(new JobQuery())).ShouldBeEmpty();
        (await Store.GetEventsAsync(job.Id, None)).ShouldBeEmpty();
        (await Store.ListNodesAsync(None)).ShouldBeEmpty();
        (await Store.GetNextNotificationTimeAsync(None)).ShouldBeNull();
        (await Store.CreateAsync(SampleJobs.Make(2).Accepted(), "key", None)).ShouldBe(SampleJobs.Id(2));
    }

    private static int Number(Job job) => Convert.ToInt32(job.Id[^6..], 16);

    /// <summary>The numbers of all jobs that match, over as many pages as it takes.</summary>
    private async Task<List<int>> FindAsync(JobQuery query)
    {
        var found = new List<int>();
        while (true)
        {
            var page = await Store.ListAsync(query, None);
            found.AddRange(page.Jobs.Select(Number));
            if (page.Cursor is null)
                return found;
            query = query with { Cursor = page.Cursor };
        }
    }

    private async Task<IEnumerable<int>> DueAsync(DateTimeOffset now, int limit) =>
        (await Store.GetDueAsync(now, limit, None)).Select(Number);
}
