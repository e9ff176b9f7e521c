using System.Net.Http.Headers;
using System.Text;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Storage;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Carries a notification to its URL, once. Each connection, those after redirects too, goes only where jobs may reach
/// (<see cref="AddressGuard"/>). Nothing of an answer but its status is kept. Only a GET follows redirects, at most three.
/// </summary>
internal sealed class WebhookClient : IDisposable
{
    private const int MaxRedirects = 3;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    private readonly SecretBox secrets;
    private readonly TimeProvider clock;
    private readonly HttpClient getter;
    private readonly HttpClient poster;

    public WebhookClient(SecretBox secrets, TimeProvider clock, AddressGuard? guard = null)
    {
        this.secrets = secrets;
        this.clock = clock;
        getter = Client(guard ?? AddressGuard.Open, MaxRedirects);
        poster = Client(guard ?? AddressGuard.Open, redirects: 0);
    }

    /// <summary>Tries once. Whatever goes wrong is told by the result, without the URL's secrets.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> ended the try.</exception>
    public async Task<DeliveryAttempt> SendAsync(Notification notification, CancellationToken cancellation)
    {
        var at = clock.GetUtcNow();
        var start = clock.GetTimestamp();
        var (status, error) = await TryAsync(notification, cancellation);
        return new DeliveryAttempt
        {
            At = at,
            Milliseconds = (int)clock.GetElapsedTime(start).TotalMilliseconds,
            Status = status,
            Error = error,
        };
    }

    public void Dispose()
    {
        getter.Dispose();
        poster.Dispose();
    }

    private async Task<(int? Status, string? Error)> TryAsync(
        Notification notification, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(TimeLimit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            using var request = Request(notification, new Uri(notification.Url.Reveal(secrets)));
            var client = notification.Method == NotifyMethod.Get ? getter : poster;
            using var answer = await client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return ((int)answer.StatusCode, answer.IsSuccessStatusCode ? null : $"answered {(int)answer.StatusCode}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"no answer within {TimeLimit.TotalSeconds:0} s");
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

    private static HttpRequestMessage Request(Notification notification, Uri url)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (url.UserInfo.Length > 0)
            request.Headers.Authorization = Basic(url.UserInfo);
        request.Headers.Add("Nommer-Job-Id", notification.JobId);
        request.Headers.Add("Nommer-Job-State", notification.JobState.ToWire());
        request.Headers.Add("Nommer-Delivery-Id", notification.Id);
        if (notification.Method == NotifyMethod.Post)
        {
            request.Method = HttpMethod.Post;
            request.Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["unique_id"] = notification.JobId,
                ["job_state"] = notification.JobState.ToWire(),
                ["job_state_details"] = notification.JobStateDetails ?? "",
            });
        }

        return request;
    }

    private static AuthenticationHeaderValue Basic(string userInfo)
    {
        var pair = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(userInfo));
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
    }

    private static HttpClient Client(AddressGuard guard, int redirects)
    {
        var client = new HttpClient(guard.Outgoing.NewHandler(TimeLimit, connectionLifetime: TimeSpan.FromMinutes(2), redirects))
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var version = typeof(WebhookClient).Assembly.GetName().Version!.ToString(3);
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("media-nommer", version));
        return client;
    }
}
