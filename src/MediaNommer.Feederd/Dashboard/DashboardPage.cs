using System.Security.Cryptography;
using MediaNommer.Feederd.Api;

namespace MediaNommer.Feederd.Dashboard;

/// <summary>The page at <c>/</c>. It is the same for everybody; what it shows it asks of the API, with a key if needed.</summary>
internal sealed class DashboardPage
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string[] Modules =
        ["dashboard.js", "api.js", "details.js", "fleet.js", "jobs.js", "newjob.js", "page.js"];

    public void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/", "index.html", "text/html; charset=utf-8");
        Map(routes, "/dashboard/dashboard.css", "dashboard.css", "text/css; charset=utf-8");
        foreach (var module in Modules)
            Map(routes, $"/dashboard/{module}", module, "text/javascript; charset=utf-8");
    }

    private static void Map(IEndpointRouteBuilder routes, string path, string file, string contentType)
    {
        var page = new Lazy<(byte[] Bytes, string Tag)>(() => Load(file));
        routes.MapGet(path, (RequestDelegate)(context => SendAsync(context, page.Value, contentType)))
            .WithMetadata(new OpenToAll());
    }

    private static async Task SendAsync(HttpContext context, (byte[] Bytes, string Tag) page, string contentType)
    {
        var headers = context.Response.Headers;
        headers.ETag = page.Tag;
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (context.Request.Headers.IfNoneMatch == page.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = contentType;
        context.Response.ContentLength = page.Bytes.Length;
        await context.Response.Body.WriteAsync(page.Bytes, context.RequestAborted);
    }

    private static (byte[] Bytes, string Tag) Load(string file)
    {
        using var stream = typeof(DashboardPage).Assembly
            .GetManifestResourceStream($"MediaNommer.Feederd.Dashboard.{file}")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return (bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\"");
    }
}
