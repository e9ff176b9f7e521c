using System.Globalization;
using System.Net.Http.Headers;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Carries a notification to its URL, once. Each connection, those after redirects too, goes only where jobs may reach
/// (<see cref="AddressGuard"/>). Nothing of an answer but its status is kept. Only a GET follows redirects, at most three.
/// </summary>
internal sealed class WebhookClient : IDisposable
{
    private const int MaxRedirects = 3;
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(20);

    private readonly SecretBox secrets;
    private readonly FeederdOptions settings;
    private readonly TimeProvider clock;
    private readonly HttpClient getter;
    private readonly HttpClient poster;

    public WebhookClient(SecretBox secrets, FeederdOptions settings, TimeProvider clock, AddressGuard? guard = null)
    {
        (this.secrets, this.settings, this.clock) = (secrets, settings, clock);
        getter = Client(guard ?? AddressGuard.Open, MaxRedirects);
        poster = Client(guard ?? AddressGuard.Open, redirects: 0);
    }

    /// <summary>Tries once. Whatever goes wrong is told by the result, without the URL's secrets.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> ended the try.</exception>
    public async Task<WebhookResult> SendAsync(
        Notification notification, Job? job, TimeSpan timeout, CancellationToken cancellation)
    {
        var at = clock.GetUtcNow();
        var start = clock.GetTimestamp();
        using var limit = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        var (status, error) = await TryAsync(notification, job, timeout, either.Token, cancellation);
        var attempt = new DeliveryAttempt
        {
            At = at,
            Milliseconds = (int)clock.GetElapsedTime(start).TotalMilliseconds,
            Status = status,
            Error = error,
        };
        return new WebhookResult(attempt, limit.IsCancellationRequested && status is null ? timeout : null);
    }

    public void Dispose()
    {
        getter.Dispose();
        poster.Dispose();
    }

    private async Task<(int? Status, string? Error)> TryAsync(
        Notification notification, Job? job, TimeSpan timeout, CancellationToken limited, CancellationToken cancellation)
    {
        try
        {
            using var request = WebhookMessage.Make(
                notification, job, new Uri(notification.Url.Reveal(secrets)), settings, clock.GetUtcNow());
            var client = notification.Method == NotifyMethod.Get ? getter : poster;
            using var answer = await client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, limited);
            return ((int)answer.StatusCode, answer.IsSuccessStatusCode ? null : $"answered {(int)answer.StatusCode}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalSeconds:0.#} s"));
        }
        catch (HttpRequestException e) when (e.InnerException is OutgoingRefusedException refusal)
        {
            return (null, refusal.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (null, e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}");
        }
        catch (Exception e) when (e is UriFormatException or NotSupportedException or InvalidOperationException)
        {
            return (null, $"the URL cannot be used: {e.Message}");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Not its message, which might quote the URL. Thrown on, it would be tried again at once, for ever.
            return (null, $"it could not be sent ({e.GetType().Name})");
        }
    }

    private static HttpClient Client(AddressGuard guard, int redirects)
    {
        var client = new HttpClient(guard.Outgoing.NewHandler(ConnectLimit, connectionLifetime: TimeSpan.FromMinutes(2), redirects))
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var version = typeof(WebhookClient).Assembly.GetName().Version!.ToString(3);
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("media-nommer", version));
        return client;
    }
}
