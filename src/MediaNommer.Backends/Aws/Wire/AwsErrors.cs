using System.Net;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;

namespace MediaNommer.Backends.Aws.Wire;

/// <summary>What a service says when it refuses.</summary>
/// <param name="Code">Its own word, without namespaces, for example <c>ThrottlingException</c>.</param>
/// <param name="Message">Its sentence.</param>
internal sealed record AwsError(string Code, string Message)
{
    // The codes of throttling and of errors that pass, as the AWS SDKs know them.
    private static readonly HashSet<string> Passing = new(StringComparer.Ordinal)
    {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "LimitExceededException", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException", "TransactionInProgressException",
        "RequestTimeout", "RequestTimeoutException", "InternalError", "InternalFailure", "InternalServerError",
        "ServiceUnavailable", "Unavailable", "ThrottlingError", "KmsThrottled",
    };

    private static readonly HashSet<string> OfTheClock = new(StringComparer.Ordinal)
    {
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException", "SignatureDoesNotMatch",
        "AuthFailure",
    };

    /// <summary>
    /// True when the same request may succeed a little later. EC2 says with status 500 that it has no machine left
    /// ("InsufficientInstanceCapacity"), which lasts.
    /// </summary>
    public bool MayPass(HttpStatusCode status) =>
        status >= HttpStatusCode.InternalServerError && status != HttpStatusCode.NotImplemented
            && !Code.StartsWith("Insufficient", StringComparison.Ordinal)
        || status == HttpStatusCode.TooManyRequests || Passing.Contains(Code);

    /// <summary>True when a wrong clock of ours may be the reason.</summary>
    public bool MayBeTheClock => OfTheClock.Contains(Code);

    /// <summary>Reads an answer of any of AWS's protocols; one that is none of them counts by its status.</summary>
    public static AwsError Read(HttpStatusCode status, string body)
    {
        try
        {
            return body.TrimStart() switch
            {
                ['<', ..] => ReadXml(status, body),
                ['{', ..] => ReadJson(status, body),
                _ => Unreadable(status, body),
            };
        }
        catch (Exception e) when (e is JsonException or XmlException or InvalidOperationException)
        {
            return Unreadable(status, body);
        }
    }

    private static AwsError ReadJson(HttpStatusCode status, string body)
    {
        using var json = JsonDocument.Parse(body);
        var type = Text(json.RootElement, "__type") ?? Text(json.RootElement, "code");
        // "com.amazonaws.sqs#QueueDoesNotExist" and "Name:http://…" both occur.
        var code = type?.Split('#')[^1].Split(':')[0];
        var message = Text(json.RootElement, "message") ?? Text(json.RootElement, "Message") ?? "";
        return new AwsError(code is { Length: > 0 } ? code : $"HTTP {(int)status}", message);
    }

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static AwsError ReadXml(HttpStatusCode status, string body)
    {
        var error = XDocument.Parse(body).Descendants().FirstOrDefault(element => element.Name.LocalName == "Error");
        return error?.Child("Code") is { Length: > 0 } code
            ? new AwsError(code, error.Child("Message") ?? "")
            : Unreadable(status, body);
    }

    private static AwsError Unreadable(HttpStatusCode status, string body) =>
        new($"HTTP {(int)status}", body.Length > 200 ? body[..200] : body);
}
