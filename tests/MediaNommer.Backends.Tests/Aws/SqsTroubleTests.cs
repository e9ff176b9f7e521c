using System.Text.Json;
using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Sqs;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Tests;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>SQS when it is not itself: throttled, refusing, losing answers, deleted under our hands.</summary>
public sealed class SqsTroubleTests : IAsyncLifetime
{
    private readonly string name = $"trouble_{Guid.NewGuid():N}";
    private readonly NommerOptions options = new();
    private TroubledAws sqs = null!;
    private SqsMessageQueue queue = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        options.Aws = await MotoServer.OptionsAsync();
        sqs = await TroubledAws.StartAsync(options.Aws.EndpointUrl);
        options.Aws.Sqs.EndpointUrl = sqs.Address;
        options.Queues.SqsNewJobQueueName = name;
        queue = AwsRegistration.NewQueue(options, new AwsAccess(options.Aws), TimeProvider.System);
        await queue.InitializeAsync([name], None);
    }

    public async Task DisposeAsync()
    {
        queue.Dispose();
        await sqs.DisposeAsync();
    }

    [Theory]
    [InlineData(400, "RequestThrottled")]
    [InlineData(400, "ThrottlingException")]
    [InlineData(503, "ServiceUnavailable")]
    public async Task What_passes_is_tried_again(int status, string code)
    {
        sqs.Refuse = TroubledAws.Times(3, "SendMessageBatch", (status, TroubledAws.Error(code).Body));

        await queue.SendAsync(name, ["a"], TimeSpan.Zero, None);

        (await ReceiveAsync()).ShouldBe("a");
        sqs.Count("SendMessageBatch").ShouldBe(4);
    }

    [Fact]
    public async Task An_error_page_that_is_no_protocol_of_AWS_is_told_by_its_status()
    {
        sqs.Refuse = _ => (404, "<html>not here");

        var error = await Should.ThrowAsync<BackendUnavailableException>(queue.SendAsync(name, ["a"], TimeSpan.Zero, None));

        error.Message.ShouldContain("SQS");
        error.Message.ShouldContain("SendMessageBatch");
        error.Message.ShouldContain("HTTP 404");
    }

    [Fact]
    public async Task A_missing_permission_is_said_at_once_in_SQSs_own_words()
    {
        sqs.Refuse = _ => TroubledAws.Error("AccessDeniedException", "User x is not authorized to perform: sqs:sendmessage");

        var error = await Should.ThrowAsync<BackendUnavailableException>(queue.SendAsync(name, ["a"], TimeSpan.Zero, None));

        error.Message.ShouldContain("not authorized to perform: sqs:sendmessage");
        sqs.Count("SendMessageBatch").ShouldBe(1);
    }

    [Fact]
    public async Task A_later_queue_is_not_even_asked_while_something_waits_in_an_earlier_one()
    {
        var later = $"{name}_low";
        await queue.InitializeAsync([later], None);
        await queue.SendAsync(later, ["low"], TimeSpan.Zero, None);
        await queue.SendAsync(name, ["high"], TimeSpan.Zero, None);

        var found = await queue.ReceiveAsync([name, later], 1, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20), None);

        found.Single().Body.ShouldBe("high");
        sqs.Count("ReceiveMessage").ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_says_nothing_holds_up_a_sender_for_seconds_not_minutes()
    {
        var clock = new FakeClock();
        var began = clock.GetTimestamp();
        using var impatient = AwsRegistration.NewQueue(options, new AwsAccess(options.Aws), clock);
        await impatient.InitializeAsync([name], None);
        sqs.Hangs = request => request.Action == "SendMessageBatch";

        var sending = impatient.SendAsync(name, ["a"], TimeSpan.Zero, None);
        await Soon.BeAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(100));
                return sending.IsCompleted;
            },
            "it gave up");

        (await Should.ThrowAsync<BackendUnavailableException>(sending)).Message.ShouldContain("did not answer SendMessageBatch");
        clock.GetElapsedTime(began).TotalSeconds.ShouldBeInRange(3, 15);
    }

    [Fact]
    public async Task A_look_at_a_server_that_says_nothing_ends_when_the_worker_is_told_to_leave()
    {
        sqs.Hangs = request => request.Action == "ReceiveMessage";
        using var leaving = new CancellationTokenSource();
        var receiving = queue.ReceiveAsync([name], 1, TimeSpan.FromSeconds(30), TimeSpan.Zero, leaving.Token);
        await Soon.BeAsync(() => sqs.Count("ReceiveMessage") > 0, "it is asked");

        await leaving.CancelAsync();

        (await receiving.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_queue_whose_name_was_deleted_a_moment_ago_is_made_when_that_is_possible()
    {
        var again = $"{name}_again";
        sqs.Refuse = TroubledAws.Times(1, "CreateQueue", TroubledAws.Error("QueueDeletedRecently", "wait 60 seconds"));

        await queue.SendAsync(again, ["a"], TimeSpan.Zero, None);

        sqs.Count("CreateQueue").ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public async Task A_new_queue_that_SQS_does_not_know_yet_is_waited_for()
    {
        var fresh = $"{name}_new";
        var asked = 0;
        sqs.Refuse = request => request.Action == "GetQueueAttributes" && Interlocked.Increment(ref asked) == 2
            ? TroubledAws.Error("QueueDoesNotExist") : null;

        await queue.SendAsync(fresh, ["a"], TimeSpan.Zero, None);

        asked.ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task What_a_refused_signature_holds_beyond_its_first_line_is_not_shown()
    {
        sqs.Refuse = _ => (403, """{"__type":"SignatureDoesNotMatch","message":"No match.\n\nThe canonical string\nx-amz-security-token:hush"}""");

        var error = await Should.ThrowAsync<BackendUnavailableException>(queue.SendAsync(name, ["a"], TimeSpan.Zero, None));

        error.Message.ShouldContain("No match.");
        error.ToString().ShouldNotContain("hush");
    }

    [Fact]
    public async Task Of_a_batch_only_what_was_not_taken_is_sent_again()
    {
        var answers = new Queue<string>(
        [
            """{"Successful":[{"Id":"0"}],"Failed":[{"Id":"1","Code":"InternalError","SenderFault":false}]}""",
            """{"Successful":[{"Id":"0"}]}""",
        ]);
        sqs.Refuse = request => request.Action == "SendMessageBatch" ? (200, answers.Dequeue()) : null;

        await queue.SendAsync(name, ["a", "b"], TimeSpan.Zero, None);

        answers.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_that_SQS_will_never_take_is_an_error()
    {
        sqs.Refuse = request => request.Action == "SendMessageBatch"
            ? (200, """{"Failed":[{"Id":"0","Code":"InvalidMessageContents","Message":"no","SenderFault":true}]}""") : null;

        (await Should.ThrowAsync<BackendUnavailableException>(queue.SendAsync(name, ["a"], TimeSpan.Zero, None)))
            .Message.ShouldContain("InvalidMessageContents");
    }

    [Fact]
    public async Task A_queue_that_somebody_deletes_comes_into_being_again()
    {
        var access = new AwsAccess(options.Aws);
        using var client = AwsRegistration.NewSqsClient(options, access, TimeProvider.System);
        await client.DeleteQueueAsync((await client.FindQueueAsync(name, None))!, None);

        await queue.SendAsync(name, ["a"], TimeSpan.Zero, None);

        (await ReceiveAsync()).ShouldBe("a");
    }

    [Fact]
    public async Task A_new_queue_has_the_dead_letter_queue_and_keeps_for_14_days()
    {
        using var client = AwsRegistration.NewSqsClient(options, new AwsAccess(options.Aws), TimeProvider.System);
        var attributes = await client.GetAttributesAsync(
            (await client.FindQueueAsync(name, None))!, ["RedrivePolicy", "MessageRetentionPeriod"], None);

        attributes["MessageRetentionPeriod"].ShouldBe("1209600");
        using var policy = JsonDocument.Parse(attributes["RedrivePolicy"]);
        policy.RootElement.GetProperty("deadLetterTargetArn").GetString().ShouldEndWith($":{name}_dead");
    }

    [Fact]
    public async Task What_an_abandoned_wait_brings_is_put_back()
    {
        using var over = new CancellationTokenSource();
        var waiting = queue.ReceiveAsync([name], 1, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(20), over.Token);
        await Soon.BeAsync(() => sqs.Count("ReceiveMessage") > 1, "the long poll has begun");
        await over.CancelAsync();
        (await waiting).ShouldBeEmpty();

        await queue.SendAsync(name, ["a"], TimeSpan.Zero, None);

        // Another receiver: this one would take the wait over.
        using var other = AwsRegistration.NewQueue(options, new AwsAccess(options.Aws), TimeProvider.System);
        (await ReceiveAsync(other)).ShouldBe("a");
    }

    private Task<string> ReceiveAsync() => ReceiveAsync(queue);

    private async Task<string> ReceiveAsync(SqsMessageQueue from)
    {
        while (true)
        {
            var messages = await from.ReceiveAsync([name], 1, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), None);
            if (messages is [var message])
                return message.Body;
        }
    }
}
