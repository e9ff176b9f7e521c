using System.Net;
using System.Security.Authentication;

namespace MediaNommer.Core.Storage;

/// <summary>One question and its answer, redirects followed.</summary>
/// <param name="client">Follows no redirects itself.</param>
/// <param name="guard">Whom jobs may reach.</param>
internal sealed class HttpExchange(HttpClient client, AddressGuard guard)
{
    private const int MaxRedirects = 10;

    /// <summary>Asks, and returns as soon as the headers of the final answer are there.</summary>
    /// <param name="method">GET and HEAD follow every redirect, others only those that keep the method.</param>
    /// <param name="address">Where; credentials go to its own host alone.</param>
    /// <param name="complete">Adds headers and content; called anew for each redirect.</param>
    /// <param name="cancellation">Ends the exchange.</param>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, HttpAddress address, Action<HttpRequestMessage>? complete, CancellationToken cancellation)
    {
        var uri = address.Uri;
        guard.RequireInRoots(uri.AbsoluteUri);
        for (var redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            using var request = new HttpRequestMessage(method, uri);
            if (SameOrigin(uri, address.Uri))
                request.Headers.Authorization = address.Authorization;
            complete?.Invoke(request);
            var response = await SendOnceAsync(request, address, cancellation);
            if (!IsRedirect(response, method))
                return response;
            using (response)
                uri = Follow(uri, response.Headers.Location!, address);
        }

        throw address.Refuse($"redirected more than {MaxRedirects} times; check the address.");
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpRequestMessage request, HttpAddress address, CancellationToken cancellation)
    {
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException e) when (e.InnerException is OutgoingRefusedException refusal)
        {
            throw address.Refuse(refusal.Message, e, MediaStorageErrors.NotAllowed);
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException reason)
        {
            throw address.Refuse($"the server's certificate cannot be trusted: {reason.Message}", e);
        }
    }

    private static bool IsRedirect(HttpResponseMessage response, HttpMethod method) =>
        response.Headers.Location is not null && response.StatusCode switch
        {
            HttpStatusCode.PermanentRedirect or HttpStatusCode.TemporaryRedirect => true,
            HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther =>
                method == HttpMethod.Get || method == HttpMethod.Head,
            _ => false,
        };

    private Uri Follow(Uri from, Uri location, HttpAddress address)
    {
        var to = new Uri(from, location);
        if (to.Scheme != Uri.UriSchemeHttps && (to.Scheme != Uri.UriSchemeHttp || from.Scheme == Uri.UriSchemeHttps))
            throw address.Refuse($"redirected from {from.Scheme}:// to {to.Scheme}://, which is not followed.");
        guard.RequireInRoots(to.AbsoluteUri);
        return to;
    }

    private static bool SameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.IdnHost == other.IdnHost && one.Port == other.Port;
}
