using System.Net;
using System.Net.Sockets;

namespace MediaNommer.Core.Storage;

/// <summary>A job's address leads where no job may go. The message says where and which setting matters.</summary>
public sealed class OutgoingRefusedException(string message) : Exception(message);

/// <summary>
/// Decides which servers jobs may make us call: after a name was resolved, by the address that is then connected to, so
/// that no spelling, redirect or changing answer of a name server gets around it. Public servers always, loopback and
/// private ones where <c>Storage:PrivateNetworks</c> allows, link-local and metadata addresses never.
/// </summary>
/// <param name="allowed">
/// The private ranges that may be reached, <c>null</c> for all of them. Asked whenever an address is private: what feederd
/// decides may change while a worker runs.
/// </param>
public sealed class OutgoingGuard(Func<IReadOnlyList<IPNetwork>?> allowed)
{
    /// <summary>The name of the setting.</summary>
    public const string Setting = "Storage:PrivateNetworks";

    /// <summary>Lets jobs reach private networks, too.</summary>
    public static OutgoingGuard Open { get; } = new(() => null);

    /// <summary>Why no connection may be made to an address, in a sentence, or null.</summary>
    /// <param name="address">The address.</param>
    /// <param name="host">The name that led to it, or the address as it was written.</param>
    public string? RefusalOf(IPAddress address, string host)
    {
        var reach = IpRanges.ReachOf(address);
        if (reach == IpReach.Public && OwnAddresses.Contain(address))
            reach = IpReach.Loopback;
        if (reach == IpReach.Public || (reach != IpReach.Never && IsAllowed(address)))
            return null;
        var shown = host == address.ToString() ? host : $"{host} is {address}, which";
        return reach switch
        {
            IpReach.Never => $"{shown} is a link-local, metadata or multicast address, which no job may reach.",
            IpReach.Loopback => $"{shown} is an address of this machine itself, which jobs may not reach; {Remedy}",
            _ => $"{shown} is a private address, which jobs may not reach; {Remedy}",
        };
    }

    /// <summary>Why a host may not be connected to, as far as its text tells; null when it is a name.</summary>
    public string? RefusalOfText(string host)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
            return RefusalOf(IPAddress.Loopback, host);
        return IPAddress.TryParse(host.Trim('[', ']'), out var address) ? RefusalOf(address, address.ToString()) : null;
    }

    /// <summary>Connects to the first address of a host that may be reached and answers.</summary>
    /// <exception cref="OutgoingRefusedException">None of its addresses may be reached.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellation)
    {
        var addresses = await ResolveAsync(host, cancellation);
        var socket = addresses.All(address => address.AddressFamily == AddressFamily.InterNetwork)
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(addresses, port, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A handler that asks no server but those that may be reached.</summary>
    /// <param name="connectTimeout">How long making a connection may take.</param>
    /// <param name="connectionLifetime">How long one is used again.</param>
    /// <param name="redirects">How many redirects a GET follows.</param>
    public HttpMessageHandler NewHandler(TimeSpan connectTimeout, TimeSpan connectionLifetime, int redirects = 0) =>
        new GuardedHandler(this, redirects, new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = connectTimeout,
            PooledConnectionLifetime = connectionLifetime,
            ConnectCallback = async (context, cancellation) =>
            {
                var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
                var guard = GuardedHandler.IsProxy(context) ? Open : this;
                return new NetworkStream(await guard.ConnectAsync(host, port, cancellation), ownsSocket: true);
            },
        });

    /// <summary>The addresses of a host that may be reached.</summary>
    /// <exception cref="OutgoingRefusedException">It has addresses, and none may be reached.</exception>
    /// <exception cref="SocketException">It has none.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation)
    {
        IPAddress[] found = IPAddress.TryParse(host.Trim('[', ']'), out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(host, cancellation);
        var reachable = found.Where(address => RefusalOf(address, host) is null).ToArray();
        return reachable.Length > 0 ? reachable
            : found.Length > 0 ? throw new OutgoingRefusedException(RefusalOf(found[0], host)!)
            : throw new SocketException((int)SocketError.HostNotFound);
    }

    private static string Remedy => $"{Setting} can allow it.";

    private bool IsAllowed(IPAddress address) =>
        allowed() is not { } ranges || ranges.Any(range => range.Contains(address) || range.Contains(IpRanges.Unwrap(address)));
}
