using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Amazon.Runtime;
using Amazon.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>Says what a refusal of the store means for who uses an address, and whether trying again may help.</summary>
/// <param name="address">The address.</param>
/// <param name="display">The address as messages may show it.</param>
/// <param name="isSource">True for a source, false for a destination.</param>
/// <param name="areOurKeys">
/// True when neither the address nor a profile brings the keys. What is wrong with the worker's own is not the job's fault:
/// they may come a moment later, or another worker may have better ones.
/// </param>
internal sealed class S3Errors(S3Address address, string display, bool isSource, bool areOurKeys)
{
    // What a store says of content that is not what was sent.
    private static readonly HashSet<string> ArrivedChanged = new(StringComparer.Ordinal)
    {
        "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody",
    };

    private string RefusalCode => isSource ? MediaStorageErrors.SourceUnreadable : MediaStorageErrors.DestNotWritable;

    private string MissingCode => isSource ? MediaStorageErrors.SourceNotFound : MediaStorageErrors.DestNotWritable;

    private string WhoseKeys => address.AccessKeyId is not null ? "the keys in the address"
        : address.Profile is { } profile ? $"the keys of Aws:Profiles:{profile}"
        : "the worker's keys (Aws:AccessKeyId, or what the AWS default chain finds)";

    /// <summary>The error for a transfer that broke too often.</summary>
    public MediaStorageException GiveUp(string reason, Exception inner) =>
        new(MediaStorageErrors.TransferFailed, $"{display}: {reason}.", isTransient: true, inner);

    /// <summary>A final error.</summary>
    public MediaStorageException Refuse(string reason, Exception? inner = null, string? code = null, bool isTransient = false) =>
        new(code ?? RefusalCode, $"{display}: {reason}.", isTransient, inner);

    public MediaStorageException Changed(string what) => Refuse(
        $"the source changed while it was fetched ({what})", code: MediaStorageErrors.SourceChanged, isTransient: true);

    /// <summary>Something is at the destination that is to be kept.</summary>
    public MediaStorageException Exists() => MediaStorageException.DestExists(display);

    public MediaStorageException Superseded(Exception? inner = null) => Refuse(
        "the output was taken away before it was put in place: a later attempt took over", inner, MediaStorageErrors.Superseded);

    /// <summary>
    /// The error to throw: a <see cref="MediaStorageException"/> or, where trying again may help, a
    /// <see cref="TransferBrokenException"/>.
    /// </summary>
    /// <param name="e">What the client threw.</param>
    /// <param name="permission">What the keys must allow.</param>
    public Exception Explain(Exception e, string permission) => e switch
    {
        AmazonServiceException { StatusCode: not 0 } refusal => Explain(refusal, permission),
        AwsException ours => Refuse(ours.Message.TrimEnd('.'), ours, isTransient: areOurKeys && ours.Code == "NoCredentials"),
        _ when Cause<AuthenticationException>(e) is { } reason =>
            Refuse($"the certificate of the store cannot be trusted: {reason.Message.TrimEnd('.')}", e),
        _ when e is HttpRequestException || Cause<HttpRequestException>(e) is not null
            || Cause<SocketException>(e) is not null || Cause<IOException>(e) is not null =>
            new TransferBrokenException(Scrub(Innermost(e).Message.TrimEnd('.'))),
        // For example keys of a role that the machine could not be asked for, or that could not be renewed now.
        _ => Refuse(
            Scrub(e.Message.TrimEnd('.')), e, isTransient: e is AmazonClientException || (areOurKeys && e is AmazonServiceException)),
    };

    private Exception Explain(AmazonServiceException e, string permission)
    {
        var error = new AwsError(e.ErrorCode ?? "", e.Message);
        // What the SDK says when the answer had no body is no news.
        var hasMessage = e.Message is { Length: > 0 and < 500 } text && !text.StartsWith("Error making request", StringComparison.Ordinal);
        var says = $"the store answers {(int)e.StatusCode} {(error.Code.Length > 0 ? error.Code : e.StatusCode.ToString())}"
            + (hasMessage ? $" ({Scrub(e.Message.TrimEnd('.'))})" : "");
        if (error.Code is "RequestTimeTooSkewed")
            return Refuse("the clock of this machine is too far from the store's; set it, best by NTP", e, isTransient: true);
        if (error.MayPass(e.StatusCode) || ArrivedChanged.Contains(error.Code) || (e.StatusCode == HttpStatusCode.OK && e is AmazonS3Exception))
            return new TransferBrokenException(says);
        return (error.Code, e.StatusCode) switch
        {
            ("NoSuchBucket", _) => Refuse($"there is no bucket '{address.Bucket}'", e, MissingCode),
            ("NoSuchUpload", _) => Superseded(e),
            ("ConditionalRequestConflict", _) => Refuse($"somebody else wrote there at the same time: {says}", e, isTransient: true),
            ("NoSuchKey" or "NoSuchVersion", _) or (_, HttpStatusCode.NotFound) or (_, HttpStatusCode.MethodNotAllowed) when isSource =>
                Refuse("the bucket has no object of that name", e, MissingCode),
            ("InvalidAccessKeyId", _) => Refuse($"the store does not know the access key id; check {WhoseKeys}", e),
            ("SignatureDoesNotMatch", _) => Refuse($"the secret access key does not belong to the id; check {WhoseKeys}", e),
            ("ExpiredToken" or "InvalidToken" or "TokenRefreshRequired", _) =>
                Refuse($"the session token has expired or is wrong; renew {WhoseKeys}", e, isTransient: areOurKeys),
            ("InvalidObjectState", _) => Refuse(
                "the object is archived (Glacier); restore it first (aws s3api restore-object), then submit the job again", e),
            _ when e is AmazonS3Exception s3 && S3Connections.RegionIn(s3) is { } region => Refuse(
                $"the bucket is in region {region}; set {(address.Profile is { } profile ? $"Aws:Profiles:{profile}:Region" : "Aws:Region")} or a profile to it", e),
            ("AllAccessDisabled" or "AccountProblem" or "NotSignedUp" or "InvalidPayer", _) => Refuse($"the account may not use S3: {says}", e),
            (_, HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized) => Refuse(Denied(permission, says), e),
            ("EntityTooLarge", _) or (_, HttpStatusCode.RequestEntityTooLarge) => Refuse($"the output is too large for the store: {says}", e),
            ("QuotaExceeded", _) or (_, HttpStatusCode.InsufficientStorage) => Refuse($"the store is full: {says}", e, isTransient: true),
            (_, HttpStatusCode.PreconditionFailed) when isSource => Changed("the object that was found first is no longer there"),
            _ => Refuse(says, e),
        };
    }

    private string Denied(string permission, string says) =>
        $"access denied: {WhoseKeys} need {permission} on {address.Bucket}/{address.Key}; {says}"
        + (permission == S3Permissions.Read ? "; S3 answers so for a missing object, too, unless they have s3:ListBucket on the bucket" : "");

    // No store should echo keys, but some do.
    private string Scrub(string text)
    {
        foreach (var secret in (string?[])[address.SecretAccessKey, address.AccessKeyId])
        {
            if (secret is { Length: > 3 })
                text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text;
    }

    private static T? Cause<T>(Exception e)
        where T : Exception
    {
        for (var inner = e.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is T found)
                return found;
        }

        return null;
    }

    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e;
    }
}
