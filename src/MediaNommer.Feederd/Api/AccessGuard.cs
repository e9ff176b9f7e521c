using MediaNommer.Feederd.Files;

namespace MediaNommer.Feederd.Api;

/// <summary>Marks an endpoint that needs no API key.</summary>
internal sealed class OpenToAll;

/// <summary>
/// Asks for an API key where one is configured, and keeps web pages of strangers from using a feederd that listens on
/// the loopback through the browser of its user (DNS rebinding, forged requests).
/// </summary>
internal sealed class AccessGuard(RequestDelegate next, ApiKeys keys, SiteNames names, FileLinks links)
{
    /// <summary>What the page sends, so that a 401 does not open the browser's own dialog for a password.</summary>
    private const string OfThePage = "Nommer-Page";

    public Task InvokeAsync(HttpContext context)
    {
        RequireOwnHost(context, names);
        if (!IsOpen(context) && keys.Find(context.Request) is null)
            throw Unauthorized(context);

        // A stranger's page can make a browser send what the browser knows by itself, but no bearer token.
        if (!ApiKeys.HasBearer(context.Request) && ChangesSomething(context.Request) && HasForeignOrigin(context.Request))
            throw ForeignOrigin();
        return next(context);
    }

    /// <summary>Refuses what comes under a name that is not ours.</summary>
    public static void RequireOwnHost(HttpContext context, SiteNames names)
    {
        if (!names.Serves(context.Request.Host.Host))
            throw ForeignHost(context.Request.Host.Host);
    }

    private bool IsOpen(HttpContext context)
    {
        var marks = context.GetEndpoint()?.Metadata;
        return marks?.GetMetadata<OpenToAll>() is not null
            || (keys.AreAskedFor && marks?.GetMetadata<OpenToLinks>() is not null && links.Opens(context.Request));
    }

    private static bool ChangesSomething(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
        && !HttpMethods.IsOptions(request.Method);

    private bool HasForeignOrigin(HttpRequest request) =>
        request.Headers.Origin.ToString() is { Length: > 0 } origin && !names.IsOwnOrigin(origin, request);

    private static ApiException Unauthorized(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = context.Request.Headers.ContainsKey(OfThePage)
            ? "Bearer"
            : "Bearer, Basic realm=\"media-nommer\"";
        return new ApiException(
            StatusCodes.Status401Unauthorized, ApiErrors.Unauthorized,
            "Send one of the API keys of this feederd (setting Feederd:ApiKeys) as 'Authorization: Bearer KEY', or by "
            + "HTTP Basic as user name or password.");
    }

    private static ApiException ForeignHost(string host) => new(
        StatusCodes.Status403Forbidden, ApiErrors.ForeignHost,
        $"This feederd does not go by the name '{host}'. Call it as 127.0.0.1 or localhost where it runs; behind a proxy, "
        + $"set Feederd:PublicUrl to the address that users open, or add '{host}' to Feederd:AllowedHosts.");

    private static ApiException ForeignOrigin() => new(
        StatusCodes.Status403Forbidden, ApiErrors.ForeignOrigin,
        "A web page of another origin may not change anything here. Programs leave the Origin header out, or send an "
        + "API key as a bearer token. If this is feederd's own page behind a proxy, set Feederd:PublicUrl to its address.");
}
