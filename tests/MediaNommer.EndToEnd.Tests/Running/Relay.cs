using System.Net;
using System.Net.Sockets;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>Passes on what comes to one address to another; one of them may be a socket file, the door between two networks.</summary>
internal sealed class Relay : IDisposable
{
    private readonly Socket listener;
    private readonly EndPoint to;

    private Relay(EndPoint from, EndPoint to)
    {
        this.to = to;
        listener = NewSocket(from);
        listener.Bind(from);
        listener.Listen(128);
        _ = AcceptAsync();
    }

    /// <summary>From a port of this network to a socket file.</summary>
    public static Relay ToFile(int port, string path) => new(Loopback(port), new UnixDomainSocketEndPoint(path));

    /// <summary>From a socket file to a port of this network.</summary>
    public static Relay ToPort(string path, int port) => new(new UnixDomainSocketEndPoint(path), Loopback(port));

    public void Dispose() => listener.Dispose();

    private static IPEndPoint Loopback(int port) => new(IPAddress.Loopback, port);

    private static Socket NewSocket(EndPoint end) => end is UnixDomainSocketEndPoint
        ? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _ = PassAsync(await listener.AcceptAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task PassAsync(Socket near)
    {
        using var far = NewSocket(to);
        using (near)
        {
            try
            {
                await far.ConnectAsync(to);
                await Task.WhenAll(CopyAsync(near, far), CopyAsync(far, near));
            }
            catch (SocketException)
            {
                // Nobody is there, or somebody left: closing both sides says so.
            }
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // One direction broke: so does the other.
            from.Close();
            to.Close();
            throw;
        }
    }
}
