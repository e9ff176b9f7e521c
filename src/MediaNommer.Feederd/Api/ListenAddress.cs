using System.Net;
using MediaNommer.Core.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MediaNommer.Feederd.Api;

/// <summary>Where feederd listens.</summary>
internal static class ListenAddress
{
    /// <summary>True for addresses that only this machine can reach.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Stops a start that would open feederd to others without a key.</summary>
    /// <exception cref="SettingsException">The address is open and no key is configured, or it is no address.</exception>
    public static void Check(FeederdOptions options)
    {
        if (!IsLoopback(options.Host) && !IsAny(options.Host) && !IPAddress.TryParse(options.Host, out _))
            throw Refuse(
                $"Feederd:Host is '{options.Host}'; it must be an IP address of this machine, 'localhost', "
                + "or '*' for all addresses.");
        if (!IsLoopback(options.Host) && options.ApiKeys.All(string.IsNullOrWhiteSpace))
            throw Refuse(
                $"Feederd:Host is '{options.Host}', which others can reach, and Feederd:ApiKeys is empty, so that anyone "
                + "could run jobs and read files here. Set an API key (NOMMER__FEEDERD__APIKEYS__0=a-long-secret), or "
                + "listen on 127.0.0.1.");
        if (options.ApiKeys.Any(string.IsNullOrWhiteSpace))
            throw Refuse("Feederd:ApiKeys holds an empty key; remove it or give it a value.");
    }

    /// <summary>Has Kestrel listen there.</summary>
    public static void Apply(KestrelServerOptions kestrel, FeederdOptions options)
    {
        if (IsAny(options.Host))
            kestrel.ListenAnyIP(options.Port);
        else if (IPAddress.TryParse(options.Host, out var address))
            kestrel.Listen(address, options.Port);
        else if (options.Port == 0)
            kestrel.Listen(IPAddress.Loopback, 0);
        else
            kestrel.ListenLocalhost(options.Port);
    }

    private static SettingsException Refuse(string error) => new([error]);

    private static bool IsAny(string host) => host is "*" or "+";
}
