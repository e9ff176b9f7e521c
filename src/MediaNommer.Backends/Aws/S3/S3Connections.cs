using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>
/// Makes the clients of Amazon's SDK: with the keys, region and endpoint that belong to an address, and in the form that
/// every store understands. All share the same connections.
/// </summary>
/// <param name="options">Profiles and endpoints.</param>
/// <param name="access">Our own keys and region; asked for when they are needed.</param>
/// <param name="http">The connections; closed with this.</param>
internal sealed partial class S3Connections(AwsOptions options, Func<AwsAccess> access, HttpClient http) : IDisposable
{
    private readonly SharedHttp factory = new(http);

    // Where buckets are that were looked for in another region.
    private readonly ConcurrentDictionary<(string? Endpoint, string Bucket), string> regions = new();

    /// <summary>A client for an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="mayRepeat">Whether it may repeat a request of itself.</param>
    /// <exception cref="AwsException">There are no keys.</exception>
    public IAmazonS3 For(S3Address address, bool mayRepeat = true)
    {
        var endpoint = EndpointOf(address);
        var region = regions.GetValueOrDefault((endpoint, address.Bucket)) ?? RegionOf(address);
        var config = ConfigFor(endpoint, region);
        config.HttpClientFactory = factory;
        // Time-outs and further tries are Transfer's. The SDK needs one of its own to correct its clock.
        config.RetryMode = RequestRetryMode.Standard;
        config.MaxErrorRetry = mayRepeat ? 1 : 0;
        return new AmazonS3Client(KeysOf(address), config);
    }

    /// <summary>How the SDK has to speak so that every store understands it.</summary>
    /// <param name="endpoint">Where the store is, or null for Amazon.</param>
    /// <param name="region">The region that requests are signed for.</param>
    public static AmazonS3Config ConfigFor(string? endpoint, string region)
    {
        var config = new AmazonS3Config
        {
            IgnoreConfiguredEndpointUrls = true,
            // Checksums are ours to send (Content-MD5) and to verify: not every store knows the SDK's.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (endpoint is null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }
        else
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = region;
            config.ForcePathStyle = true;
        }

        return config;
    }

    /// <summary>Takes over the region that the store names; false when it names none, or none that is new.</summary>
    public bool LearnRegion(S3Address address, AmazonS3Exception e)
    {
        if (RegionIn(e) is not { } region || region == RegionOf(address))
            return false;
        var place = (EndpointOf(address), address.Bucket);
        var isNew = regions.GetValueOrDefault(place) != region;
        regions[place] = region;
        return isNew;
    }

    /// <summary>The region in which the store says the bucket is, or null.</summary>
    public static string? RegionIn(AmazonS3Exception e)
    {
        if (e.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.BadRequest or HttpStatusCode.TemporaryRedirect))
            return null;
        var response = (e.InnerException as Amazon.Runtime.Internal.HttpErrorResponseException)?.Response;
        var named = response?.GetHeaderValue("x-amz-bucket-region");
        return named is { Length: > 0 } ? named
            : ExpectedRegion().Match(e.Message) is { Success: true } match ? match.Groups[1].Value
            : null;
    }

    /// <summary>Where the store is, or null for Amazon.</summary>
    public string? EndpointOf(S3Address address)
    {
        var own = ProfileOf(address)?.EndpointUrl;
        var endpoint = own is { Length: > 0 } ? own : access().Override(options.S3.EndpointUrl);
        return endpoint is null || (Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            ? endpoint
            : throw new AwsException(
                $"The settings lead to S3 at '{endpoint}', which is no address that begins with http:// or https://.", "BadEndpoint", status: null);
    }

    /// <summary>The region that the address's profile or the settings name.</summary>
    public string RegionOf(S3Address address) =>
        ProfileOf(address)?.Region is { Length: > 0 } region ? region : access().Region;

    public void Dispose() => http.Dispose();

    /// <summary>True when an address is used with our own keys: neither it nor its profile brings any.</summary>
    public bool IsWithOurKeys(S3Address address) => address.AccessKeyId is null
        && (address.Profile is null || FindProfile(address.Profile) is { AccessKeyId.Length: 0 });

    private AWSCredentials KeysOf(S3Address address)
    {
        if (address.AccessKeyId is { } id)
            return AwsAccess.Keys(id, address.SecretAccessKey!, token: "");
        return ProfileOf(address) is { AccessKeyId.Length: > 0 } profile
            ? AwsAccess.Keys(profile.AccessKeyId, profile.SecretAccessKey, profile.SessionToken)
            : access().Credentials;
    }

    private AwsProfileOptions? ProfileOf(S3Address address)
    {
        if (address.Profile is not { } name)
            return null;
        if (FindProfile(name) is { } profile)
            return profile;

        throw new AwsException(
            "The settings of this worker have no such profile (Aws:Profiles); known: "
            + $"{(options.Profiles.Count == 0 ? "none" : string.Join(", ", options.Profiles.Keys.Order(StringComparer.Ordinal)))}. "
            + "Profiles reach other machines only with Aws:UploadSecrets=true where feederd runs, or in their own settings.",
            "UnknownProfile", status: null);
    }

    private AwsProfileOptions? FindProfile(string name) => options.Profiles
        .FirstOrDefault(one => string.Equals(one.Key, name, StringComparison.OrdinalIgnoreCase)).Value;

    [GeneratedRegex("expecting '([a-z0-9-]+)'")]
    private static partial Regex ExpectedRegion();

    private sealed class SharedHttp(HttpClient http) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => http;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
