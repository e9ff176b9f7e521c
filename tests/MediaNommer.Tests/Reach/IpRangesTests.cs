using System.Net;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Reach;

public class IpRangesTests
{
    [Theory]
    [InlineData("93.184.216.34", "Public")]
    [InlineData("172.32.0.1", "Public")]
    [InlineData("100.63.255.255", "Public")]
    [InlineData("100.128.0.1", "Public")]
    [InlineData("2606:4700::1111", "Public")]
    [InlineData("::ffff:8.8.8.8", "Public")]
    [InlineData("64:ff9b::8.8.8.8", "Public")]
    [InlineData("2002:808:808::1", "Public")]
    [InlineData("127.0.0.1", "Loopback")]
    [InlineData("127.255.255.254", "Loopback")]
    [InlineData("0.0.0.0", "Loopback")]
    [InlineData("0.1.2.3", "Loopback")]
    [InlineData("::1", "Loopback")]
    [InlineData("::", "Loopback")]
    [InlineData("::ffff:127.0.0.1", "Loopback")]
    [InlineData("::127.0.0.1", "Loopback")]
    [InlineData("::ffff:0:127.0.0.1", "Loopback")]
    [InlineData("64:ff9b::7f00:1", "Loopback")]
    [InlineData("2002:7f00:1::", "Loopback")]
    [InlineData("2001:0:1:2:3:4:80ff:fffe", "Loopback")]
    [InlineData("2606:4700::5efe:127.0.0.1", "Loopback")]
    [InlineData("10.0.0.1", "Private")]
    [InlineData("172.16.0.1", "Private")]
    [InlineData("172.31.255.255", "Private")]
    [InlineData("192.168.1.1", "Private")]
    [InlineData("100.64.0.1", "Private")]
    [InlineData("198.18.0.1", "Private")]
    [InlineData("fc00::1", "Private")]
    [InlineData("fdff::1", "Private")]
    [InlineData("fec0::1", "Private")]
    [InlineData("64:ff9b:1::10.0.0.1", "Private")]
    [InlineData("64:ff9b:1::8.8.8.8", "Private")]
    [InlineData("::ffff:10.0.0.1", "Private")]
    [InlineData("169.254.169.254", "Never")]
    [InlineData("169.254.170.2", "Never")]
    [InlineData("::ffff:169.254.169.254", "Never")]
    [InlineData("64:ff9b::a9fe:a9fe", "Never")]
    [InlineData("64:ff9b:1::a9fe:a9fe", "Never")]
    [InlineData("2002:a9fe:a9fe::", "Never")]
    [InlineData("fe80::1", "Never")]
    [InlineData("fe80::1%1", "Never")]
    [InlineData("febf::1", "Never")]
    [InlineData("fd00:ec2::254", "Never")]
    [InlineData("fd00:ec2::23", "Never")]
    [InlineData("fd20:ce::254", "Never")]
    [InlineData("100.100.100.200", "Never")]
    [InlineData("192.0.0.192", "Never")]
    [InlineData("168.63.129.16", "Never")]
    [InlineData("224.0.0.1", "Never")]
    [InlineData("ff02::1", "Never")]
    [InlineData("255.255.255.255", "Never")]
    public void Each_address_has_its_reach_whatever_it_is_wrapped_in(string address, string reach) =>
        IpRanges.ReachOf(IPAddress.Parse(address)).ToString().ShouldBe(reach);
}
