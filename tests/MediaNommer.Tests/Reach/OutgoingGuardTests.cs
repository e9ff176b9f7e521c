using System.Net;
using System.Net.Sockets;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Tests.Feederd;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Reach;

/// <summary>Tries to get at this machine's own servers and at metadata services in every spelling.</summary>
public sealed class OutgoingGuardTests : IDisposable
{
    private readonly string work = Directory.CreateTempSubdirectory("nommer-reach-").FullName;

    [Theory]
    [InlineData("0.0.0.0", "key", false)]
    [InlineData("127.0.0.1", "key", false)]
    [InlineData("127.0.0.1", null, true)]
    public void A_worker_that_knows_nothing_of_feederd_follows_what_it_decided(string host, string? key, bool isOpen)
    {
        var feederd = new NommerOptions { DataDir = work };
        (feederd.Feederd.Host, feederd.Feederd.ApiKeys) = (host, key is null ? [] : [key]);
        PrivateNetworks.DecideFor(feederd);

        var worker = new NommerOptions { DataDir = work };
        var guard = AddressGuard.From(worker).Outgoing;
        (guard.RefusalOf(IPAddress.Loopback, "localhost") is null).ShouldBe(isOpen);

        // A worker that runs hears of it, too.
        PrivateNetworks.DecideFor(new NommerOptions { DataDir = work, Storage = new() { PrivateNetworks = [isOpen ? "none" : "all"] } });
        (guard.RefusalOf(IPAddress.Loopback, "localhost") is null).ShouldBe(!isOpen);

        worker.Storage.PrivateNetworks = ["10.0.0.0/8"];
        PrivateNetworks.AllowedBy(worker).ShouldHaveSingleItem("its own settings come first");
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("0x7f.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.1")]
    [InlineData("0.0.0.0")]
    [InlineData("0")]
    [InlineData("localhost")]
    [InlineData("LOCALHOST.")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:7f00:1]")]
    [InlineData("example.org@127.0.0.1")]
    [InlineData("example.org%40x:y@127.0.0.1")]
    [InlineData("１２７.0.0.1")]
    [InlineData("127。0。0。1")]
    public async Task No_spelling_leads_to_this_machine(string host)
    {
        await using var victim = await WebhookReceiver.StartAsync();
        using var storage = Http("none");
        var address = $"http://{host}:{new Uri(victim.Url).Port}/admin.mp4";

        var error = await Should.ThrowAsync<MediaStorageException>(() => storage.StatAsync(address, default));

        victim.Calls.ShouldBeEmpty();
        // Some of them name nobody, depending on the system.
        if (error.Code != MediaStorageErrors.NotAllowed)
            return;
        error.IsTransient.ShouldBeFalse();
        error.Message.ShouldContain("Storage:PrivateNetworks can allow it.");
    }

    [Fact]
    public async Task A_redirect_from_a_server_that_is_allowed_leads_nowhere_else()
    {
        await using var allowed = await WebhookReceiver.StartAsync();
        using var storage = Http("127.0.0.1");
        foreach (var target in (string[])["http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://127.0.0.2:1/", "http://[::1]:1/", "http://10.0.0.1/"])
        {
            allowed.Answer = (_, context) =>
            {
                context.Response.Headers.Location = target;
                return Task.FromResult(302);
            };

            var error = await Should.ThrowAsync<MediaStorageException>(() => storage.FetchAsync(allowed.Url + "/a.mp4", Path.Combine(work, "f"), null, default));

            error.Code.ShouldBe(MediaStorageErrors.NotAllowed);
            error.Message.ShouldContain(new Uri(target).DnsSafeHost);
        }
    }

    [Fact]
    public async Task Metadata_services_are_out_of_reach_even_where_everything_is_allowed()
    {
        using var storage = Http("all");
        foreach (var host in (string[])["169.254.169.254", "2852039166", "0xa9fea9fe", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]"])
        {
            var error = await Should.ThrowAsync<MediaStorageException>(() => storage.StatAsync($"http://{host}/latest/", default));
            error.Code.ShouldBe(MediaStorageErrors.NotAllowed);
            error.Message.ShouldContain("which no job may reach");
        }
    }

    [Fact]
    public async Task The_name_and_every_address_of_this_machine_lead_to_this_machine_too()
    {
        await using var victim = await WebhookReceiver.StartAsync();
        using var storage = Http("none");
        var own = await Dns.GetHostAddressesAsync(Dns.GetHostName());
        foreach (var host in own.Select(address => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}").Prepend(Dns.GetHostName()))
        {
            var error = await Should.ThrowAsync<MediaStorageException>(
                () => storage.StatAsync($"http://{host.Split('%')[0].TrimEnd(']') + (host.StartsWith('[') ? "]" : "")}:{new Uri(victim.Url).Port}/a.mp4", default));
            error.Code.ShouldBe(MediaStorageErrors.NotAllowed, host);
        }

        Guard("none").Outgoing.RefusalOf(IPAddress.Parse("8.8.8.8"), "8.8.8.8").ShouldBeNull();
        victim.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_FTP_server_is_looked_at_in_the_same_way()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var ftp = new FtpStorage(new StorageOptions(), TimeProvider.System, Guard("none"));
        foreach (var host in (string[])["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
        {
            var error = await Should.ThrowAsync<MediaStorageException>(
                () => ftp.StatAsync($"ftp://{host}:{((IPEndPoint)server.LocalEndpoint).Port}/a.mp4", default));
            error.Code.ShouldBe(MediaStorageErrors.NotAllowed);
        }

        server.Pending().ShouldBeFalse();
    }

    [Theory]
    [InlineData("none", "192.168.1.5", false)]
    [InlineData("all", "192.168.1.5", true)]
    [InlineData("192.168.1.5", "192.168.1.5", true)]
    [InlineData("192.168.1.5", "192.168.1.6", false)]
    [InlineData("192.168.0.0/16,fd00::/8", "192.168.200.1", true)]
    [InlineData("192.168.0.0/16", "::ffff:192.168.200.1", true)]
    [InlineData("192.168.0.0/16,fd00::/8", "fd12::1", true)]
    [InlineData("192.168.0.0/16", "127.0.0.1", false)]
    [InlineData("fd00::/8,169.254.0.0/16", "fd00:ec2::254", false)]
    [InlineData("0.0.0.0/0", "169.254.169.254", false)]
    public void The_setting_opens_single_networks(string networks, string address, bool isAllowed) =>
        (Guard(networks).Outgoing.RefusalOf(IPAddress.Parse(address), address) is null).ShouldBe(isAllowed);

    [Theory]
    [InlineData("127.0.0.1", false, true)]
    [InlineData("localhost", false, true)]
    [InlineData("::1", false, true)]
    [InlineData("127.0.0.1", true, false)]
    [InlineData("*", true, false)]
    public void Without_the_setting_only_a_feederd_for_this_machine_lets_jobs_into_private_networks(string host, bool withKey, bool isAllowed)
    {
        var options = new NommerOptions();
        options.Feederd.Host = host;
        if (withKey)
            options.Feederd.ApiKeys.Add("key");

        var guard = AddressGuard.From(options);

        (guard.RefusalOfHook("http://192.168.1.1/") is null).ShouldBe(isAllowed);
        (guard.RefusalOfHook("http://localhost/") is null).ShouldBe(isAllowed);
        guard.RefusalOfHook("http://169.254.169.254/").ShouldNotBeNull();
        guard.RefusalOfHook("http://example.org/").ShouldBeNull();
    }

    public void Dispose() => Directory.Delete(work, recursive: true);

    private static AddressGuard Guard(string networks)
    {
        var options = new NommerOptions();
        options.Storage.PrivateNetworks = [.. networks.Split(',')];
        return AddressGuard.From(options);
    }

    private static HttpStorage Http(string networks) =>
        new(new StorageOptions { TransferRetries = 0, TransferTimeout = 5 }, TimeProvider.System, Guard(networks));
}
