using System.Security.Cryptography;
using Amazon.S3.Model;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>Sends a local file into a multipart upload, several parts at the same time; the store verifies each by its MD5.</summary>
internal sealed class S3Upload(string path, AwsS3Options options, IProgress<TransferProgress>? progress)
{
    private const int MaxParts = 10_000;

    private readonly long size = new FileInfo(path).Length;

    private long PartSize => Math.Max(options.PartSize, (size + MaxParts - 1) / MaxParts);

    /// <summary>Sends all parts.</summary>
    /// <returns>What completes the upload.</returns>
    public async Task<List<PartETag>> RunAsync(S3Exchange exchange, string uploadId, CancellationToken cancellation)
    {
        // An empty file is one part, too.
        var count = Math.Max(1, (int)((size + PartSize - 1) / PartSize));
        var sent = new PartETag[count];
        var shared = new SharedProgress(size, progress);
        await Parallel.ForAsync(
            0, count, new ParallelOptions { MaxDegreeOfParallelism = options.ParallelParts, CancellationToken = cancellation },
            async (part, token) => sent[part] = await SendAsync(exchange, uploadId, part, shared, token));
        return [.. sent];
    }

    private async Task<PartETag> SendAsync(
        S3Exchange exchange, string uploadId, int part, SharedProgress shared, CancellationToken cancellation)
    {
        var start = part * PartSize;
        var length = Math.Min(PartSize, size - start);
        var md5 = await Md5Async(start, length, cancellation);
        var transfer = exchange.NewTransfer();
        var have = 0L;
        return await transfer.RunAsync(
            token => exchange.AskOnceAsync(
                S3Permissions.Write,
                async (s3, ask) =>
                {
                    var request = new UploadPartRequest
                    {
                        BucketName = exchange.Bucket,
                        Key = exchange.Key,
                        UploadId = uploadId,
                        PartNumber = part + 1,
                        FilePath = path,
                        FilePosition = start,
                        PartSize = length,
                        MD5Digest = md5,
                        UseChunkEncoding = false,
                        StreamTransferProgress = (_, moved) => Report(moved.TransferredBytes),
                    };
                    var response = await s3.UploadPartAsync(request, ask);
                    Report(length);
                    return new PartETag(part + 1, response.ETag ?? EtagOf(md5));
                },
                token),
            exchange.Errors.GiveUp, cancellation);

        void Report(long moved)
        {
            transfer.MovedTo(moved);
            var step = moved - have;
            have = moved;
            if (step != 0)
                shared.Add(step);
        }
    }

    // What S3 calls a part, for stores behind something that takes the header away.
    private static string EtagOf(string md5) => $"\"{Convert.ToHexStringLower(Convert.FromBase64String(md5))}\"";

    private async Task<string> Md5Async(long start, long length, CancellationToken cancellation)
    {
        using var file = File.OpenHandle(path);
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var buffer = new byte[128 << 10];
        for (var at = start; at < start + length;)
        {
            var read = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(buffer.Length, start + length - at)), at, cancellation);
            if (read == 0)
                throw new EndOfStreamException($"{path} became shorter while it was sent.");
            md5.AppendData(buffer, 0, read);
            at += read;
        }

        return Convert.ToBase64String(md5.GetHashAndReset());
    }
}
