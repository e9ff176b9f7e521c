using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>What the store says of an object before it is fetched.</summary>
/// <param name="Size">In bytes.</param>
/// <param name="ETag">Names this content, in quotes; empty where the store names it not.</param>
/// <param name="Checksum">Verifies it, or null when the store offers none for the whole of it.</param>
/// <param name="ModifiedAt">When it was written, or null.</param>
/// <param name="Encoding">How its content is compressed (<c>Content-Encoding</c>), or empty.</param>
internal sealed record S3Source(
    long Size, string ETag, S3Checksum? Checksum, DateTime? ModifiedAt = null, string Encoding = "")
{
    /// <summary>True for a store that gives the same object another tag with every answer.</summary>
    public bool DiffersOnlyInTag(S3Source earlier) =>
        ETag != earlier.ETag && Size == earlier.Size && ModifiedAt is not null && ModifiedAt == earlier.ModifiedAt;

    public static async Task<S3Source> FindAsync(S3Exchange exchange, CancellationToken cancellation)
    {
        try
        {
            var head = await exchange.AskAsync(
                S3Permissions.Read,
                (s3, token) => s3.GetObjectMetadataAsync(
                    new GetObjectMetadataRequest { BucketName = exchange.Bucket, Key = exchange.Key, ChecksumMode = ChecksumMode.ENABLED },
                    token),
                cancellation);
            return new S3Source(
                head.ContentLength, head.ETag ?? "", S3Checksum.Of(head), head.LastModified, head.Headers.ContentEncoding ?? "");
        }
        catch (MediaStorageException e) when (e.InnerException is AmazonS3Exception)
        {
            // An answer to HEAD has no body that could say why; GET does.
            return await FindByGetAsync(exchange, cancellation);
        }
    }

    private static async Task<S3Source> FindByGetAsync(S3Exchange exchange, CancellationToken cancellation)
    {
        try
        {
            using var get = await exchange.AskAsync(
                S3Permissions.Read,
                (s3, token) => s3.GetObjectAsync(
                    new GetObjectRequest { BucketName = exchange.Bucket, Key = exchange.Key, ByteRange = new ByteRange(0, 0) }, token),
                cancellation);
            var size = get.ContentRange is { } range && long.TryParse(range[(range.LastIndexOf('/') + 1)..], out var all)
                ? all
                : get.ContentLength;
            return new S3Source(size, get.ETag ?? "", null, get.LastModified, get.Headers.ContentEncoding ?? "");
        }
        catch (MediaStorageException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.RequestedRangeNotSatisfiable })
        {
            return new S3Source(0, "", null);
        }
    }
}
