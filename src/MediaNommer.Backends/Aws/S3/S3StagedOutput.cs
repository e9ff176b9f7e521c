using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>
/// An output whose parts lie in a multipart upload: invisible until completed, which S3 does in one step. Whoever aborts
/// the upload takes it away for good, so a run that a later attempt has overtaken cannot complete it any more. See ADR 8.
/// </summary>
internal sealed class S3StagedOutput : IStagedOutput
{
    private const string RunMetadata = "nommer-run";
    private const int Looks = 5;
    private static readonly TimeSpan CleanUpTime = TimeSpan.FromSeconds(10);

    // Amazon says that putting many parts together may take several minutes.
    private static readonly TimeSpan CompletionTime = TimeSpan.FromMinutes(15);

    private readonly S3Exchange exchange;
    private readonly OutputTag tag;
    private readonly S3Marker marker;
    private string uploadId = "";
    private List<PartETag> parts = [];
    private bool promoted;

    private S3StagedOutput(S3Exchange exchange, OutputTag tag)
    {
        (this.exchange, this.tag) = (exchange, tag);
        marker = new S3Marker(exchange, tag);
    }

    /// <inheritdoc/>
    public string? Revision { get; private set; }

    /// <inheritdoc/>
    public bool IsMarked => true;

    private string Run => $"{tag.JobId}-{tag.Attempt}";

    /// <summary>Begins an upload that later attempts can find.</summary>
    public static async Task<S3StagedOutput> BeginAsync(S3Exchange exchange, OutputTag tag, CancellationToken cancellation)
    {
        var output = new S3StagedOutput(exchange, tag);
        try
        {
            await output.BeginAsync(cancellation);
            return output;
        }
        catch
        {
            await output.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Tries all that a promotion will need, so that a missing permission is found before the work, then aborts the uploads
    /// of earlier attempts.
    /// </summary>
    public static async Task PrepareAsync(S3Exchange exchange, OutputTag tag, CancellationToken cancellation)
    {
        await using var rehearsal = await BeginAsync(exchange, tag, cancellation);
        await rehearsal.marker.ReadAsync(isReadable: false, cancellation);
        foreach (var earlier in S3Marker.OfEarlierAttempts(exchange, tag))
            await earlier.ClearAsync(cancellation);
        await AbortAsync(exchange, rehearsal.uploadId, cancellation);
        await rehearsal.marker.DeleteAsync(cancellation);
        rehearsal.uploadId = "";
        await rehearsal.RequireFreeAsync(cancellation);
    }

    /// <summary>The run that the object at the destination comes from; empty for one of others, null when there is none.</summary>
    public static async Task<string?> RunAtAsync(S3Exchange exchange, CancellationToken cancellation)
    {
        try
        {
            var head = await exchange.AskAsync(
                S3Permissions.Read, (s3, token) => s3.GetObjectMetadataAsync(exchange.Bucket, exchange.Key, token), cancellation);
            return head.Metadata[RunMetadata] ?? "";
        }
        catch (MediaStorageException e) when (e.InnerException is AmazonS3Exception
            { StatusCode: HttpStatusCode.NotFound or HttpStatusCode.Forbidden })
        {
            // Those who may not list the bucket hear "denied" for what is not there.
            return null;
        }
    }

    /// <summary>Aborts the uploads of this attempt and those before it.</summary>
    public static async Task CleanUpAsync(S3Exchange exchange, OutputTag tag, CancellationToken cancellation)
    {
        foreach (var dead in S3Marker.OfEarlierAttempts(exchange, tag with { Attempt = tag.Attempt + 1 }))
            await dead.ClearAsync(cancellation);
    }

    /// <summary>Sends the file.</summary>
    public async Task UploadAsync(S3Upload upload, CancellationToken cancellation) =>
        parts = await upload.RunAsync(exchange, uploadId, cancellation);

    /// <inheritdoc/>
    public async Task PromoteAsync(Func<CancellationToken, Task> confirm, CancellationToken cancellation)
    {
        await exchange.NewTransfer(CompletionTime).RunAsync(
            async token =>
            {
                var onlyNew = await RequireFreeAsync(token);
                await confirm(cancellation);
                try
                {
                    return await CompleteAsync(onlyNew, token);
                }
                catch (MediaStorageException e) when (onlyNew && StatusOf(e) == HttpStatusCode.NotImplemented)
                {
                    // A store that knows no conditions; that there was nothing a moment ago has to do.
                    return await CompleteAsync(onlyNew: false, token);
                }
                catch (MediaStorageException e) when (onlyNew && StatusOf(e) == HttpStatusCode.PreconditionFailed)
                {
                    throw exchange.Errors.Exists();
                }
                catch (MediaStorageException e) when (e.Code == MediaStorageErrors.Superseded)
                {
                    // Either an earlier try completed it, or is still about to, and its answer got lost; or a later
                    // attempt aborted it.
                    if (await IsInPlaceAsync(token))
                        return true;
                    throw;
                }
            },
            exchange.Errors.GiveUp, cancellation);
        promoted = true;
        await DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (uploadId.Length == 0)
            return;
        var upload = uploadId;
        uploadId = "";
        using var timeout = exchange.NewTimeout(CleanUpTime);
        try
        {
            if (!promoted)
                await AbortAsync(exchange, upload, timeout.Token);
            await marker.DeleteAsync(timeout.Token);
        }
        catch (Exception e) when (e is MediaStorageException or OperationCanceledException)
        {
            // The store is out of reach; the next attempt of the job, or a rule of the bucket, removes the parts.
        }
    }

    /// <summary>Aborts an upload; does nothing when it was completed or aborted before.</summary>
    public static async Task AbortAsync(S3Exchange exchange, string uploadId, CancellationToken cancellation)
    {
        try
        {
            await exchange.AskAsync(
                S3Permissions.Abort,
                (s3, token) => s3.AbortMultipartUploadAsync(
                    new AbortMultipartUploadRequest { BucketName = exchange.Bucket, Key = exchange.Key, UploadId = uploadId }, token),
                cancellation);
        }
        catch (MediaStorageException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound })
        {
            // It was completed or aborted already.
        }
    }

    private async Task BeginAsync(CancellationToken cancellation)
    {
        var begun = await exchange.AskAsync(
            S3Permissions.Write,
            (s3, token) => s3.InitiateMultipartUploadAsync(
                new InitiateMultipartUploadRequest
                {
                    BucketName = exchange.Bucket,
                    Key = exchange.Key,
                    ContentType = ContentTypes.For(exchange.FileName),
                    Metadata = { [RunMetadata] = Run },
                },
                token),
            cancellation);
        uploadId = begun.UploadId;
        await marker.WriteAsync(uploadId, cancellation);
    }

    // Never repeated without asking whether the run still holds its step: the SDK would.
    private Task<bool> CompleteAsync(bool onlyNew, CancellationToken cancellation) => exchange.AskOnceAsync(
        S3Permissions.Write,
        async (s3, token) =>
        {
            var whole = await s3.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest
                {
                    BucketName = exchange.Bucket, Key = exchange.Key, UploadId = uploadId, PartETags = parts,
                    IfNoneMatch = onlyNew ? "*" : null,
                },
                token);
            Revision = whole.ETag;
            return true;
        },
        cancellation, mayRepeat: false);

    /// <returns>True when the store must be told to replace nothing.</returns>
    private async Task<bool> RequireFreeAsync(CancellationToken cancellation)
    {
        if (tag.IfExists == IfExists.Overwrite)
            return false;
        var run = await RunAtAsync(exchange, cancellation);
        return run is null || run.StartsWith($"{tag.JobId}-", StringComparison.Ordinal)
            ? run is null
            : throw exchange.Errors.Exists();
    }

    private static HttpStatusCode? StatusOf(MediaStorageException e) => (e.InnerException as AmazonS3Exception)?.StatusCode;

    private async Task<bool> IsInPlaceAsync(CancellationToken cancellation)
    {
        for (var look = 1; ; look++)
        {
            if (await HasOursAsync(cancellation))
                return true;
            if (look == Looks)
                return false;
            await exchange.PauseAsync(TimeSpan.FromSeconds(1 << (look - 1)), cancellation);
        }
    }

    private async Task<bool> HasOursAsync(CancellationToken cancellation)
    {
        try
        {
            var head = await exchange.AskOnceAsync(
                S3Permissions.Read, (s3, token) => s3.GetObjectMetadataAsync(exchange.Bucket, exchange.Key, token), cancellation);
            Revision = head.ETag;
            return head.Metadata[RunMetadata] == Run;
        }
        catch (MediaStorageException)
        {
            return false;
        }
    }
}
