using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using MediaNommer.Backends.Aws.DynamoDb;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>DynamoDB's limits of size, several stores on one table, and how many items a call looks at.</summary>
public sealed class DynamoJobStoreSizeTests : IAsyncLifetime
{
    private NommerOptions options = null!;
    private DynamoJobStore store = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        options = await DynamoStores.NewOptionsAsync();
        store = DynamoStores.Connect(options);
        await store.InitializeAsync(None);
    }

    public Task DisposeAsync()
    {
        store.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Many_processes_make_the_table_at_once()
    {
        options.Aws.DynamoDb.TableName += "-2";
        var stores = Enumerable.Range(0, 6).Select(_ => DynamoStores.Connect(options)).ToList();

        await Task.WhenAll(stores.Select(one => one.InitializeAsync(None)));

        using var client = Client();
        (await client.DescribeTableAsync(options.Aws.DynamoDb.TableName)).Table.BillingModeSummary.BillingMode
            .ShouldBe(BillingMode.PAY_PER_REQUEST);
        var expiry = await client.DescribeTimeToLiveAsync(options.Aws.DynamoDb.TableName);
        expiry.TimeToLiveDescription.TimeToLiveStatus.ShouldBe(TimeToLiveStatus.ENABLED);
        expiry.TimeToLiveDescription.AttributeName.ShouldBe("expires");
        stores.ForEach(one => one.Dispose());
    }

    [Fact]
    public async Task A_table_of_somebody_else_is_left_alone()
    {
        options.Aws.DynamoDb.TableName += "-3";
        using var client = Client();
        await client.CreateTableAsync(new CreateTableRequest(
            options.Aws.DynamoDb.TableName, [new("name", KeyType.HASH)], [new("name", ScalarAttributeType.S)], null)
        {
            BillingMode = BillingMode.PAY_PER_REQUEST,
        });
        using var other = DynamoStores.Connect(options);

        var error = await Should.ThrowAsync<BackendUnavailableException>(() => other.InitializeAsync(None));

        error.Message.ShouldContain(options.Aws.DynamoDb.TableName);
        error.Message.ShouldContain("Aws:DynamoDb:TableName");
    }

    [Fact]
    public async Task Of_two_stores_that_race_for_a_job_exactly_one_wins()
    {
        using var other = DynamoStores.Connect(options);
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        for (var version = 1; version <= 10; version++)
        {
            var change = job.Next(JobState.Downloading);

            var won = await Task.WhenAll(
                Enumerable.Range(0, 4).Select(i => Task.Run(() =>
                    (i % 2 == 0 ? store : other).TryUpdateAsync(change, version, None))));

            won.Count(one => one).ShouldBe(1);
            job = change.Job;
        }

        (await store.GetEventsAsync(job.Id, None)).Count.ShouldBe(11);
    }

    [Fact]
    public async Task Changes_and_deliveries_at_the_same_time_lose_no_notification_and_keep_their_order()
    {
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(job.Notify(1)), null, None);
        var delivered = new List<int>();

        var changes = Task.Run(async () =>
        {
            for (var sequence = 2; sequence <= 8; sequence++)
            {
                var change = job.Next(JobState.Encoding, job.Notify(sequence));
                (await store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
                job = change.Job;
            }
        });
        var deadline = Task.Delay(TimeSpan.FromSeconds(20));
        while (delivered.Count < 8 && !deadline.IsCompleted)
        {
            foreach (var due in await store.GetDueNotificationsAsync(SampleJobs.Start, 10, None))
            {
                delivered.Add(due.Sequence);
                await store.UpdateNotificationAsync(due with { State = NotificationState.Delivered }, null, None);
            }
        }

        await changes;
        delivered.ShouldBe(Enumerable.Range(1, 8));
        (await store.GetNextNotificationTimeAsync(None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_job_with_very_long_options_is_read_back_whole()
    {
        // Random, so that it does not get smaller by compression: together nearly as long as a request may be.
        var pairs = Enumerable.Range(0, 160).Select(i => new OptionPair($"metadata{i}", Noise(10_000))).ToList();
        var job = SampleJobs.Make(1).Labelled("label");
        job = job with
        {
            Spec = job.Spec with { Options = new EncodeOptions { Passes = [new EncodePass { OutfileOptions = pairs }] } },
        };

        await store.CreateAsync(job.Accepted(), null, None);
        (await store.TryUpdateAsync(job.Next(JobState.Encoding), 1, None)).ShouldBeTrue();

        var read = (await store.ListAsync(new JobQuery { Label = "label" }, None)).Jobs.Single();
        JobJson.Write(read).ShouldBe(JobJson.Write(job.Next(JobState.Encoding).Job));
        JobJson.Write((await store.GetAsync(job.Id, None))!).ShouldBe(JobJson.Write(read));
    }

    [Fact]
    public async Task A_log_and_a_history_of_several_pages_are_read_back_whole()
    {
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        var log = Noise(1_600_000);
        var lines = Enumerable.Range(2, 20).Select(i => SampleJobs.Line(i, $"{i} {Noise(90_000)}")).ToList();

        (await store.TryUpdateAsync(
            job.Next(JobState.Error) with { Log = new JobLog(1, log), Events = lines }, 1, None)).ShouldBeTrue();

        (await store.GetLogAsync(job.Id, 1, None))!.Text.ShouldBe(log);
        (await store.GetEventsAsync(job.Id, None)).Skip(1).ShouldBe(lines);
        (await store.PruneAsync(SampleJobs.Start.AddDays(1), 1, None)).ShouldBe(1);
        (await store.GetLogAsync(job.Id, 1, None)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_what_is_longer_than_DynamoDB_can_hold_the_end_is_kept()
    {
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        var noise = Noise(6_000_000);
        var change = job.Next(JobState.Error) with { Log = new JobLog(1, noise), Events = [SampleJobs.Line(2, noise)] };
        change = change with { Job = change.Job.WithStep(change.Job.Steps[0] with { Details = noise }) };

        (await store.TryUpdateAsync(change, 1, None)).ShouldBeTrue();

        noise.ShouldEndWith((await store.GetLogAsync(job.Id, 1, None))!.Text);
        (await store.GetLogAsync(job.Id, 1, None))!.Text.Length.ShouldBeGreaterThan(1_000_000);
        noise.ShouldEndWith((await store.GetEventsAsync(job.Id, None))[^1].Reason);
        noise.ShouldEndWith((await store.GetAsync(job.Id, None))!.Steps[0].Details!);
    }

    [Fact]
    public async Task A_search_looks_at_a_bounded_number_of_jobs()
    {
        store.ScanLimit = 20;
        await store.CreateAsync(SampleJobs.Make(1).From("/in/needle.mov").Accepted(), null, None);
        for (var number = 2; number <= 30; number++)
            await store.CreateAsync(SampleJobs.Make(number).Accepted(), null, None);

        var page = await store.ListAsync(new JobQuery { Text = "needle" }, None);
        page.Jobs.ShouldBeEmpty();
        page.Cursor.ShouldBe(SampleJobs.Id(11));

        var last = await store.ListAsync(new JobQuery { Text = "needle", Cursor = page.Cursor }, None);
        last.Jobs.Single().Id.ShouldBe(SampleJobs.Id(1));
        last.Cursor.ShouldBeNull();
    }

    [Fact]
    public async Task A_list_whose_parts_are_of_different_lengths_is_merged_to_the_end()
    {
        // All in one shard but for two: several pages of it are read while the others are at their end.
        var crowded = Spread.State.KeyOf("", SampleJobs.Id(1));
        var numbers = Enumerable.Range(1, 2000).Where(i => Spread.State.KeyOf("", SampleJobs.Id(i)) == crowded).Take(40)
            .Concat(Enumerable.Range(1, 100).Where(i => Spread.State.KeyOf("", SampleJobs.Id(i)) != crowded).Take(2)).ToList();
        foreach (var number in numbers)
            await store.CreateAsync(SampleJobs.Make(number, JobState.Encoding).Accepted(), null, None);

        var running = await store.GetRunningAsync(42, None);

        running.Select(job => job.Id).ShouldBe(numbers.OrderDescending().Select(SampleJobs.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no job")]
    [InlineData("nodes")]
    [InlineData("a-b-c")]
    [InlineData("ein Schlüssel, der länger ist, als DynamoDB es erlaubt: {0}")]
    public async Task Names_that_cannot_be_are_nothing(string name)
    {
        name = name.Replace("{0}", new string('x', 3000));

        (await store.GetAsync(name, None)).ShouldBeNull();
        (await store.GetEventsAsync(name, None)).ShouldBeEmpty();
        (await store.GetLogAsync(name, 1, None)).ShouldBeNull();
        (await store.GetNodeAsync(name, None)).ShouldBeNull();
        (await store.GetNotificationAsync(name, None)).ShouldBeNull();
        (await store.ListAsync(new JobQuery { Label = name }, None)).Jobs.ShouldBeEmpty();
        (await store.ListNotificationsAsync(new NotificationQuery { JobId = name }, None)).Notifications.ShouldBeEmpty();
        await store.RemoveNodeAsync(name, None);
    }

    private static string Noise(int length) =>
        Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(length))[..length];

    private AmazonDynamoDBClient Client() => new("test", "test", new AmazonDynamoDBConfig
    {
        ServiceURL = options.Aws.EndpointUrl, AuthenticationRegion = "us-east-1",
    });
}
