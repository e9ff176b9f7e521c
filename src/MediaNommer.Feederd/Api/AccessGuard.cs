using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Api;

/// <summary>Marks an endpoint that needs no API key.</summary>
internal sealed class OpenToAll;

/// <summary>
/// Asks for an API key where one is configured, and keeps web pages of strangers from using a feederd that listens on
/// the loopback through the browser of its user (DNS rebinding, forged requests).
/// </summary>
internal sealed class AccessGuard(RequestDelegate next, NommerOptions options)
{
    // Hashes all have one length, so that comparing them tells nothing about a key, not even its length.
    private readonly byte[][] keyHashes = [.. options.Feederd.ApiKeys.Select(Hash)];
    private readonly bool onLoopback = ListenAddress.IsLoopback(options.Feederd.Host);
    private readonly string ownHost = options.Feederd.Host;

    public Task InvokeAsync(HttpContext context)
    {
        if (onLoopback && !IsOwnHost(context.Request.Host.Host))
            throw ForeignHost(context.Request.Host.Host);
        var credentials = CredentialsOf(context.Request);
        var isOpen = keyHashes.Length == 0 || context.GetEndpoint()?.Metadata.GetMetadata<OpenToAll>() is not null;
        if (!isOpen && !credentials.Keys.Any(IsKnown))
            throw Unauthorized(context);

        // A stranger's page can make a browser send what the browser knows by itself, but no bearer token.
        if (!credentials.AreBearer && ChangesSomething(context.Request) && HasForeignOrigin(context.Request))
            throw ForeignOrigin();
        return next(context);
    }

    private bool IsOwnHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(ownHost, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private bool IsKnown(string key)
    {
        var hash = Hash(key);
        var known = false;
        foreach (var candidate in keyHashes)
            known |= CryptographicOperations.FixedTimeEquals(hash, candidate);
        return known;
    }

    private static bool ChangesSomething(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
        && !HttpMethods.IsOptions(request.Method);

    private static bool HasForeignOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private static Credentials CredentialsOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0 || !AuthenticationHeaderValue.TryParse(header, out var value)
            || value.Parameter is null)
            return default;
        if (value.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            return new Credentials([value.Parameter], AreBearer: true);
        return value.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)
            ? new Credentials(SplitBasic(value.Parameter), AreBearer: false)
            : default;
    }

    /// <summary>User name and password: old clients put the key into either.</summary>
    private static string[] SplitBasic(string parameter)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(parameter.Length)];
        return Convert.TryFromBase64String(parameter, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2)
            : [];
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private static ApiException Unauthorized(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer, Basic realm=\"media-nommer\"";
        return new ApiException(
            StatusCodes.Status401Unauthorized, ApiErrors.Unauthorized,
            "Send one of the API keys of this feederd (setting Feederd:ApiKeys) as 'Authorization: Bearer KEY', or by "
            + "HTTP Basic as user name or password.");
    }

    private static ApiException ForeignHost(string host) => new(
        StatusCodes.Status403Forbidden, ApiErrors.ForeignHost,
        $"This feederd listens on the loopback only and does not go by the name '{host}'. Call it as 127.0.0.1 or "
        + "localhost; behind a proxy, have the proxy send that as the Host header.");

    private static ApiException ForeignOrigin() => new(
        StatusCodes.Status403Forbidden, ApiErrors.ForeignOrigin,
        "A web page of another origin may not change anything here. Programs leave the Origin header out, or send an "
        + "API key as a bearer token.");

    private readonly record struct Credentials(string[]? Given, bool AreBearer)
    {
        public string[] Keys => Given ?? [];
    }
}
