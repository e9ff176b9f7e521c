using System.Buffers;
using System.Net;
using Amazon.S3.Model;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>
/// Fetches an object in several parts at the same time, each on the condition that it is still the object that was found
/// first, and verifies the whole by the store's checksum.
/// </summary>
internal sealed class S3Download(
    S3Exchange exchange, S3Source source, AwsS3Options options, IProgress<TransferProgress>? progress)
{
    private const int BufferSize = 256 << 10;

    private readonly SharedProgress shared = new(source.Size, progress);

    /// <summary>Fills the file.</summary>
    /// <returns>The number of bytes of the whole.</returns>
    public async Task<long> RunAsync(FileStream target, CancellationToken cancellation)
    {
        if (source.Size == 0)
            return 0;
        FileErrors.RequireRoom(Path.GetDirectoryName(target.Name)!, source.Size);
        target.SetLength(source.Size);
        var parts = (int)((source.Size + options.PartSize - 1) / options.PartSize);
        var arrived = Enumerable.Range(0, parts).Select(_ => new TaskCompletionSource()).ToArray();

        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var verifying = VerifyAsync(target.Name, arrived, failed.Token);
        try
        {
            await Parallel.ForAsync(
                0, parts, new ParallelOptions { MaxDegreeOfParallelism = options.ParallelParts, CancellationToken = cancellation },
                async (part, token) =>
                {
                    await FetchAsync(target.SafeFileHandle, part, token);
                    arrived[part].SetResult();
                });
        }
        catch
        {
            await failed.CancelAsync();
            await verifying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await verifying;
        return source.Size;
    }

    private async Task FetchAsync(SafeFileHandle file, int part, CancellationToken cancellation)
    {
        var start = part * options.PartSize;
        var length = Math.Min(options.PartSize, source.Size - start);
        var have = 0L;
        var transfer = exchange.NewTransfer();
        await transfer.RunAsync(
            token => exchange.AskOnceAsync(
                S3Permissions.Read,
                async (s3, ask) =>
                {
                    using var response = await s3.GetObjectAsync(RequestFor(start + have, start + length), ask);
                    RequireSame(response, length - have);
                    var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                    try
                    {
                        int read;
                        while (have < length && (read = await response.ResponseStream.ReadAsync(buffer, ask)) > 0)
                        {
                            await RandomAccess.WriteAsync(file, buffer.AsMemory(0, read), start + have, ask);
                            have += read;
                            transfer.MovedTo(have);
                            shared.Add(read);
                        }
                    }
                    finally
                    {
                        ArrayPool<byte>.Shared.Return(buffer);
                    }

                    return have == length
                        ? true
                        : throw new TransferBrokenException($"the connection ended after {start + have} of {source.Size} bytes");
                },
                token),
            exchange.Errors.GiveUp, cancellation);
    }

    private GetObjectRequest RequestFor(long from, long end) => new()
    {
        BucketName = exchange.Bucket,
        Key = exchange.Key,
        EtagToMatch = source.ETag is { Length: > 0 } tag ? tag : null,
        UnmodifiedSinceDate = source.ETag is { Length: > 0 } ? null : source.ModifiedAt,
        ByteRange = end - from == source.Size ? null : new ByteRange(from, end - 1),
    };

    // Not every store heeds the condition, nor the range.
    private void RequireSame(GetObjectResponse response, long length)
    {
        if (source.ETag is { Length: > 0 } tag && response.ETag != tag)
            throw exchange.Errors.Changed($"its ETag is {response.ETag} instead of {tag}");
        if (length != source.Size && response.HttpStatusCode != HttpStatusCode.PartialContent)
            throw exchange.Errors.Refuse("the store does not send parts of objects");
        if (response.ContentLength != length)
            throw exchange.Errors.Changed($"{response.ContentLength} bytes came where {length} were to come");
    }

    /// <summary>Reads what has arrived, in order and while it is still in memory.</summary>
    private async Task VerifyAsync(string path, TaskCompletionSource[] arrived, CancellationToken cancellation)
    {
        if (source.Checksum is not { } checksum)
            return;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var buffer = new byte[BufferSize];
        for (var part = 0; part < arrived.Length; part++)
        {
            await arrived[part].Task.WaitAsync(cancellation);
            var end = Math.Min((part + 1) * options.PartSize, source.Size);
            for (var at = part * options.PartSize; at < end;)
            {
                var read = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(BufferSize, end - at)), at, cancellation);
                checksum.Append(buffer.AsSpan(0, read));
                at += read;
            }
        }

        if (!checksum.IsMet())
        {
            throw exchange.Errors.Refuse(
                $"what arrived does not have the {checksum.Name} that the store knows of the object",
                code: MediaStorageErrors.TransferFailed, isTransient: true);
        }
    }
}
