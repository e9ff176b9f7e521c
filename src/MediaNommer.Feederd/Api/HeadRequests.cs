using Microsoft.AspNetCore.Routing.Template;

namespace MediaNommer.Feederd.Api;

/// <summary>
/// Answers HEAD wherever there is a GET: with its status and headers. The server itself leaves the body out. Endpoints
/// that take HEAD themselves, because their bodies are large, get it as it is.
/// </summary>
internal sealed class HeadRequests(RequestDelegate next, IEndpointRouteBuilder routes)
{
    private static readonly object Mark = new();

    // Made at the first such request, when all endpoints are mapped.
    private readonly Lazy<TemplateMatcher[]> own = new(() => [.. routes.DataSources
        .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Head) == true)
        .Select(endpoint => new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []))]);

    /// <summary>True for a request whose answer has no body, so that a stream of events ends at once.</summary>
    public static bool IsHead(HttpContext context) => context.Items.ContainsKey(Mark);

    public Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method)
            && !own.Value.Any(matcher => matcher.TryMatch(context.Request.Path, new RouteValueDictionary())))
        {
            context.Items[Mark] = true;
            context.Request.Method = HttpMethods.Get;
        }

        return next(context);
    }
}
