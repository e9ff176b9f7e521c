using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>
/// A small hidden object beside the destination that says which multipart upload belongs to which attempt: S3 itself
/// keeps no name with an upload. By it a later attempt finds and aborts those of earlier ones.
/// </summary>
internal sealed class S3Marker(S3Exchange exchange, OutputTag tag)
{
    // A key of S3 has 1,024 bytes, folders included.
    private readonly string key = exchange.Folder + PartName.For(
        exchange.FileName, tag, S3Address.MaxKeyBytes - Encoding.UTF8.GetByteCount(exchange.Folder));

    private const int MostVersions = 10;

    private string? version;

    /// <summary>The markers of all attempts before this one.</summary>
    public static IEnumerable<S3Marker> OfEarlierAttempts(S3Exchange exchange, OutputTag tag) =>
        Enumerable.Range(1, Math.Max(0, tag.Attempt - 1))
            .Select(attempt => new S3Marker(exchange, tag with { Attempt = attempt }));

    /// <summary>Aborts the upload that it names, if there is any, and deletes it.</summary>
    public async Task ClearAsync(CancellationToken cancellation)
    {
        if (await ReadAsync(isReadable: true, cancellation) is not { } upload)
            return;
        await S3StagedOutput.AbortAsync(exchange, upload, cancellation);
        await DeleteAsync(cancellation);
    }

    /// <summary>Writes down an upload.</summary>
    public async Task WriteAsync(string uploadId, CancellationToken cancellation)
    {
        var response = await exchange.AskAsync(
            S3Permissions.Write,
            (s3, token) => s3.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = exchange.Bucket, Key = key, ContentBody = uploadId, ContentType = "text/plain", UseChunkEncoding = false,
                    // Buckets that lock their objects by default take none without it.
                    MD5Digest = Convert.ToBase64String(MD5.HashData(Encoding.UTF8.GetBytes(uploadId))),
                },
                token),
            cancellation);
        version = response.VersionId;
    }

    /// <summary>The upload, or null when there is no marker.</summary>
    /// <param name="isReadable">
    /// True when reading another marker has succeeded: then "denied" means that there is none, as S3 says it to those who
    /// may not list the bucket.
    /// </param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<string?> ReadAsync(bool isReadable, CancellationToken cancellation)
    {
        try
        {
            return await exchange.AskAsync(
                S3Permissions.Read,
                async (s3, token) =>
                {
                    using var response = await s3.GetObjectAsync(exchange.Bucket, key, token);
                    version = response.VersionId;
                    using var reader = new StreamReader(response.ResponseStream);
                    return await reader.ReadToEndAsync(token);
                },
                cancellation);
        }
        catch (MediaStorageException e) when (e.InnerException is AmazonS3Exception { ErrorCode: not "NoSuchBucket" } s3
            && (s3.StatusCode == HttpStatusCode.NotFound || (isReadable && s3.StatusCode == HttpStatusCode.Forbidden)))
        {
            return null;
        }
    }

    /// <summary>Deletes it; in a bucket with versions for good, where that is allowed.</summary>
    public async Task DeleteAsync(CancellationToken cancellation)
    {
        try
        {
            await DeleteAsync(version, cancellation);
            // When the answer to its writing was lost, it was written again, and the first one comes to light now.
            for (var more = 1; version is not null && more < MostVersions && await ReadAsync(isReadable: true, cancellation) is not null; more++)
                await DeleteAsync(version, cancellation);
        }
        catch (MediaStorageException) when (version is not null)
        {
            await DeleteAsync(null, cancellation);
        }
    }

    private Task DeleteAsync(string? of, CancellationToken cancellation) => exchange.AskAsync(
        S3Permissions.Delete,
        (s3, token) => s3.DeleteObjectAsync(
            new DeleteObjectRequest { BucketName = exchange.Bucket, Key = key, VersionId = of }, token),
        cancellation);
}
