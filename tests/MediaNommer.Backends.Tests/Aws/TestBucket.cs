using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>A bucket of a test's own, seen without the storage that is tested.</summary>
internal sealed class TestBucket : IDisposable
{
    private TestBucket(AwsOptions options)
    {
        Options = options;
        Name = $"test-{Guid.NewGuid():N}";
        Client = new AmazonS3Client(
            options.AccessKeyId, options.SecretAccessKey,
            new AmazonS3Config
            {
                ServiceURL = options.EndpointUrl, AuthenticationRegion = options.Region, ForcePathStyle = true,
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            });
    }

    public AwsOptions Options { get; }

    public string Name { get; }

    public AmazonS3Client Client { get; }

    public static async Task<TestBucket> CreateAsync(AwsOptions options)
    {
        var bucket = new TestBucket(options);
        await bucket.Client.PutBucketAsync(bucket.Name);
        return bucket;
    }

    public string AddressOf(string key) => $"s3://{Name}/{key}";

    // In parts when it is large: not every server takes it in one.
    public Task PutAsync(string key, byte[] content) => content.Length <= 8 << 20
        ? Client.PutObjectAsync(
            new PutObjectRequest { BucketName = Name, Key = key, InputStream = new MemoryStream(content), UseChunkEncoding = false })
        : new TransferUtility(Client).UploadAsync(
            new TransferUtilityUploadRequest { BucketName = Name, Key = key, InputStream = new MemoryStream(content), PartSize = 8 << 20 });

    /// <summary>The content of an object, or null.</summary>
    public byte[]? Get(string key)
    {
        try
        {
            using var response = Client.GetObjectAsync(Name, key).GetAwaiter().GetResult();
            using var content = new MemoryStream();
            response.ResponseStream.CopyTo(content);
            return content.ToArray();
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The keys of all objects, and of all uploads that are neither completed nor aborted.</summary>
    public async Task<List<string>> EverythingAsync()
    {
        var objects = await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Name });
        return [.. (objects.S3Objects ?? []).Select(item => item.Key).Order(StringComparer.Ordinal), .. (await UploadsAsync()).Select(key => $"{key} (upload)")];
    }

    public async Task<List<string>> UploadsAsync()
    {
        var uploads = await Client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = Name });
        return [.. (uploads.MultipartUploads ?? []).Select(upload => upload.Key)];
    }

    public void Dispose() => Client.Dispose();
}
