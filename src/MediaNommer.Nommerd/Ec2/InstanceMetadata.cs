using System.Globalization;
using System.Net;
using System.Text.Json;

namespace MediaNommer.Nommerd.Ec2;

/// <summary>Where a machine asks about itself: the instance metadata service, version 2.</summary>
/// <seealso href="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html"/>
internal sealed class InstanceMetadata(string url, TimeProvider clock) : IDisposable
{
    private const int Tries = 3;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(6);

    private readonly Uri root = new(url.TrimEnd('/') + "/latest/");
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Timeout });
    private (string Token, DateTimeOffset Until) token = ("", DateTimeOffset.MinValue);

    /// <summary>The machine, or null when this is none of EC2 (the original's <c>is_ec2_instance</c>).</summary>
    public async Task<Ec2Machine?> IdentifyAsync(CancellationToken cancellation)
    {
        for (var tries = 1; tries <= Tries; tries++)
        {
            try
            {
                // The original's get_instance_id.
                return await ReadAsync("meta-data/instance-id", cancellation) is { Length: > 0 } id
                    ? new Ec2Machine(
                        id, await ReadAsync("meta-data/instance-type", cancellation) ?? "",
                        await ReadAsync("meta-data/placement/availability-zone", cancellation) ?? "",
                        await ReadAsync("meta-data/instance-life-cycle", cancellation) == "spot")
                    : null;
            }
            catch (HttpRequestException)
            {
                // It may be slow while the machine starts.
            }
        }

        return null;
    }

    /// <summary>When this spot instance will be taken away, or null while nothing is known of it.</summary>
    /// <exception cref="HttpRequestException">The service did not answer.</exception>
    public async Task<DateTimeOffset?> ReadInterruptionAsync(CancellationToken cancellation)
    {
        var notice = await ReadAsync("meta-data/spot/instance-action", cancellation);
        return notice is null ? null : TimeIn(notice, "time") ?? clock.GetUtcNow().AddMinutes(2);
    }

    /// <summary>True when this spot instance is likelier than others to be taken away soon.</summary>
    /// <exception cref="HttpRequestException">The service did not answer.</exception>
    public async Task<bool> IsLeavingRecommendedAsync(CancellationToken cancellation) =>
        await ReadAsync("meta-data/events/recommendations/rebalance", cancellation) is not null;

    public void Dispose() => http.Dispose();

    private static DateTimeOffset? TimeIn(string json, string name)
    {
        try
        {
            using var notice = JsonDocument.Parse(json);
            return DateTimeOffset.TryParse(
                notice.RootElement.GetProperty(name).GetString(), CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out var time) ? time : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads one thing; null when there is none.</summary>
    private async Task<string?> ReadAsync(string path, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            var (status, text) = await SendAsync(HttpMethod.Get, path, await TokenAsync(either.Token), either.Token);
            if (status == HttpStatusCode.Unauthorized)
            {
                token = default;
                (status, text) = await SendAsync(HttpMethod.Get, path, await TokenAsync(either.Token), either.Token);
            }

            return status switch
            {
                HttpStatusCode.OK => text.Trim(),
                HttpStatusCode.NotFound => null,
                _ => throw new HttpRequestException($"{root}{path} answered {(int)status}.", inner: null, status),
            };
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new HttpRequestException($"{root}{path} did not answer in {Timeout.TotalSeconds} s.", e);
        }
    }

    private async Task<string> TokenAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (token.Until > now)
            return token.Token;
        var (status, text) = await SendAsync(HttpMethod.Put, "api/token", token: null, cancellation);
        if (status != HttpStatusCode.OK)
            throw new HttpRequestException($"{root}api/token answered {(int)status}.", inner: null, status);
        token = (text.Trim(), now + (TokenLife / 2));
        return token.Token;
    }

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(
        HttpMethod method, string path, string? token, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(root, path));
        if (token is null)
            request.Headers.Add("X-aws-ec2-metadata-token-ttl-seconds", $"{(int)TokenLife.TotalSeconds}");
        else
            request.Headers.Add("X-aws-ec2-metadata-token", token);
        using var response = await http.SendAsync(request, cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
    }
}
