using System.Net;
using MediaNommer.Core.Settings;
using Microsoft.AspNetCore.HttpOverrides;

namespace MediaNommer.Feederd.Api;

/// <summary>Understands requests that came through a proxy.</summary>
internal static class Proxies
{
    /// <summary>
    /// Takes the path of the public address off, for proxies that leave it. First of all: what comes after tells the
    /// endpoints by their paths.
    /// </summary>
    public static void UsePublicPath(this WebApplication app)
    {
        var names = app.Services.GetRequiredService<SiteNames>();
        if (names.PathBase.Length > 0)
            app.UsePathBase(names.PathBase);
    }

    public static void UseProxies(this WebApplication app)
    {
        var names = app.Services.GetRequiredService<SiteNames>();
        var proxies = app.Services.GetRequiredService<FeederdOptions>().TrustedProxies;
        if (proxies.Count > 0)
        {
            // The name that the proxy itself called us by must be ours, too: a page that reaches us under a name of its
            // own (DNS rebinding) comes from the loopback like the proxy, and can send any header.
            app.Use(next => context =>
            {
                AccessGuard.RequireOwnHost(context, names);
                return next(context);
            });
            app.UseForwardedHeaders(Believe(proxies));
        }

        if (names.PathBase.Length > 0)
        {
            // The page's own addresses are relative to a folder.
            app.Use(next => context =>
            {
                if (context.Request.Path.HasValue)
                    return next(context);
                context.Response.Redirect(context.Request.PathBase + "/" + context.Request.QueryString);
                return Task.CompletedTask;
            });
        }
    }

    private static ForwardedHeadersOptions Believe(IEnumerable<string> proxies)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost | ForwardedHeaders.XForwardedPrefix,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
                options.KnownProxies.Add(address);
            else
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
        }

        return options;
    }
}
