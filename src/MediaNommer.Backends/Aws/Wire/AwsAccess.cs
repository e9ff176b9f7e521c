using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Aws.Wire;

/// <summary>Who we are to AWS, in which region, and where its services are reached.</summary>
internal sealed partial class AwsAccess
{
    private const string DefaultRegion = "us-east-1";

    private readonly AwsOptions options;
    private readonly Lazy<AWSCredentials> credentials;

    private readonly ILogger<AwsAccess>? logger;
    private int clockNotes;

    /// <param name="options">The settings.</param>
    /// <param name="logger">Told of a wrong clock, or null.</param>
    public AwsAccess(AwsOptions options, ILogger<AwsAccess>? logger = null)
    {
        (this.options, this.logger) = (options, logger);
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

    /// <summary>Says that signatures go by a service's time from now on, because ours is wrong; the first time only.</summary>
    public void NoteClock(string service, TimeSpan behind)
    {
        if (logger is not null && Interlocked.Increment(ref clockNotes) == 1)
            Log.ClockIsWrong(
                logger, (int)Math.Abs(behind.TotalSeconds), behind > TimeSpan.Zero ? "behind" : "ahead of", service);
    }

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

    private static partial class Log
    {
        [LoggerMessage(181, LogLevel.Warning, "This machine's clock is {Seconds} s {Where} that of {Service}, by which requests are signed now. Leases still go by ours: set it by NTP (timedatectl set-ntp true).")]
        public static partial void ClockIsWrong(ILogger logger, int seconds, string where, string service);
    }
}
