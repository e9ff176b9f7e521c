using System.Text.Json.Nodes;
using MediaNommer.Backends.Aws.DynamoDb;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>What the store makes of refusals, lost answers and wrong settings.</summary>
public sealed class DynamoTroubleTests : IAsyncLifetime
{
    private NommerOptions options = null!;
    private TroubledAws aws = null!;
    private DynamoJobStore store = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        options = await DynamoStores.NewOptionsAsync();
        aws = await TroubledAws.StartAsync(options.Aws.EndpointUrl);
        options.Aws.EndpointUrl = aws.Address;
        store = DynamoStores.Connect(options);
        await store.InitializeAsync(None);
        aws.Requests.Clear();
    }

    public async Task DisposeAsync()
    {
        store.Dispose();
        await aws.DisposeAsync();
    }

    [Theory]
    [InlineData("PutItem", "ProvisionedThroughputExceededException")]
    [InlineData("PutItem", "ThrottlingException")]
    [InlineData("PutItem", "TransactionConflictException")]
    [InlineData("PutItem", "InternalServerError")]
    [InlineData("TransactWriteItems", "TransactionInProgressException")]
    public async Task What_passes_is_tried_again(string action, string code)
    {
        aws.Refuse = TroubledAws.Times(3, action, TroubledAws.Error(code));
        var job = SampleJobs.Make(1);

        await store.CreateAsync(job.Accepted(), null, None);
        (await store.TryUpdateAsync(job.Next(JobState.Encoding), 1, None)).ShouldBeTrue();

        aws.Count(action).ShouldBe(4);
        (await store.GetAsync(job.Id, None))!.State.ShouldBe(JobState.Encoding);
    }

    [Theory]
    [InlineData("TransactionConflict")]
    [InlineData("ThrottlingError")]
    [InlineData("ProvisionedThroughputExceeded")]
    public async Task A_transaction_that_met_another_one_is_tried_again(string reason)
    {
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        aws.Refuse = TroubledAws.Times(3, "TransactWriteItems", Cancelled("None", reason));

        (await store.TryUpdateAsync(job.Next(JobState.Encoding), 1, None)).ShouldBeTrue();

        aws.Count("TransactWriteItems").ShouldBe(4);
    }

    [Fact]
    public async Task A_condition_that_was_not_met_is_not_tried_again()
    {
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        aws.Refuse = TroubledAws.Times(
            1, "TransactWriteItems", Cancelled("ConditionalCheckFailed", "TransactionConflict"));

        (await store.TryUpdateAsync(job.Next(JobState.Encoding), 1, None)).ShouldBeFalse();

        aws.Count("TransactWriteItems").ShouldBe(1);
    }

    [Fact]
    public async Task Who_is_throttled_for_long_is_told_so()
    {
        aws.Refuse = TroubledAws.Times(1000, "GetItem", TroubledAws.Error("ThrottlingException", "Too much."));
        using var hasty = DynamoStores.Connect(options, new LeapingClock());

        var error = await Should.ThrowAsync<BackendUnavailableException>(() => hasty.GetAsync("job", None));

        error.Message.ShouldContain("GetItem");
        error.Message.ShouldContain("Too much.");
        error.Message.ShouldContain("limits");
    }

    [Fact]
    public async Task A_table_that_takes_ten_seconds_to_grow_is_waited_for()
    {
        var clock = new LeapingClock();
        using var patient = DynamoStores.Connect(options, clock);
        await patient.CreateAsync(SampleJobs.Make(1).Accepted(), null, None);
        var busyUntil = clock.GetUtcNow() + TimeSpan.FromSeconds(10);
        aws.Refuse = request => request.Action == "GetItem" && clock.GetUtcNow() < busyUntil
            ? TroubledAws.Error("ProvisionedThroughputExceededException")
            : null;

        (await patient.GetAsync(SampleJobs.Id(1), None)).ShouldNotBeNull();

        clock.LongestWait.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("PutItem")]
    [InlineData("UpdateItem")]
    [InlineData("TransactWriteItems")]
    public async Task A_write_whose_answer_got_lost_is_known_again(string action)
    {
        var lost = 0;
        aws.LosesAnswer = asked => asked.Action == action && Interlocked.Increment(ref lost) == 1;
        var job = SampleJobs.Make(1);

        (await store.CreateAsync(job.Accepted(), null, None)).ShouldBe(job.Id);
        var claimed = job.Next(JobState.Encoding);
        (await store.TryUpdateAsync(claimed, 1, None)).ShouldBeTrue();
        var reported = claimed.Job.Next(JobState.Encoding) with { Events = [] };
        (await store.TryUpdateAsync(reported, 2, None)).ShouldBeTrue();

        lost.ShouldBeGreaterThan(1);
        (await store.GetAsync(job.Id, None))!.Version.ShouldBe(3);
        (await store.GetEventsAsync(job.Id, None)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_submission_whose_answer_got_lost_finds_its_own_job_by_its_key()
    {
        var lost = 0;
        aws.LosesAnswer = asked => asked.Action == "TransactWriteItems" && Interlocked.Increment(ref lost) == 1;

        (await store.CreateAsync(SampleJobs.Make(1).Accepted(), "key", None)).ShouldBe(SampleJobs.Id(1));

        lost.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_missing_permission_is_named()
    {
        aws.Refuse = TroubledAws.Times(
            9, "UpdateItem", TroubledAws.Error("AccessDeniedException", "User: arn:aws:iam::1:user/me is not authorized."));
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);

        var error = await Should.ThrowAsync<BackendUnavailableException>(
            () => store.TryUpdateAsync(job.Next(JobState.Encoding) with { Events = [] }, 1, None));

        error.Message.ShouldContain("dynamodb:UpdateItem");
        error.Message.ShouldContain(options.Aws.DynamoDb.TableName);
        error.Message.ShouldContain("user/me");
        aws.Count("UpdateItem").ShouldBe(1);
    }

    [Fact]
    public async Task Wrong_keys_are_said_to_be_wrong()
    {
        options.Aws.SecretAccessKey = "Hush0Never1Shown2Anywhere3";
        using var wrong = DynamoStores.Connect(options);
        aws.Refuse = _ => TroubledAws.Error("UnrecognizedClientException", "The security token is invalid.");

        var error = await Should.ThrowAsync<BackendUnavailableException>(() => wrong.InitializeAsync(None));

        error.Message.ShouldContain("Aws:AccessKeyId");
        error.Message.ShouldContain("security token");
        error.ToString().ShouldNotContain(options.Aws.SecretAccessKey);
    }

    [Theory]
    [InlineData("PutItem", null)]
    [InlineData("TransactWriteItems", "key")]
    public async Task A_job_that_fits_no_item_is_told_from_a_store_that_is_away(string action, string? key)
    {
        const string Says = "Item size has exceeded the maximum allowed size";
        aws.Refuse = TroubledAws.Times(
            1, action, action == "PutItem" ? TroubledAws.Error("ValidationException", Says) : Cancelled("None", $"ValidationError\",\"Message\":\"{Says}"));

        var error = await Should.ThrowAsync<RecordTooLargeException>(() => store.CreateAsync(SampleJobs.Make(1).Accepted(), key, None));

        error.Message.ShouldContain(Says);
        aws.Count(action).ShouldBe(1);
    }

    [Fact]
    public async Task A_table_that_is_gone_is_missed_by_name()
    {
        aws.Refuse = TroubledAws.Times(9, "GetItem", TroubledAws.Error("ResourceNotFoundException", "Not found"));

        var error = await Should.ThrowAsync<BackendUnavailableException>(() => store.GetAsync("job", None));

        error.Message.ShouldContain(options.Aws.DynamoDb.TableName);
        error.Message.ShouldContain("Aws:Region (us-east-1)");
    }

    [Theory]
    [InlineData(404, "<html>Not here</html>")]
    [InlineData(200, "<html>Welcome</html>")]
    public async Task A_server_that_is_not_DynamoDB_is_said_to_be_none(int status, string body)
    {
        aws.Refuse = _ => (status, body);

        var error = await Should.ThrowAsync<BackendUnavailableException>(() => store.InitializeAsync(None));

        error.Message.ShouldContain("Aws:DynamoDb:EndpointUrl");
    }

    [Theory]
    [InlineData(400, """{"__type":"com.amazon.coral.service#UnknownOperationException"}""")]
    [InlineData(501, """{"__type":"NotImplemented"}""")]
    public async Task A_server_without_transactions_is_refused_at_once_in_one_sentence(int status, string body)
    {
        options.Aws.DynamoDb.TableName += "-never";
        using var other = DynamoStores.Connect(options);
        aws.Refuse = request => request.Action == "TransactWriteItems" ? (status, body) : null;

        var error = await Should.ThrowAsync<BackendUnavailableException>(() => other.InitializeAsync(None));

        error.Message.ShouldBe(
            $"The server at {new Uri(aws.Address).Authority} does not know DynamoDB's TransactWriteItems, which media-nommer needs: "
            + "choose another with Aws:DynamoDb:EndpointUrl (DynamoDB Local and moto know it), or set Aws:StateStore to SimpleDb.");
        aws.Count("CreateTable").ShouldBe(0);
    }

    [Theory]
    [InlineData("DescribeTimeToLive")]
    [InlineData("UpdateTimeToLive")]
    public async Task A_server_that_deletes_nothing_by_itself_will_do(string action)
    {
        options.Aws.DynamoDb.TableName += "-keeps";
        using var other = DynamoStores.Connect(options);
        aws.Refuse = request => request.Action == action ? TroubledAws.Error("UnknownOperationException") : null;

        await other.InitializeAsync(None);

        aws.Count(action).ShouldBe(1);
    }

    [Fact]
    public async Task An_address_where_nobody_answers_is_named()
    {
        options.Aws.DynamoDb.EndpointUrl = $"http://127.0.0.1:{Storage.ServerProcess.FreePort()}";
        using var hasty = DynamoStores.Connect(options, new Storage.HastyClock());

        var error = await Should.ThrowAsync<BackendUnavailableException>(() => hasty.InitializeAsync(None));

        error.Message.ShouldContain(new Uri(options.Aws.DynamoDb.EndpointUrl).Authority);
        error.Message.ShouldContain("Aws:DynamoDb:EndpointUrl");
        error.Message.ShouldContain("DescribeTable");
    }

    [Fact]
    public async Task What_a_batch_leaves_undone_is_asked_for_again()
    {
        var job = SampleJobs.Make(1);
        await store.CreateAsync(job.Accepted(), null, None);
        await store.TryUpdateAsync(job.Next(JobState.Finished), 1, None);
        aws.Refuse = Undone("BatchGetItem", "Responses", "UnprocessedKeys");
        (await store.ListAsync(new JobQuery(), None)).Jobs.Single().Id.ShouldBe(job.Id);
        aws.Count("BatchGetItem").ShouldBe(2);

        aws.Refuse = Undone("BatchWriteItem", "ItemCollectionMetrics", "UnprocessedItems");
        (await store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None)).ShouldBe(1);
        aws.Count("BatchWriteItem").ShouldBe(2);
        (await store.GetEventsAsync(job.Id, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pruning_that_breaks_off_hides_the_job_and_is_finished_by_the_next()
    {
        var job = SampleJobs.Make(1).Labelled("label");
        await store.CreateAsync(job.Accepted(job.Notify(1) with { State = Core.Notifications.NotificationState.Failed }), "key", None);
        await store.TryUpdateAsync(job.Next(JobState.Finished) with { Log = new JobLog(1, "log") }, 1, None);
        aws.Refuse = TroubledAws.Times(1, "BatchWriteItem", TroubledAws.Error("AccessDeniedException"));

        await Should.ThrowAsync<BackendUnavailableException>(() => store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None));

        (await store.GetAsync(job.Id, None)).ShouldBeNull();
        (await store.GetEventsAsync(job.Id, None)).ShouldBeEmpty();
        (await store.ListAsync(new JobQuery(), None)).Jobs.ShouldBeEmpty();
        (await store.TryUpdateAsync(job.Next(JobState.Pending), 2, None)).ShouldBeFalse();
        (await store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None)).ShouldBe(1);
        (await store.GetLogAsync(job.Id, 1, None)).ShouldBeNull();
        (await store.CreateAsync(SampleJobs.Make(2).Accepted(), "key", None)).ShouldBe(SampleJobs.Id(2));
    }

    /// <summary>Answers once that nothing of the batch was done yet.</summary>
    private static Func<AwsRequest, (int Status, string Body)?> Undone(string action, string done, string undone)
    {
        var times = 0;
        return request => request.Action == action && Interlocked.Increment(ref times) == 1
            ? (200, $$"""{"{{done}}":{},"{{undone}}":{{JsonNode.Parse(request.Body)!["RequestItems"]}}}""")
            : null;
    }

    private static (int Status, string Body) Cancelled(params string[] reasons) =>
        (400, $$"""
        {"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled",
        "CancellationReasons":[{{string.Join(',', reasons.Select(reason => $"{{\"Code\":\"{reason}\"}}"))}}]}
        """);
}
