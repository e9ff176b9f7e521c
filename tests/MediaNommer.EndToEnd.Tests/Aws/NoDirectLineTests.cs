using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Aws;

/// <summary>
/// feederd and workers never talk to each other: each has a network of its own here, from which only the services of AWS
/// can be reached.
/// </summary>
public sealed class NoDirectLineTests : IAsyncLifetime
{
    private const string Connect = "exec 3<>/dev/tcp/127.0.0.1/$0";

    private readonly WebhookReceiver webhook = new();
    private readonly List<NetworkNamespace> networks = [];
    private AwsSite aws = null!;
    private NetworkNamespace feederdsNetwork = null!;

    public async Task InitializeAsync()
    {
        aws = await AwsSite.StartAsync();
        aws.Site.Settings["NOMMER__FEEDERD__ALLOWEC2LAUNCHES"] = "false";
        // Its own address leads in; the webhook is told by feederd alone.
        feederdsNetwork = await NewNetworkAsync([aws.MotoPort, new Uri(aws.Ec2.Url).Port, new Uri(webhook.Url).Port], [aws.Site.Address.Port]);
    }

    public async Task DisposeAsync()
    {
        await aws.DisposeAsync();
        networks.ForEach(network => network.Dispose());
        webhook.Dispose();
    }

    [Fact]
    public async Task Jobs_are_worked_off_without_any_line_between_feederd_and_workers_and_feederd_catches_up_when_it_returns()
    {
        var feederd = await StartFeederdAsync();
        var workers = new[] { await StartWorkerAsync("first"), await StartWorkerAsync("second") };
        await NobodyShouldReachTheOtherAsync(feederd, workers);

        var source = await aws.PutClipAsync(1);
        var before = await SubmitAsync(source, "before", 2);
        await aws.WaitForAllAsync(before.Count);
        await aws.ShouldBeAnnouncedAsync(before, webhook);

        var later = await SubmitAsync(source, "away", 8);
        feederd.Signal(Signals.Terminate);
        await feederd.WaitAsync();
        var told = webhook.Requests.Count;
        await aws.WaitUntil("the queue is worked off", () => aws.OutputsAsync("out/away"), outputs => outputs.Count == later.Count);
        webhook.Requests.Count.ShouldBe(told);

        await StartFeederdAsync();
        (await aws.WaitForAllAsync(before.Count + later.Count)).ShouldAllBe(job => job.Attempt == 1);
        await aws.ShouldBeAnnouncedAsync([.. before, .. later], webhook);
        (await aws.OutputsAsync()).Count.ShouldBe(before.Count + later.Count);
    }

    private async Task<NetworkNamespace> NewNetworkAsync(IReadOnlyList<int> outward, IReadOnlyList<int> inward)
    {
        var network = await NetworkNamespace.MakeAsync(aws.Site.PathOf($"network-{networks.Count}"), outward, inward);
        networks.Add(network);
        return network;
    }

    private async Task<NommerProcess> StartFeederdAsync()
    {
        aws.Site.Through = feederdsNetwork.Prefix;
        aws.Site.Settings["NOMMER__DATADIR"] = aws.Site.PathOf("feederd");
        return await aws.Site.StartFeederdAsync();
    }

    private async Task<(NommerProcess Process, NetworkNamespace Network)> StartWorkerAsync(string name)
    {
        var network = await NewNetworkAsync([aws.MotoPort], []);
        aws.Site.Through = network.Prefix;
        aws.Site.Settings["NOMMER__DATADIR"] = aws.Site.PathOf(name);
        return (await aws.Site.StartWorkerAsync(), network);
    }

    private async Task NobodyShouldReachTheOtherAsync(NommerProcess feederd, (NommerProcess Process, NetworkNamespace Network)[] workers)
    {
        var port = $"{aws.Site.Address.Port}";
        // The same look finds feederd in its own network: it is not the look that is blind.
        (await feederdsNetwork.RunAsync("bash", "-c", Connect, port)).ExitCode.ShouldBe(0);
        InterfacesOf(feederd).ShouldBe(["lo"]);
        foreach (var (process, network) in workers)
        {
            var look = await network.RunAsync("bash", "-c", Connect, port);
            look.Output.ShouldContain("refused");
            look.ExitCode.ShouldNotBe(0);
            (await network.RunAsync("bash", "-c", Connect, $"{aws.MotoPort}")).ExitCode.ShouldBe(0);
            InterfacesOf(process).ShouldBe(["lo"]);
            ListenersOf(process).ShouldBe([aws.MotoPort], "A worker listens nowhere: the only port is the door to AWS.");
        }
    }

    private static IEnumerable<string> InterfacesOf(NommerProcess process) =>
        File.ReadLines($"/proc/{process.Id}/net/dev").Skip(2).Select(line => line.Split(':')[0].Trim());

    private static List<int> ListenersOf(NommerProcess process)
    {
        const string listening = "0A";
        return
        [
            .. from file in (string[])["tcp", "tcp6"]
               from line in File.ReadLines($"/proc/{process.Id}/net/{file}").Skip(1)
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields[3] == listening
               select Convert.ToInt32(fields[1].Split(':')[1], 16),
        ];
    }

    private async Task<IReadOnlyList<string>> SubmitAsync(string source, string name, int count)
    {
        var ids = new List<string>();
        for (var number = 0; number < count; number++)
        {
            var job = Clips.QuickJob(aws.Media.AddressOf($"out/{name}-{number}.mp4")) with { SourcePath = source };
            ids.Add(await aws.Site.SubmitAsync(job with { NotifyUrl = webhook.Url, NotifyMethod = "POST" }));
        }

        return ids;
    }
}
