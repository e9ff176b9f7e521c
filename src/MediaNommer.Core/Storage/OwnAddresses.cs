using System.Net;
using System.Net.NetworkInformation;

namespace MediaNommer.Core.Storage;

/// <summary>
/// The addresses of this machine's network interfaces. A public one leads to this machine's own servers as well as a loopback
/// address does, past every firewall before it.
/// </summary>
internal static class OwnAddresses
{
    private const long FreshForMilliseconds = 30_000;
    private static Look? last;

    /// <summary>True when an address is one of this machine.</summary>
    public static bool Contain(IPAddress address)
    {
        var look = Volatile.Read(ref last);
        if (look is null || Environment.TickCount64 - look.TakenAt > FreshForMilliseconds)
            Volatile.Write(ref last, look = Take());
        return look.Found.Contains(IpRanges.Unwrap(address));
    }

    private static Look Take()
    {
        try
        {
            return new Look(
                [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses)
                    .Select(each => IpRanges.Unwrap(each.Address))],
                Environment.TickCount64);
        }
        catch (NetworkInformationException)
        {
            // A sandbox that shows no interfaces: the ranges that are known must do.
            return new Look([], Environment.TickCount64);
        }
    }

    private sealed record Look(HashSet<IPAddress> Found, long TakenAt);
}
