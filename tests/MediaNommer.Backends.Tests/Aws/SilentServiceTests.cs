using System.Net;
using System.Net.Sockets;
using System.Text;
using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>Services that take connections and say nothing, or a byte now and then.</summary>
public sealed class SilentServiceTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // This machine may be busy with other things; without a limit each of these takes 20 s and more.
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(10);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource over = new();

    private static CancellationToken None => CancellationToken.None;

    public void Dispose()
    {
        over.Cancel();
        listener.Dispose();
        over.Dispose();
    }

    [Theory]
    [InlineData("DynamoDb", "")]
    [InlineData("DynamoDb", "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 1000\r\n\r\n")]
    [InlineData("SimpleDb", "")]
    [InlineData("SimpleDb", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")]
    public async Task A_store_that_says_nothing_is_waited_for_no_longer_than_the_caller_may_wait(string kind, string begins)
    {
        var options = Start(begins);
        options.Aws.StateStore = kind;
        using var store = (IDisposable)AwsRegistration.NewStore(options, new AwsAccess(options.Aws), TimeProvider.System);
        await WithinAsync(() => ((IJobStore)store).GetAsync("some-job", None));
        await WithinAsync(() => ((IJobStore)store).ListAsync(new JobQuery(), None));
        await WithinAsync(() => ((IJobStore)store).ProbeAsync(None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")]
    public async Task So_is_a_queue(string begins)
    {
        var options = Start(begins);
        using var queue = AwsRegistration.NewQueue(options, new AwsAccess(options.Aws), TimeProvider.System);
        await WithinAsync(() => queue.ApproximateDepthAsync("jobs", None));
        await WithinAsync(() => queue.SendAsync("jobs", ["a"], TimeSpan.Zero, None));
    }

    private static async Task WithinAsync(Func<Task> call)
    {
        // The first call makes a client and much else.
        await Should.ThrowAsync<BackendUnavailableException>(LimitedAsync(call));
        var began = TimeProvider.System.GetTimestamp();
        var error = await Should.ThrowAsync<BackendUnavailableException>(LimitedAsync(call));
        error.Message.ShouldContain("time ran out");
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Enough);
    }

    private static async Task LimitedAsync(Func<Task> call)
    {
        CallLimit.Set(Limit);
        await call();
    }

    private NommerOptions Start(string begins)
    {
        listener.Start();
        _ = ServeAsync(Encoding.ASCII.GetBytes(begins));
        var options = new NommerOptions();
        options.Aws.AccessKeyId = options.Aws.SecretAccessKey = "test";
        options.Aws.Region = "us-east-1";
        options.Aws.EndpointUrl = $"http://{listener.LocalEndpoint}";
        return options;
    }

    private async Task ServeAsync(byte[] begins)
    {
        try
        {
            while (true)
                _ = TrickleAsync(await listener.AcceptSocketAsync(over.Token), begins);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task TrickleAsync(Socket socket, byte[] begins)
    {
        using var connection = socket;
        try
        {
            if (begins.Length > 0)
                await connection.SendAsync(begins, over.Token);
            while (true)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300), over.Token);
                if (begins.Length > 0)
                    await connection.SendAsync(" "u8.ToArray(), over.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The client has gone, or the test is over.
        }
    }
}
