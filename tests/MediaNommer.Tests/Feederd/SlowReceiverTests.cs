using System.Net;
using System.Net.Sockets;
using System.Text;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Feederd.Services;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>Receivers that do not answer, and what others notice of them.</summary>
public sealed class SlowReceiverTests : IAsyncLifetime
{
    private readonly FeederdParts parts = new();
    private readonly List<HangingServer> servers = [];
    private WebhookReceiver healthy = null!;
    private NotificationService service = null!;

    public async Task InitializeAsync()
    {
        healthy = await WebhookReceiver.StartAsync();
        service = parts.NewNotificationService();
    }

    public async Task DisposeAsync()
    {
        servers.ForEach(server => server.Dispose());
        await parts.DisposeAsync();
        await healthy.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Never-Ends: ")]
    public async Task Behind_600_notifications_to_a_receiver_that_never_answers_others_get_theirs_at_once(string says)
    {
        var hangs = NewServer(says);
        for (var i = 0; i < 600; i++)
            await parts.SubmitFinishedAsync($"http://{hangs.Address}/hook");
        await DeliveredWithinASecondAsync();

        hangs.Connections.ShouldBeInRange(1, Receiver.MaxAtOnce);
        parts.Receivers.Read(10, one => one.Waiting.Count).Sum().ShouldBeLessThanOrEqualTo(300, "the rest waits in the store");
    }

    [Fact]
    public async Task Behind_300_receivers_that_never_answer_others_get_theirs_at_once()
    {
        for (var i = 0; i < 300; i++)
            await parts.SubmitFinishedAsync($"http://{NewServer("").Address}/hook");
        await DeliveredWithinASecondAsync();
    }

    [Fact]
    public async Task A_receiver_that_fails_again_and_again_is_not_called_for_a_while_and_then_once()
    {
        var hangs = NewServer("");
        var ids = new List<string>();
        for (var i = 0; i < 40; i++)
            ids.Add(await parts.SubmitFinishedAsync($"http://{hangs.Address}/hook"));
        await parts.StartAsync(service);
        await Soon.BeAsync(() => hangs.Connections == Receiver.MaxAtOnce, "as many calls as one receiver gets", Tick);
        await Soon.BeAsync(() => parts.Receivers.WhyNot(hangs.Address) is not null, "the circuit to open", Tick);
        // Each of the failures before the one that opens it lets another call begin.
        const int MostCalled = Receiver.MaxAtOnce + Receiver.MaxFailures - 1;
        int NotCalled() => ids.Count(id => Tries(id) is [{ Error: { } why }, ..]
            && why.StartsWith($"not called, because {hangs.Address} failed 5 times", StringComparison.Ordinal));
        await Soon.BeAsync(() => NotCalled() >= ids.Count - MostCalled, "the rest to be put off without a call");
        parts.Receivers.Read(10, one => (one.Host, one.Circuit, one.Failures)).Single()
            .ShouldBe((hangs.Address, Circuit.Open, Receiver.MaxFailures));
        hangs.Connections.ShouldBeLessThanOrEqualTo(MostCalled);

        await Soon.BeAsync(
            () => hangs.Connections == MostCalled + 1, "single calls after a while",
            () => parts.Clock.Advance(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void The_time_out_follows_what_a_receiver_needs()
    {
        var receiver = new Receiver("example.org", parts.Clock);
        receiver.Timeout.TotalSeconds.ShouldBe(5);
        receiver.Learn(CutOff(5));
        receiver.Timeout.TotalSeconds.ShouldBe(10);
        receiver.Learn(CutOff(10));
        receiver.Learn(CutOff(20));
        receiver.Timeout.TotalSeconds.ShouldBe(20);
        receiver.Learn(Answer(4000, 200));
        receiver.Timeout.TotalSeconds.ShouldBe(16);
        for (var i = 0; i < 30; i++)
            receiver.Learn(Answer(10, 404));
        receiver.Timeout.TotalSeconds.ShouldBe(3, "a refusal of one address is an answer");
        (receiver.Circuit, receiver.IsProven).ShouldBe((Circuit.Closed, true));
    }

    [Fact]
    public void Each_failed_probe_doubles_the_time_until_the_next_up_to_five_minutes()
    {
        var receiver = new Receiver("example.org", parts.Clock);
        for (var i = 0; i < Receiver.MaxFailures - 1; i++)
            receiver.Learn(Answer(10, 503));
        receiver.Circuit.ShouldBe(Circuit.Closed);
        foreach (var seconds in (int[])[10, 20, 40, 80, 160, 300, 300])
        {
            receiver.Learn(Answer(10, 503));
            receiver.Circuit.ShouldBe(Circuit.Open);
            (receiver.OpenUntil - parts.Clock.GetUtcNow()).TotalSeconds.ShouldBe(seconds);
            receiver.Learn(Answer(10, 503));
            parts.Clock.Advance(TimeSpan.FromSeconds(seconds));
            receiver.Circuit.ShouldBe(Circuit.HalfOpen, "calls that were made side by side count once");
        }

        receiver.Learn(Answer(10, 200));
        receiver.Circuit.ShouldBe(Circuit.Closed);
    }

    private async Task DeliveredWithinASecondAsync()
    {
        var id = await parts.SubmitFinishedAsync(healthy.Url);
        await parts.StartAsync(service);
        // The service's own pauses; while calls go on, no more time may pass than a second.
        var passed = 0;
        await Soon.BeAsync(
            () => Tries(id) is [{ Error: null }], "the healthy receiver's call",
            () =>
            {
                if (passed++ < 20)
                    parts.Clock.Advance(TimeSpan.FromMilliseconds(50));
            });
    }

    private void Tick() => parts.Clock.Advance(TimeSpan.FromMilliseconds(50));

    private List<DeliveryAttempt> Tries(string jobId) =>
        [.. parts.Memory.ListNotificationsAsync(new NotificationQuery { JobId = jobId }, default).Result.Notifications
            .SelectMany(record => record.Deliveries)];

    private HangingServer NewServer(string says)
    {
        servers.Add(new HangingServer(says));
        return servers[^1];
    }

    private static WebhookResult CutOff(int seconds) =>
        new(new DeliveryAttempt { Error = "no answer" }, TimeSpan.FromSeconds(seconds));

    private static WebhookResult Answer(int milliseconds, int status) => new(
        new DeliveryAttempt
        {
            Milliseconds = milliseconds, Status = status, Error = status is >= 200 and < 300 ? null : $"answered {status}",
        },
        null);

    /// <summary>Accepts connections, says the same to each, and never ends an answer.</summary>
    private sealed class HangingServer : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly List<Socket> held = [];
        private int connections;

        public HangingServer(string says)
        {
            listener.Start(1000);
            _ = AcceptAsync(Encoding.ASCII.GetBytes(says));
        }

        public int Connections => Volatile.Read(ref connections);

        public string Address => listener.LocalEndpoint.ToString()!;

        public void Dispose()
        {
            listener.Dispose();
            lock (held)
                held.ForEach(socket => socket.Dispose());
        }

        private async Task AcceptAsync(byte[] says)
        {
            try
            {
                while (true)
                {
                    var socket = await listener.AcceptSocketAsync();
                    lock (held)
                        held.Add(socket);
                    Interlocked.Increment(ref connections);
                    if (says.Length > 0)
                        await socket.SendAsync(says);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
