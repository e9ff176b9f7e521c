using System.Net;
using System.Net.Sockets;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Follows redirects of a GET, and looks at each address that is asked through a proxy: a proxy resolves names itself and
/// shares its connections, so that looking at those would show nothing.
/// </summary>
internal sealed class GuardedHandler(OutgoingGuard guard, int redirects, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>True when a connection goes to the proxy that the environment names, which is the operator's own choice.</summary>
    public static bool IsProxy(SocketsHttpConnectionContext context) =>
        context.InitialRequestMessage.RequestUri is { } uri && ProxyFor(uri) is { } proxy
        && proxy.IdnHost == context.DnsEndPoint.Host && proxy.Port == context.DnsEndPoint.Port;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        for (var followed = 0; ; followed++)
        {
            await RequireReachableAsync(request.RequestUri!, cancellation);
            var response = await base.SendAsync(request, cancellation);
            if (followed == redirects || Follow(request, response) is not { } next)
                return response;
            response.Dispose();
            request.RequestUri = next;
            // They were for the first server alone.
            request.Headers.Authorization = null;
        }
    }

    private static Uri? Follow(HttpRequestMessage request, HttpResponseMessage response)
    {
        var isRedirect = response.StatusCode is HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
        if (!isRedirect || request.Method != HttpMethod.Get || response.Headers.Location is not { } location)
            return null;
        var next = new Uri(request.RequestUri!, location);
        return next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && request.RequestUri!.Scheme == Uri.UriSchemeHttp)
            ? next
            : null;
    }

    private static Uri? ProxyFor(Uri uri) =>
        HttpClient.DefaultProxy.IsBypassed(uri) ? null : HttpClient.DefaultProxy.GetProxy(uri);

    private async Task RequireReachableAsync(Uri uri, CancellationToken cancellation)
    {
        if (ProxyFor(uri) is null)
            return;
        try
        {
            await guard.ResolveAsync(uri.IdnHost, cancellation);
        }
        catch (SocketException)
        {
            // A name that only the proxy knows. Where it leads is the proxy's to decide.
        }
        catch (OutgoingRefusedException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
    }
}
