using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.Sqs;

/// <summary>A message as SQS hands it out.</summary>
internal sealed record SqsMessage(string Body, string Receipt, int ReceiveCount);

/// <summary>
/// The operations of SQS that we use, in its JSON protocol. AWSSDK.SQS would take its place; see the ADR about clients
/// of our own. Every method may throw <see cref="AwsException"/>.
/// </summary>
/// <seealso href="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html"/>
internal sealed class SqsClient(AwsHttp http, AwsAccess access) : IDisposable
{
    /// <summary>What SQS answers about a queue that is not there; older servers say it in other words.</summary>
    public static readonly IReadOnlySet<string> NoSuchQueue = new HashSet<string>
    {
        "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExistException", "NonExistentQueue",
    };

    private static readonly AwsPatience Patience = new(Try: TimeSpan.FromSeconds(10), All: TimeSpan.FromSeconds(30));

    // For what others wait for and can do without: a message that is not sent is sent by the sweeper, one that is not
    // hidden or deleted comes again, and the store says what it is worth.
    private static readonly AwsPatience Brief = new(Try: TimeSpan.FromSeconds(3), All: TimeSpan.FromSeconds(6));

    /// <summary>The address of a queue, or null when there is none of that name.</summary>
    public async Task<string?> FindQueueAsync(string name, CancellationToken cancellation)
    {
        try
        {
            var answer = await CallAsync("GetQueueUrl", new() { ["QueueName"] = name }, Patience, cancellation);
            return UrlIn(answer, "GetQueueUrl");
        }
        catch (AwsException e) when (NoSuchQueue.Contains(e.Code))
        {
            return null;
        }
    }

    /// <summary>Makes a queue, or finds the one of that name.</summary>
    /// <returns>Its address.</returns>
    public async Task<string> CreateQueueAsync(
        string name, IReadOnlyDictionary<string, string> attributes, CancellationToken cancellation)
    {
        var answer = await CallAsync(
            "CreateQueue", new() { ["QueueName"] = name, ["Attributes"] = ToJson(attributes) }, Patience, cancellation);
        return UrlIn(answer, "CreateQueue");
    }

    public Task DeleteQueueAsync(string url, CancellationToken cancellation) =>
        CallAsync("DeleteQueue", new() { ["QueueUrl"] = url }, Patience, cancellation);

    public async Task<IReadOnlyDictionary<string, string>> GetAttributesAsync(
        string url, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        var answer = await CallAsync(
            "GetQueueAttributes", new() { ["QueueUrl"] = url, ["AttributeNames"] = ToJson(names) }, Patience, cancellation);
        return (answer["Attributes"] as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "");
    }

    public Task SetAttributesAsync(
        string url, IReadOnlyDictionary<string, string> attributes, CancellationToken cancellation) => CallAsync(
        "SetQueueAttributes", new() { ["QueueUrl"] = url, ["Attributes"] = ToJson(attributes) }, Patience, cancellation);

    /// <summary>Sends up to ten messages.</summary>
    /// <returns>The indices of those that SQS did not take, with its reasons.</returns>
    public async Task<IReadOnlyList<BatchFailure>> SendBatchAsync(
        string url, IReadOnlyList<string> bodies, int delaySeconds, CancellationToken cancellation)
    {
        var entries = bodies.Select((body, index) => (JsonNode)new JsonObject
        {
            ["Id"] = $"{index}", ["MessageBody"] = body, ["DelaySeconds"] = delaySeconds,
        });
        var answer = await CallAsync(
            "SendMessageBatch", new() { ["QueueUrl"] = url, ["Entries"] = new JsonArray([.. entries]) }, Brief, cancellation);
        return Failures(answer);
    }

    /// <summary>Receives up to ten messages and hides them; waits up to 20 seconds for the first.</summary>
    public async Task<IReadOnlyList<SqsMessage>> ReceiveAsync(
        string url, int max, int visibilitySeconds, int waitSeconds, CancellationToken cancellation)
    {
        var answer = await CallAsync(
            "ReceiveMessage",
            new()
            {
                ["QueueUrl"] = url, ["MaxNumberOfMessages"] = max, ["VisibilityTimeout"] = visibilitySeconds,
                ["WaitTimeSeconds"] = waitSeconds, ["AttributeNames"] = ToJson(["ApproximateReceiveCount"]),
                // Its name since 2023; servers may know only one of the two.
                ["MessageSystemAttributeNames"] = ToJson(["ApproximateReceiveCount"]),
            },
            Patience with { Try = Patience.Try + TimeSpan.FromSeconds(waitSeconds) }, cancellation);
        return
        [
            .. Objects(answer["Messages"]).Select(message => new SqsMessage(
                message["Body"]?.ToString() ?? "", message["ReceiptHandle"]?.ToString() ?? throw http.Service.NoAnswer("ReceiveMessage"),
                int.TryParse(message["Attributes"]?["ApproximateReceiveCount"]?.ToString(), out var count) ? count : 1)),
        ];
    }

    /// <summary>Hides a message for that long from now.</summary>
    public Task ChangeVisibilityAsync(string url, string receipt, int seconds, CancellationToken cancellation) => CallAsync(
        "ChangeMessageVisibility",
        new() { ["QueueUrl"] = url, ["ReceiptHandle"] = receipt, ["VisibilityTimeout"] = seconds }, Brief, cancellation);

    /// <summary>Deletes up to ten messages.</summary>
    /// <returns>The indices of those that are still there, with SQS's reasons.</returns>
    public async Task<IReadOnlyList<BatchFailure>> DeleteBatchAsync(
        string url, IReadOnlyList<string> receipts, CancellationToken cancellation)
    {
        var entries = receipts.Select((receipt, index) =>
            (JsonNode)new JsonObject { ["Id"] = $"{index}", ["ReceiptHandle"] = receipt });
        var answer = await CallAsync(
            "DeleteMessageBatch", new() { ["QueueUrl"] = url, ["Entries"] = new JsonArray([.. entries]) }, Brief, cancellation);
        return Failures(answer);
    }

    /// <summary>Empties a queue, which takes SQS up to a minute.</summary>
    public async Task PurgeAsync(string url, CancellationToken cancellation)
    {
        try
        {
            await CallAsync("PurgeQueue", new() { ["QueueUrl"] = url }, Patience, cancellation);
        }
        catch (AwsException e) when (e.Code is "PurgeQueueInProgress" or "AWS.SimpleQueueService.PurgeQueueInProgress")
        {
            // It was told so less than a minute ago, and is still at it.
        }
    }

    public void Dispose() => http.Dispose();

    private static JsonArray ToJson(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static JsonObject ToJson(IReadOnlyDictionary<string, string> texts) =>
        new(texts.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)));

    private List<BatchFailure> Failures(JsonObject answer) =>
    [
        .. Objects(answer["Failed"]).Select(failed => new BatchFailure(
            int.TryParse(failed["Id"]?.ToString(), out var index) ? index : throw http.Service.NoAnswer("a batch"),
            failed["Code"]?.ToString() ?? "", failed["Message"]?.ToString() ?? "", failed["SenderFault"]?.ToString() == "true")),
    ];

    private string UrlIn(JsonObject answer, string action) =>
        answer["QueueUrl"]?.ToString() is { Length: > 0 } url ? url : throw http.Service.NoAnswer(action);

    private static IEnumerable<JsonObject> Objects(JsonNode? array) => (array as JsonArray ?? []).OfType<JsonObject>();

    private JsonObject Parse(string answer, string action)
    {
        try
        {
            return answer.Length == 0 ? [] : JsonNode.Parse(answer) as JsonObject ?? throw http.Service.NoAnswer(action);
        }
        catch (JsonException e)
        {
            throw http.Service.NoAnswer(action, e);
        }
    }

    private async Task<JsonObject> CallAsync(
        string action, JsonObject parameters, AwsPatience patience, CancellationToken cancellation)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes<JsonNode>(parameters);
        var answer = await http.SendAsync(
            new AwsCall(action, (keys, now) =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, http.Service.Endpoint)
                {
                    Content = new ByteArrayContent(body)
                    {
                        Headers = { ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.0") },
                    },
                };
                request.Headers.Add("X-Amz-Target", $"AmazonSQS.{action}");
                SignatureV4.Sign(request, body, keys, access.Region, "sqs", now);
                return request;
            }),
            patience, cancellation);
        return Parse(answer, action);
    }
}

/// <summary>One entry of a batch that SQS did not take.</summary>
/// <param name="Index">Its place in the batch.</param>
/// <param name="Code">SQS's word for the reason.</param>
/// <param name="Message">SQS's sentence.</param>
/// <param name="IsOurFault">False when the same may succeed a moment later.</param>
internal sealed record BatchFailure(int Index, string Code, string Message, bool IsOurFault);
