using Amazon.S3;
using Amazon.S3.Model;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>Makes buckets that are closed to the public. Amazon's S3 encrypts what is in any bucket.</summary>
internal static class PrivateBucket
{
    /// <summary>Makes one in a region.</summary>
    /// <exception cref="AmazonS3Exception">It cannot be made, or belongs to somebody.</exception>
    public static async Task MakeAsync(IAmazonS3 client, string name, string region, CancellationToken cancellation)
    {
        try
        {
            // The SDK names the region by itself only at Amazon's own addresses. The oldest region must not be named.
            await client.PutBucketAsync(
                new PutBucketRequest { BucketName = name, BucketRegionName = region == "us-east-1" ? null : region }, cancellation);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "BucketAlreadyOwnedByYou")
        {
            // Another worker made it at the same moment.
        }

        await CloseAsync(client, name, cancellation);
    }

    /// <summary>Closes one to the public, as often as one likes.</summary>
    /// <exception cref="AmazonS3Exception">It cannot be closed.</exception>
    public static async Task CloseAsync(IAmazonS3 client, string name, CancellationToken cancellation)
    {
        try
        {
            await client.PutPublicAccessBlockAsync(
                new PutPublicAccessBlockRequest
                {
                    BucketName = name,
                    PublicAccessBlockConfiguration = new PublicAccessBlockConfiguration
                    {
                        BlockPublicAcls = true, BlockPublicPolicy = true, IgnorePublicAcls = true, RestrictPublicBuckets = true,
                    },
                },
                cancellation);
        }
        catch (AmazonS3Exception) when (client.Config.ServiceURL is not null)
        {
            // Other stores take it for something else, or for nothing. With them a new bucket is private anyway.
        }
    }
}
