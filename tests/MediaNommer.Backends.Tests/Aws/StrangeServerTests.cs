using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.Sqs;
using MediaNommer.Core.Jobs;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>Our own clients against answers that are not written as Amazon writes them.</summary>
public sealed class StrangeServerTests
{
    private const string Url = """{"QueueUrl":"http://q/jobs"}""";

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData("<html>Welcome")]
    [InlineData("<GetQueueUrlResponse><GetQueueUrlResult><QueueUrl>http://q</QueueUrl></GetQueueUrlResult></GetQueueUrlResponse>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"QueueUrl":null}""")]
    public async Task What_is_no_answer_of_SQS_is_said_to_be_none(string body)
    {
        await using var server = await StrangeServer.StartAsync(200, body);
        using var sqs = Sqs(server);

        (await Should.ThrowAsync<BackendUnavailableException>(() => sqs.FindQueueAsync("jobs", None)))
            .Message.ShouldContain("Is Aws:Sqs:EndpointUrl (or Aws:EndpointUrl) its address?");
    }

    [Fact]
    public async Task A_message_without_a_receipt_is_no_answer_of_SQS()
    {
        await using var server = await StrangeServer.StartAsync(200, """{"Messages":[null,{"Body":"a"}]}""");
        using var sqs = Sqs(server);

        (await Should.ThrowAsync<BackendUnavailableException>(() => sqs.ReceiveAsync("http://q", 1, 1, 0, None)))
            .Message.ShouldContain("answered ReceiveMessage with something that is no answer of SQS");
    }

    [Fact]
    public async Task Numbers_and_flags_may_be_texts_and_texts_numbers()
    {
        await using var server = await StrangeServer.StartAsync(200, """
            {"Messages":[{"Body":7,"ReceiptHandle":8,"Attributes":{"ApproximateReceiveCount":3}}],
             "Attributes":{"QueueArn":null,"ApproximateNumberOfMessages":4},"Failed":[{"Id":1,"Code":"X","SenderFault":"true"}]}
            """);
        using var sqs = Sqs(server);

        (await sqs.ReceiveAsync("http://q", 1, 1, 0, None)).ShouldBe([new SqsMessage("7", "8", 3)]);
        (await sqs.GetAttributesAsync("http://q", ["All"], None))["ApproximateNumberOfMessages"].ShouldBe("4");
        (await sqs.SendBatchAsync("http://q", ["a", "b"], 0, None)).ShouldBe([new BatchFailure(1, "X", "", true)]);
    }

    [Fact]
    public async Task The_count_of_receives_is_asked_for_by_both_its_names()
    {
        await using var server = await StrangeServer.StartAsync(200, "{}");
        using var sqs = Sqs(server);

        await sqs.ReceiveAsync("http://q", 1, 1, 0, None);

        var asked = JsonNode.Parse(server.Requests.ShouldHaveSingleItem())!;
        asked["AttributeNames"]![0]!.ToString().ShouldBe("ApproximateReceiveCount");
        asked["MessageSystemAttributeNames"]![0]!.ToString().ShouldBe("ApproximateReceiveCount");
    }

    [Theory]
    [InlineData("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender", "{}")]
    [InlineData("x-amzn-ErrorType", "QueueDoesNotExist:http://internal.amazon.com/coral/", "")]
    [InlineData("x-any", "", """{"Error":{"Code":"AWS.SimpleQueueService.NonExistentQueue","Message":"Not here"}}""")]
    [InlineData("x-any", "", """{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":null}""")]
    [InlineData("x-any", "", "\uFEFF<ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Code>\n  AWS.SimpleQueueService.NonExistentQueue\n</Code></Error></ErrorResponse>")]
    public async Task A_missing_queue_is_known_by_whatever_says_so(string header, string value, string body)
    {
        await using var server = await StrangeServer.StartAsync(400, body, (header, value));
        using var sqs = Sqs(server);

        (await sqs.FindQueueAsync("jobs", None)).ShouldBeNull();
    }

    [Theory]
    [InlineData("PurgeQueueInProgress")]
    [InlineData("AWS.SimpleQueueService.PurgeQueueInProgress")]
    public async Task A_queue_that_is_being_purged_need_not_be_told_again(string code)
    {
        await using var server = await StrangeServer.StartAsync(403, $$"""{"__type":"{{code}}"}""");
        using var sqs = Sqs(server);

        await Should.NotThrowAsync(() => sqs.PurgeAsync("http://q", None));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Compressed_answers_are_read(string encoding)
    {
        await using var server = await StrangeServer.StartAsync(async (context, _) =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            await using Stream packed = encoding == "br"
                ? new BrotliStream(context.Response.Body, CompressionMode.Compress)
                : new GZipStream(context.Response.Body, CompressionMode.Compress);
            await packed.WriteAsync(Encoding.UTF8.GetBytes(Url));
        });
        using var sqs = Sqs(server);

        (await sqs.FindQueueAsync("jobs", None)).ShouldBe("http://q/jobs");
    }

    [Fact]
    public async Task A_name_of_a_character_set_that_nobody_knows_does_not_matter()
    {
        await using var server = await StrangeServer.StartAsync(200, Url, ("Content-Type", "application/json; charset=odd"));
        using var sqs = Sqs(server);

        (await sqs.FindQueueAsync("jobs", None)).ShouldBe("http://q/jobs");
    }

    [Fact]
    public async Task A_redirect_is_not_followed_but_named()
    {
        await using var server = await StrangeServer.StartAsync(307, "", ("Location", "https://other.example/"));
        using var sqs = Sqs(server);

        (await Should.ThrowAsync<BackendUnavailableException>(() => sqs.FindQueueAsync("jobs", None)))
            .Message.ShouldContain("HTTP 307: It sends to https://other.example/; if that is the service, set Aws:Sqs:EndpointUrl to it.");
    }

    [Fact]
    public async Task A_connection_that_is_closed_between_two_requests_is_opened_again()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = AnswerOneOnEachConnectionAsync(listener, connections: 3);
        await using var server = await StrangeServer.StartAsync(500, "");
        server.Options.Aws.Sqs.EndpointUrl = $"http://{listener.LocalEndpoint}";
        using var sqs = Sqs(server);

        for (var i = 0; i < 3; i++)
            (await sqs.FindQueueAsync("jobs", None)).ShouldBe("http://q/jobs");
        await serving;
    }

    [Theory]
    [InlineData("SignatureDoesNotMatch")]
    [InlineData("InvalidClientTokenId")]
    [InlineData("InvalidSignatureException")]
    [InlineData("ExpiredToken")]
    public async Task Keys_that_are_refused_are_named_by_their_settings(string code)
    {
        await using var server = await StrangeServer.StartAsync(403, $$"""{"__type":"{{code}}","message":"Not you"}""");
        using var sqs = Sqs(server);

        var error = await Should.ThrowAsync<BackendUnavailableException>(() => sqs.FindQueueAsync("jobs", None));

        error.Message.ShouldEndWith(
            $"{code}: Not you. Check Aws:AccessKeyId, Aws:SecretAccessKey and Aws:SessionToken, or what stands for them, Aws:Region "
            + "(eu-central-1), and this machine's clock.");
        error.Message.ShouldNotContain("hush");
    }

    [Fact]
    public async Task Lists_of_EC2_are_read_page_by_page_whatever_white_space_and_namespace_they_have()
    {
        await using var server = await StrangeServer.StartAsync((context, body) =>
        {
            var action = HttpUtility.ParseQueryString(body)["Action"];
            return context.Response.WriteAsync(body.Contains("NextToken=b%2B1", StringComparison.Ordinal)
                ? $"<{action}Response><imagesSet><item><imageId>ami-2</imageId></item></imagesSet><securityGroupInfo><item>"
                    + $"<groupId>sg-2</groupId><groupName>b</groupName></item></securityGroupInfo><nextToken/></{action}Response>"
                : $"""
                <?xml version="1.0"?>
                <e:{action}Response xmlns:e="http://ec2.amazonaws.com/doc/2016-11-15/">
                  <e:imagesSet><e:item><e:imageId> ami-1
                  </e:imageId><e:unknown/></e:item></e:imagesSet>
                  <e:securityGroupInfo><e:item><e:groupId>sg-1</e:groupId><e:groupName>a</e:groupName></e:item></e:securityGroupInfo>
                  <e:nextToken>b+1</e:nextToken>
                </e:{action}Response>
                """);
        });
        using var ec2 = Ec2Registration.NewClient(server.Options, server.Access, TimeProvider.System);

        (await ec2.DescribeImagesAsync("self", [], None)).Select(image => image.Id).ShouldBe(["ami-1", "ami-2"]);
        (await ec2.DescribeSecurityGroupsAsync([], None)).ShouldBe(new Dictionary<string, string> { ["a"] = "sg-1", ["b"] = "sg-2" });
    }

    [Fact]
    public async Task Groups_of_one_name_in_several_networks_are_no_error()
    {
        await using var server = await StrangeServer.StartAsync(
            200, "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId><groupName>a</groupName></item>"
                + "<item><groupId>sg-2</groupId><groupName>a</groupName></item></securityGroupInfo></DescribeSecurityGroupsResponse>");
        using var ec2 = Ec2Registration.NewClient(server.Options, server.Access, TimeProvider.System);

        (await ec2.DescribeSecurityGroupsAsync([], None))["a"].ShouldBe("sg-1");
    }

    /// <summary>Says nothing of closing, and closes, as servers do with connections that were idle for long.</summary>
    private static async Task AnswerOneOnEachConnectionAsync(TcpListener listener, int connections)
    {
        for (var i = 0; i < connections; i++)
        {
            using var client = await listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            var request = "";
            var buffer = new byte[4096];
            while (!request.EndsWith('}'))
                request += Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer));
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {Url.Length}\r\n\r\n{Url}"));
        }
    }

    [Theory]
    [InlineData("<html><body>Please log in</body></html>")]
    [InlineData("<Response><Errors><Error><Code>Odd</Code></Error></Errors></Response>")]
    [InlineData("Welcome")]
    [InlineData("")]
    public async Task A_page_of_a_proxy_is_not_taken_for_an_empty_answer(string page)
    {
        await using var server = await StrangeServer.StartAsync(200, page);
        using var ec2 = Ec2Registration.NewClient(server.Options, server.Access, TimeProvider.System);
        using var simpleDb = AwsRegistration.NewSimpleDbClient(server.Options.Aws, server.Access, TimeProvider.System);

        (await Should.ThrowAsync<BackendUnavailableException>(() => ec2.DescribeInstancesAsync([], None)))
            .Message.ShouldContain("is no answer of EC2. Is Aws:Ec2:EndpointUrl (or Aws:EndpointUrl) its address?");
        (await Should.ThrowAsync<BackendUnavailableException>(() => simpleDb.GetAsync("jobs", "job", None)))
            .Message.ShouldContain("is no answer of SimpleDB. Is Aws:SimpleDb:EndpointUrl (or Aws:EndpointUrl) its address?");
    }

    private static SqsClient Sqs(StrangeServer server) =>
        AwsRegistration.NewSqsClient(server.Options, server.Access, TimeProvider.System);
}
