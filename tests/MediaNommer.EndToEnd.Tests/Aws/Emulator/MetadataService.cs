using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>
/// What one machine finds at 169.254.169.254: the instance metadata service, version 2, which answers nobody who has not
/// asked for a token before. Here every machine has an address of its own.
/// </summary>
/// <seealso href="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html"/>
internal sealed class MetadataService : IAsyncDisposable
{
    private const string TokenHeader = "X-aws-ec2-metadata-token";
    private const string LifetimeHeader = "X-aws-ec2-metadata-token-ttl-seconds";

    private readonly Instance instance;
    private readonly TimeProvider clock;
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, DateTimeOffset> tokens = new();

    private MetadataService(Instance instance, TimeProvider clock)
    {
        (this.instance, this.clock) = (instance, clock);
        app = Loopback.NewServer(context => AnswerAsync(context));
    }

    /// <summary>Where the machine asks.</summary>
    public string Url => app.Urls.Single();

    /// <summary>When a spot instance will be taken away, or null.</summary>
    public DateTimeOffset? InterruptionAt { get; set; }

    /// <summary>When it was said that a spot instance is likely to be taken away, or null.</summary>
    public DateTimeOffset? RebalanceAt { get; set; }

    public static async Task<MetadataService> StartAsync(Instance instance, TimeProvider clock)
    {
        var service = new MetadataService(instance, clock);
        await service.app.StartAsync();
        return service;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path == "/latest/api/token")
            return GiveTokenAsync(context);
        var token = context.Request.Headers[TokenHeader].ToString();
        if (!tokens.TryGetValue(token, out var until) || until < clock.GetUtcNow())
            return Loopback.WriteAsync(context, (int)HttpStatusCode.Unauthorized, "");
        return Find(path) is { } text ? Loopback.WriteAsync(context, 200, text) : Loopback.WriteAsync(context, 404, "Not Found");
    }

    private Task GiveTokenAsync(HttpContext context)
    {
        // A request that came through a proxy is not the machine's own.
        if (context.Request.Headers.ContainsKey("X-Forwarded-For"))
            return Loopback.WriteAsync(context, 403, "");
        if (!HttpMethods.IsPut(context.Request.Method))
            return Loopback.WriteAsync(context, 405, "");
        if (!int.TryParse(context.Request.Headers[LifetimeHeader], CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > 21600)
            return Loopback.WriteAsync(context, 400, "");
        var token = $"{Guid.NewGuid():N}==";
        tokens[token] = clock.GetUtcNow().AddSeconds(seconds);
        context.Response.Headers[LifetimeHeader] = seconds.ToString(CultureInfo.InvariantCulture);
        return Loopback.WriteAsync(context, 200, token);
    }

    private string? Find(string path) => path.TrimEnd('/') switch
    {
        "/latest/user-data" => instance.Request.UserData is { Length: > 0 } data ? data : null,
        "/latest/dynamic/instance-identity/document" => Json(new
        {
            accountId = Landscape.Account,
            architecture = instance.Image.Architecture,
            availabilityZone = instance.Subnet.Zone,
            imageId = instance.Request.ImageId,
            instanceId = instance.Id,
            instanceType = instance.Request.InstanceType,
            pendingTime = instance.LaunchedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            privateIp = instance.PrivateIp,
            region = Landscape.Region,
            version = "2017-09-30",
        }),
        var other when other.StartsWith("/latest/meta-data/", StringComparison.Ordinal) => FindMetadata(other["/latest/meta-data/".Length..]),
        _ => null,
    };

    private string? FindMetadata(string name) => name switch
    {
        "ami-id" => instance.Request.ImageId,
        "ami-launch-index" => instance.LaunchIndex.ToString(CultureInfo.InvariantCulture),
        "hostname" or "local-hostname" => instance.PrivateName,
        "instance-id" => instance.Id,
        "instance-life-cycle" => instance.Request.IsSpot ? "spot" : "on-demand",
        "instance-type" => instance.Request.InstanceType,
        "local-ipv4" => instance.PrivateIp,
        "placement/availability-zone" => instance.Subnet.Zone,
        "placement/region" => Landscape.Region,
        "security-groups" => string.Join('\n', instance.Groups.Select(group => group.Name)),
        "spot/instance-action" => InterruptionAt is { } at ? Json(new { action = "terminate", time = Seconds(at) }) : null,
        "spot/termination-time" => InterruptionAt is { } at ? Seconds(at) : null,
        "events/recommendations/rebalance" => RebalanceAt is { } at ? Json(new { noticeTime = Seconds(at) }) : null,
        "iam/info" => instance.Request.InstanceProfile is { } profile
            ? Json(new { Code = "Success", InstanceProfileArn = $"arn:aws:iam::{Landscape.Account}:instance-profile/{profile}" }) : null,
        "iam/security-credentials" => instance.Request.InstanceProfile,
        _ => name == $"iam/security-credentials/{instance.Request.InstanceProfile}" ? Role() : null,
    };

    private string? Role() => instance.RoleKeys is not { } keys ? null : Json(new
    {
        Code = "Success",
        LastUpdated = Seconds(clock.GetUtcNow()),
        Type = "AWS-HMAC",
        AccessKeyId = keys.Id,
        SecretAccessKey = keys.Secret,
        keys.Token,
        Expiration = Seconds(clock.GetUtcNow().AddHours(6)),
    });

    private static string Seconds(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Json(object value) => JsonSerializer.Serialize(value);
}
