using Amazon.S3.Model;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>An object, read in parts on the condition that it is still the one that was found.</summary>
internal sealed class S3Content(S3Exchange exchange, S3Source source) : IMediaContent
{
    /// <inheritdoc/>
    public long Size => source.Size;

    /// <inheritdoc/>
    public string? Revision => source.ETag.Length > 0 ? source.ETag : null;

    /// <inheritdoc/>
    public DateTimeOffset? ModifiedAt { get; } =
        source.ModifiedAt is { } time ? new DateTimeOffset(time.ToUniversalTime(), TimeSpan.Zero) : null;

    /// <inheritdoc/>
    public async Task CopyAsync(long from, long length, Stream target, CancellationToken cancellation)
    {
        using var response = await exchange.AskAsync(
            S3Permissions.Read,
            (s3, token) => s3.GetObjectAsync(
                new GetObjectRequest
                {
                    BucketName = exchange.Bucket,
                    Key = exchange.Key,
                    EtagToMatch = Revision,
                    ByteRange = new ByteRange(from, from + length - 1),
                },
                token),
            cancellation);
        // Not every store heeds the condition, nor the range.
        if ((response.ETag ?? "") != source.ETag)
            throw exchange.Errors.Changed("its ETag is another");
        if (response.ContentLength != length)
            throw exchange.Errors.Refuse("the store does not send parts of objects");
        if (!await ExactCopy.RunAsync(response.ResponseStream.ReadAsync, length, target, cancellation))
            throw exchange.Errors.GiveUp("the connection ended early", new IOException());
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
