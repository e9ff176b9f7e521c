using System.Net;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>What failures of DynamoDB mean: whether they pass, and what to do about those that do not.</summary>
/// <param name="authority">Where DynamoDB is reached.</param>
/// <param name="region">The region that requests are signed for.</param>
/// <param name="table">The table.</param>
internal sealed class DynamoErrors(string authority, string region, string table)
{
    // What of a transaction failed for no fault of its own.
    private static readonly HashSet<string> PassingReasons = new(StringComparer.Ordinal)
    {
        "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError",
    };

    /// <summary>True when the same call may succeed a little later.</summary>
    public static bool MayPass(Exception e) => e switch
    {
        TransactionCanceledException cancelled => cancelled.CancellationReasons?.Any(IsPassing) ?? false,
        TransactionConflictException or TransactionInProgressException => true,
        AmazonServiceException { StatusCode: not 0 } error => new AwsError(error.ErrorCode ?? "", "").MayPass(error.StatusCode),
        _ => IsUnanswered(e),
    };

    /// <summary>True when there was no answer at all.</summary>
    public static bool IsUnanswered(Exception e) =>
        e is AmazonServiceException { StatusCode: 0 } or HttpRequestException or IOException or OperationCanceledException
            or TimeoutException;

    /// <summary>True when the server knows no such operation; DynamoDB itself knows all that are used here.</summary>
    public static bool IsUnknown(AmazonServiceException e) =>
        e.ErrorCode is "UnknownOperationException" or "UnknownOperation" or "InvalidAction" or "NotImplemented"
        || e.StatusCode == HttpStatusCode.NotImplemented;

    /// <summary>Which write of a transaction was refused by its condition; -1 when that was not the reason.</summary>
    public static int RefusedIndexOf(TransactionCanceledException e) =>
        e.CancellationReasons?.FindIndex(reason => reason.Code == "ConditionalCheckFailed") ?? -1;

    /// <summary>An error that says what was tried, where, and what to do.</summary>
    public Exception Explain(Exception e, string action)
    {
        var service = e as AmazonServiceException;
        var code = service?.ErrorCode ?? "";
        if (service is null && e is AmazonClientException)
            return new AwsException(
                $"DynamoDB ({authority}) could not be asked for {action}: {Innermost(e)} Are there AWS keys (Aws:AccessKeyId, "
                + "AWS_ACCESS_KEY_ID, a profile, or the machine's instance profile)?",
                "NoCredentials", status: null, e);
        if (service is null || service.StatusCode == 0)
            return new AwsException(
                $"DynamoDB ({authority}) did not answer {action}: {Innermost(e)} Check the network, Aws:Region ({region}) "
                + "and Aws:DynamoDb:EndpointUrl.",
                code, status: null, e);
        if (IsUnknown(service))
            return new AwsException(
                $"The server at {authority} does not know DynamoDB's {action}, which media-nommer needs: choose another with "
                + "Aws:DynamoDb:EndpointUrl (DynamoDB Local and moto know it), or set Aws:StateStore to SimpleDb.",
                code, service.StatusCode, e);
        if (IsTooLarge(service))
            return new RecordTooLargeException(
                $"A record is too large for DynamoDB ({authority}, table {table}): {SaidBy(service)} Shorten the job's options.", e);
        return new AwsException(
            $"DynamoDB ({authority}) refused {action} on table {table}: {SaidBy(service)} {RemedyFor(service, action)}",
            code, service.StatusCode, e);
    }

    /// <summary>An error about the table itself.</summary>
    public AwsException AboutTable(string what) =>
        new($"The DynamoDB table {table} ({authority}) {what}", code: "", status: null);

    // "Item size has exceeded the maximum allowed size" and the like; of a transaction it is one of the reasons.
    private static bool IsTooLarge(AmazonServiceException e) =>
        e.StatusCode == HttpStatusCode.RequestEntityTooLarge || e.ErrorCode == "ItemCollectionSizeLimitExceededException"
        || IsSize(e.ErrorCode, e.Message)
        || (e is TransactionCanceledException { CancellationReasons: { } reasons }
            && reasons.Exists(reason => IsSize(reason.Code, reason.Message)));

    private static bool IsSize(string? code, string? message) =>
        code is "ValidationException" or "ValidationError" && (message ?? "").Contains("size", StringComparison.OrdinalIgnoreCase);

    private static bool IsPassing(CancellationReason reason) => PassingReasons.Contains(reason.Code ?? "");

    private static string SaidBy(AmazonServiceException e)
    {
        var reasons = e is TransactionCanceledException { CancellationReasons: { } all }
            ? string.Join("; ", all.Where(one => one.Message is { Length: > 0 }).Select(one => $"{one.Code}: {one.Message}"))
            : "";
        var text = reasons.Length > 0 ? reasons : $"{e.ErrorCode}: {AwsError.FirstLine(e.Message)}";
        return text.Trim().TrimEnd('.', ':') + ".";
    }

    private string RemedyFor(AmazonServiceException e, string action)
    {
        if (e is ResourceNotFoundException)
            return $"A feederd that runs makes it within seconds. Does none run, or is Aws:Region ({region}) another one?";
        if (e.ErrorCode is "AccessDeniedException" or "AccessDenied")
            return $"Allow {PermissionsFor(action)} on it and its indexes to these keys.";
        if (AwsError.IsAboutKeys(e.ErrorCode ?? ""))
            return $"Check Aws:AccessKeyId, Aws:SecretAccessKey and Aws:SessionToken, or what stands for them, and Aws:Region ({region}).";
        if (e.StatusCode is HttpStatusCode.BadRequest && MayPass(e))
            return "Its limits are reached; it takes more after a while, or raise the quotas of the account.";
        return e.ErrorCode is { Length: > 0 } ? "" : "Is Aws:DynamoDb:EndpointUrl (or Aws:EndpointUrl) the address of DynamoDB?";
    }

    // There is no permission for transactions as such.
    private static string PermissionsFor(string action) => action == "TransactWriteItems"
        ? "dynamodb:PutItem, dynamodb:UpdateItem and dynamodb:DeleteItem"
        : $"dynamodb:{action}";

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e is OperationCanceledException or TimeoutException ? "time ran out." : e.Message.TrimEnd('.') + ".";
    }
}
