using Amazon.Runtime;
using Amazon.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Aws;

/// <summary>Makes clients of S3.</summary>
internal static class S3Clients
{
    public static AmazonS3Client New(AwsAccess access, AwsS3Options options)
    {
        var config = new AmazonS3Config { RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(access.Region) };
        if (access.Override(options.EndpointUrl) is { } url)
        {
            config = new AmazonS3Config
            {
                ServiceURL = url,
                AuthenticationRegion = access.Region,
                ForcePathStyle = true,
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            };
        }

        return new AmazonS3Client(access.Credentials, config);
    }

    /// <summary>False for other stores that speak S3's protocol, not all of which know every part of it.</summary>
    public static bool IsAmazon(AmazonS3Client client) => client.Config.ServiceURL is null;
}
