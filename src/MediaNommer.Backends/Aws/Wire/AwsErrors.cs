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

    // What the services say of keys that they do not accept.
    private static readonly HashSet<string> OfTheKeys = new(StringComparer.Ordinal)
    {
        "InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException", "SignatureDoesNotMatch",
        "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException", "MissingAuthenticationToken",
        "MissingAuthenticationTokenException", "ExpiredToken", "ExpiredTokenException", "AuthFailure", "InvalidSecurity",
        "RequestExpired", "RequestTimeTooSkewed", "MissingClientTokenId", "InvalidToken",
    };

    /// <summary>
    /// The first line of what a service says. The further ones, of a refused signature, hold the whole request with the
    /// session token in it.
    /// </summary>
    public static string FirstLine(string? text) => (text ?? "").TrimStart().Split('\n', '\r')[0];

    /// <summary>True when the service does not accept the keys.</summary>
    public static bool IsAboutKeys(string code) => OfTheKeys.Contains(code);

    /// <summary>True for an answer in none of AWS's protocols, as a proxy gives it or a server that plays another service.</summary>
    public bool IsOfNoService => Code.StartsWith("HTTP ", StringComparison.Ordinal);

    /// <summary>Reads an answer of any of AWS's protocols; one that is none of them counts by its status.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="body">Its body.</param>
    /// <param name="header">The code that its headers name, which counts where the body names none; or null.</param>
    public static AwsError Read(HttpStatusCode status, string body, string? header = null)
    {
        var error = Read(body) ?? new AwsError("", body.Length > 200 ? body[..200] : body);
        error = error with { Message = FirstLine(error.Message) };
        return error.Code.Length > 0 ? error : error with { Code = WithoutNamespace(header) ?? $"HTTP {(int)status}" };
    }

    private static AwsError? Read(string body)
    {
        try
        {
            return body.TrimStart() switch
            {
                ['<', ..] => ReadXml(body),
                ['{', ..] => ReadJson(body),
                _ => null,
            };
        }
        catch (Exception e) when (e is JsonException or XmlException or InvalidOperationException)
        {
            return null;
        }
    }

    private static AwsError ReadJson(string body)
    {
        using var json = JsonDocument.Parse(body);
        var error = json.RootElement;
        // Services of the query protocol wrap it so when they answer in JSON.
        if (error.TryGetProperty("Error", out var inner) && inner.ValueKind == JsonValueKind.Object)
            error = inner;
        var code = Text(error, "__type") ?? Text(error, "code") ?? Text(error, "Code");
        return new AwsError(WithoutNamespace(code) ?? "", Text(error, "message") ?? Text(error, "Message") ?? "");
    }

    // "com.amazonaws.sqs#QueueDoesNotExist", "Name:http://…" and "AWS.SimpleQueueService.NonExistentQueue;Sender" all occur.
    private static string? WithoutNamespace(string? code) =>
        code?.Split('#')[^1].Split(':', ';')[0].Trim() is { Length: > 0 } bare ? bare : null;

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static AwsError? ReadXml(string body)
    {
        var error = XDocument.Parse(body).Descendants().FirstOrDefault(element => element.Name.LocalName == "Error");
        return error?.Child("Code") is { Length: > 0 } code ? new AwsError(code, error.Child("Message") ?? "") : null;
    }
}
