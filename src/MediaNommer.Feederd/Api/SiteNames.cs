using System.Net;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Api;

/// <summary>
/// The names that this feederd goes by: those of the machine that it listens on, <c>Feederd:AllowedHosts</c>, and that of
/// <c>Feederd:PublicUrl</c>. A feederd on the loopback answers to no other, or a stranger's page could reach it under a
/// name of its own that leads to 127.0.0.1 (DNS rebinding).
/// </summary>
internal sealed class SiteNames(FeederdOptions options)
{
    private readonly bool isChecked = ListenAddress.IsLoopback(options.Host) || options.AllowedHosts.Count > 0;
    private readonly Uri? publicUrl = options.PublicUrl.Length > 0 ? new Uri(options.PublicUrl) : null;

    /// <summary>The part of the public address below which everything lies, such as <c>/media</c>, or empty.</summary>
    public string PathBase => publicUrl?.AbsolutePath.TrimEnd('/') ?? "";

    /// <summary>The address under which the sender of the request reaches feederd, without a slash at its end.</summary>
    public string AddressFor(HttpRequest request) =>
        publicUrl is null ? $"{request.Scheme}://{request.Host}{request.PathBase}" : publicUrl.AbsoluteUri.TrimEnd('/');

    /// <summary>What a <c>Location</c> header begins with: as little as leads there.</summary>
    public string LocationFor(HttpRequest request) =>
        publicUrl is null && options.TrustedProxies.Count == 0 ? request.PathBase.Value ?? "" : AddressFor(request);

    /// <summary>True when a request may come under this name.</summary>
    public bool Serves(string host) => !isChecked || IsOurs(host);

    /// <summary>True when a page of this origin is our own page.</summary>
    public bool IsOwnOrigin(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && (uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)
            || uri.Authority.Equals(publicUrl?.Authority, StringComparison.OrdinalIgnoreCase)
            || options.AllowedHosts.Any(allowed => Matches(uri.Host, allowed)));

    private bool IsOurs(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(options.Host, StringComparison.OrdinalIgnoreCase)
        || host.Equals(publicUrl?.Host, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address))
        || options.AllowedHosts.Any(allowed => Matches(host, allowed));

    private static bool Matches(string host, string allowed) =>
        allowed.StartsWith("*.", StringComparison.Ordinal)
            ? host.EndsWith(allowed[1..], StringComparison.OrdinalIgnoreCase)
            : host.Equals(allowed, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Asks for the address of this site.</summary>
internal static class SiteAddresses
{
    /// <summary>The address under which the sender of the request reaches feederd, without a slash at its end.</summary>
    public static string SiteAddress(this HttpContext context) =>
        context.RequestServices.GetRequiredService<SiteNames>().AddressFor(context.Request);

    /// <summary>Says where what was made lies: a path of this API.</summary>
    public static void SetLocation(this HttpContext context, string path) => context.Response.Headers.Location =
        context.RequestServices.GetRequiredService<SiteNames>().LocationFor(context.Request) + path;
}
