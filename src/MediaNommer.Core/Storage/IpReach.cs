using System.Net;
using System.Net.Sockets;

namespace MediaNommer.Core.Storage;

/// <summary>Who can be reached at an IP address.</summary>
internal enum IpReach
{
    /// <summary>Anybody on the internet.</summary>
    Public,

    /// <summary>A network of one's own, or an address that is set aside.</summary>
    Private,

    /// <summary>This machine.</summary>
    Loopback,

    /// <summary>The link, a cloud's metadata service, a multicast group: nothing that media or web hooks are at.</summary>
    Never,
}

/// <summary>Sorts IP addresses, those that are wrapped into another form included.</summary>
internal static class IpRanges
{
    private static readonly (IPNetwork Range, IpReach Reach)[] Known =
    [
        // Metadata services outside the link-local range: Alibaba, Oracle, Azure, AWS and Google over IPv6.
        (IPNetwork.Parse("100.100.100.200/32"), IpReach.Never),
        (IPNetwork.Parse("192.0.0.192/32"), IpReach.Never),
        (IPNetwork.Parse("168.63.129.16/32"), IpReach.Never),
        (IPNetwork.Parse("fd00:ec2::/32"), IpReach.Never),
        (IPNetwork.Parse("fd20:ce::254/128"), IpReach.Never),
        (IPNetwork.Parse("169.254.0.0/16"), IpReach.Never),
        (IPNetwork.Parse("fe80::/10"), IpReach.Never),
        (IPNetwork.Parse("224.0.0.0/4"), IpReach.Never),
        (IPNetwork.Parse("ff00::/8"), IpReach.Never),
        (IPNetwork.Parse("255.255.255.255/32"), IpReach.Never),
        // Linux takes the whole of 0.0.0.0/8 and :: for itself.
        (IPNetwork.Parse("127.0.0.0/8"), IpReach.Loopback),
        (IPNetwork.Parse("0.0.0.0/8"), IpReach.Loopback),
        (IPNetwork.Parse("::1/128"), IpReach.Loopback),
        (IPNetwork.Parse("::/128"), IpReach.Loopback),
        (IPNetwork.Parse("10.0.0.0/8"), IpReach.Private),
        (IPNetwork.Parse("172.16.0.0/12"), IpReach.Private),
        (IPNetwork.Parse("192.168.0.0/16"), IpReach.Private),
        (IPNetwork.Parse("100.64.0.0/10"), IpReach.Private),
        (IPNetwork.Parse("192.0.0.0/24"), IpReach.Private),
        (IPNetwork.Parse("198.18.0.0/15"), IpReach.Private),
        (IPNetwork.Parse("240.0.0.0/4"), IpReach.Private),
        (IPNetwork.Parse("192.0.2.0/24"), IpReach.Private),
        (IPNetwork.Parse("198.51.100.0/24"), IpReach.Private),
        (IPNetwork.Parse("203.0.113.0/24"), IpReach.Private),
        (IPNetwork.Parse("2001:db8::/32"), IpReach.Private),
        (IPNetwork.Parse("fc00::/7"), IpReach.Private),
        (IPNetwork.Parse("fec0::/10"), IpReach.Private),
        (IPNetwork.Parse("64:ff9b:1::/48"), IpReach.Private),
    ];

    /// <summary>Who can be reached there. Of a wrapped address, what it wraps counts as well; the stricter one rules.</summary>
    public static IpReach ReachOf(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : WithoutZone(address);
        var own = Known.FirstOrDefault(entry => entry.Range.Contains(plain)).Reach;
        return Wrapped(plain) is { } inner && ReachOf(inner) is var wrapped && wrapped > own ? wrapped : own;
    }

    /// <summary>The address without what wraps it, or itself.</summary>
    public static IPAddress Unwrap(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : Wrapped(WithoutZone(address)) ?? WithoutZone(address);

    // fe80::1%eth0
    private static IPAddress WithoutZone(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes()) : address;

    /// <summary>The IPv4 address that one of IPv6 leads to: compatible, translated, NAT64, 6to4, Teredo, ISATAP.</summary>
    private static IPAddress? Wrapped(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return null;
        ReadOnlySpan<byte> bytes = address.GetAddressBytes();
        var last = bytes[12..];
        return bytes switch
        {
            // ::a.b.c.d, except :: and ::1.
            _ when IsZero(bytes[..12]) && (last[0] | last[1] | last[2]) != 0 => new IPAddress(last),
            // ::ffff:0:a.b.c.d
            _ when IsZero(bytes[..8]) && bytes[8..12] is [0xff, 0xff, 0, 0] => new IPAddress(last),
            [0, 0x64, 0xff, 0x9b, 0, 0, ..] when IsZero(bytes[6..12]) => new IPAddress(last),
            [0, 0x64, 0xff, 0x9b, 0, 1, ..] => new IPAddress(last),
            [0x20, 0x02, ..] => new IPAddress(bytes[2..6]),
            [0x20, 0x01, 0, 0, ..] => new IPAddress([(byte)~last[0], (byte)~last[1], (byte)~last[2], (byte)~last[3]]),
            [_, _, _, _, _, _, _, _, 0 or 2, 0, 0x5e, 0xfe, ..] => new IPAddress(last),
            _ => null,
        };
    }

    private static bool IsZero(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExcept((byte)0) < 0;
}
