using System.Net;
using System.Text;
using Amazon.Runtime;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws.Wire;

/// <summary>A service as its clients know it.</summary>
/// <param name="Name">For messages, for example <c>SQS</c>.</param>
/// <param name="Endpoint">Where it is reached.</param>
/// <param name="Setting">What changes that.</param>
internal sealed record AwsService(string Name, Uri Endpoint, string Setting)
{
    /// <summary>The code of an answer that is none.</summary>
    public const string Unreadable = "Unreadable";

    /// <summary>The error about an answer that cannot be its own.</summary>
    public AwsException NoAnswer(string action, Exception? inner = null) => new(
        $"{Name} ({Endpoint.Authority}) answered {action} with something that is no answer of {Name}. Is {Setting} (or "
        + "Aws:EndpointUrl) its address?",
        Unreadable, status: null, inner);
}

/// <summary>One request, made anew for every try because its signature holds the time.</summary>
/// <param name="Action">What it asks for, for messages.</param>
/// <param name="Make">Makes and signs it.</param>
internal sealed record AwsCall(string Action, Func<ImmutableCredentials, DateTimeOffset, HttpRequestMessage> Make);

/// <summary>How long to wait for a service that does not answer, or says that it is too busy.</summary>
/// <param name="Try">How long one try may take.</param>
/// <param name="All">From when on no further try begins.</param>
internal sealed record AwsPatience(TimeSpan Try, TimeSpan All);

/// <summary>
/// Sends requests to a service for which there is no SDK at hand: tries again with growing random pauses what
/// may pass, and corrects itself when the service's clock is another.
/// </summary>
internal sealed class AwsHttp(AwsService service, AwsAccess access, TimeProvider clock) : IDisposable
{
    private const int MaxTries = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    // From then on a difference of the clocks may be why a signature was refused; AWS allows 5 minutes.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(4);

    private readonly HttpClient client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private TimeSpan offset;

    /// <summary>The service.</summary>
    public AwsService Service => service;

    /// <summary>Sends until there is an answer that will not change.</summary>
    /// <param name="call">The request.</param>
    /// <param name="patience">How long to try.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>The body of the answer.</returns>
    /// <exception cref="AwsException">The service refused, or did not answer.</exception>
    public async Task<string> SendAsync(AwsCall call, AwsPatience patience, CancellationToken cancellation)
    {
        var (began, all) = (clock.GetTimestamp(), CallLimit.Within(patience.All));
        var earlier = new List<AwsException>();
        for (var tries = 1; ; tries++)
        {
            var (body, failure, mayPass) = await TryAsync(call, Shorter(patience.Try, all - clock.GetElapsedTime(began)), cancellation);
            if (body is not null)
                return body;
            var pause = PauseAfter(tries);
            failure!.Earlier = earlier;
            if (!mayPass || tries == MaxTries || clock.GetElapsedTime(began) + pause >= all)
                throw failure;
            earlier.Add(failure);
            await Task.Delay(pause, clock, cancellation);
        }
    }

    public void Dispose() => client.Dispose();

    // Only where somebody waits is the whole bounded: else a try that has begun may take its time.
    private static TimeSpan Shorter(TimeSpan aTry, TimeSpan left) =>
        CallLimit.Current is null || aTry < left ? aTry : left > TimeSpan.Zero ? left : TimeSpan.Zero;

    // Full jitter, as AWS advises: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    private static TimeSpan PauseAfter(int tries)
    {
        var longest = FirstPause * Math.Pow(2, tries - 1);
        return Random.Shared.NextDouble() * (longest < LongestPause ? longest : LongestPause);
    }

    private async Task<(string? Body, AwsException? Failure, bool MayPass)> TryAsync(
        AwsCall call, TimeSpan timeout, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            using var request = call.Make(await KeysAsync(), clock.GetUtcNow() + offset);
            using var response = await client.SendAsync(request, either.Token);
            // Always UTF-8; what a server calls its character set is not to be relied on.
            var body = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(either.Token)).TrimStart('\uFEFF');
            if (response.IsSuccessStatusCode)
                return (body, null, false);
            var error = ErrorIn(response, body);
            var again = error.MayPass(response.StatusCode) || (error.MayBeTheClock && CorrectClock(response));
            return (null, Refused(call, error, response.StatusCode), again);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (null, Unreachable(call, e), true);
        }
    }

    private AwsError ErrorIn(HttpResponseMessage response, string body) => response.Headers.Location is { } other
        ? new($"HTTP {(int)response.StatusCode}", $"It sends to {other}; if that is the service, set {service.Setting} to it.")
        : AwsError.Read(response.StatusCode, body, Header(response, "x-amzn-query-error") ?? Header(response, "x-amzn-ErrorType"));

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private async Task<ImmutableCredentials> KeysAsync()
    {
        try
        {
            return await access.Credentials.GetCredentialsAsync();
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException)
        {
            throw new AwsException($"The AWS keys could not be had: {e.Message}", "NoCredentials", status: null, e);
        }
    }

    /// <summary>Takes over the service's time when ours is far from it; false when that cannot be the reason.</summary>
    private bool CorrectClock(HttpResponseMessage response)
    {
        if (response.Headers.Date is not { } theirs)
            return false;
        var difference = theirs - clock.GetUtcNow();
        if ((difference - offset).Duration() < Skew)
            return false;
        offset = difference;
        access.NoteClock(service.Name, difference);
        return true;
    }

    private AwsException Refused(AwsCall call, AwsError error, HttpStatusCode status) => new(
        $"{service.Name} ({service.Endpoint.Authority}) refused {call.Action}: {error.Code}"
        + (error.Message.Length > 0 ? $": {error.Message}" : "")
        + (error.IsOfNoService ? $". Is {service.Setting} the address of {service.Name}?" : "")
        + (AwsError.IsAboutKeys(error.Code) ? $"{(error.Message.EndsWith('.') ? "" : ".")} {KeysRemedy}" : ""),
        error.Code, status);

    private string KeysRemedy => "Check Aws:AccessKeyId, Aws:SecretAccessKey and Aws:SessionToken, or what stands for them, "
        + $"Aws:Region ({access.Region}), and this machine's clock.";

    private static string Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e.Message;

    private AwsException Unreachable(AwsCall call, Exception e) => new(
        $"{service.Name} ({service.Endpoint.Authority}) did not answer {call.Action}: "
        + (e is OperationCanceledException ? "time ran out" : Innermost(e).TrimEnd('.'))
        + $". Check the network, Aws:Region ({access.Region}) and {service.Setting}.",
        code: "", status: null, e);
}
