using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Aws.Wire;

/// <summary>Who we are to AWS, in which region, and where its services are reached.</summary>
internal sealed class AwsAccess
{
    private const string DefaultRegion = "us-east-1";

    private readonly AwsOptions options;
    private readonly Lazy<AWSCredentials> credentials;

    public AwsAccess(AwsOptions options)
    {
        this.options = options;
        Region = options.Region.Length > 0 ? options.Region
            : FallbackRegionFactory.GetRegionEndpoint()?.SystemName ?? DefaultRegion;
        // A failure is not kept: a machine's role may come a moment after the machine.
        credentials = new(FindCredentials, LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>The region of every service.</summary>
    public string Region { get; }

    /// <summary>The keys; those of a role are renewed by themselves.</summary>
    /// <exception cref="AwsException">There are none.</exception>
    public AWSCredentials Credentials => credentials.Value;

    /// <summary>The address that the settings give a service in place of Amazon's, or null.</summary>
    /// <param name="own">The service's own setting.</param>
    public string? Override(string own) =>
        own.Length > 0 ? own : options.EndpointUrl.Length > 0 ? options.EndpointUrl : null;

    /// <summary>Where a service is reached.</summary>
    /// <param name="service">Its name in host names, for example <c>sqs</c>.</param>
    /// <param name="own">The service's own setting.</param>
    public Uri EndpointOf(string service, string own) =>
        new(Override(own) ?? $"https://{service}.{Region}.{RegionEndpoint.GetBySystemName(Region).PartitionDnsSuffix}");

    private AWSCredentials FindCredentials()
    {
        if (options.AccessKeyId.Length > 0)
            return Keys(options.AccessKeyId, options.SecretAccessKey, options.SessionToken);
        try
        {
            return DefaultAWSCredentialsIdentityResolver.GetCredentials();
        }
        catch (AmazonClientException e)
        {
            throw new AwsException(
                "No AWS keys were found. Set Aws:AccessKeyId and Aws:SecretAccessKey (NOMMER__AWS__ACCESSKEYID, …), or "
                + "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, or give the machine an instance profile.",
                "NoCredentials", status: null, e);
        }
    }

    /// <summary>Keys as the SDK wants them.</summary>
    public static AWSCredentials Keys(string id, string secret, string token) =>
        token.Length > 0 ? new SessionAWSCredentials(id, secret, token) : new BasicAWSCredentials(id, secret);
}
