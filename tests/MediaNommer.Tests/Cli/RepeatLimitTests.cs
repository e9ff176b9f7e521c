using System.Collections.Concurrent;
using System.Net.Sockets;
using MediaNommer.Cli;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Cli;

public sealed class RepeatLimitTests
{
    private readonly FakeClock clock = new();
    private readonly Lines lines = new();

    [Fact]
    public void The_same_error_is_written_once_a_minute_with_its_count_and_without_a_stack()
    {
        using var limit = new RepeatLimit(lines, clock);
        var logger = limit.CreateLogger("feederd");
        for (var i = 0; i < 1000; i++)
            logger.LogWarning(new BackendUnavailableException("The disk is full."), "/v1/jobs/{Id}: out of reach.", i);
        lines.Written.ShouldBe([("Warning", "/v1/jobs/0: out of reach. The disk is full.", null)]);

        clock.Advance(TimeSpan.FromSeconds(65));
        lines.Written.Count.ShouldBe(2);
        lines.Written.Last().Text.ShouldBe(
            "/v1/jobs/999: out of reach. The disk is full. (the same 999 more times within a minute)");
        logger.LogWarning(new BackendUnavailableException("The disk is full."), "again");
        lines.Written.Count.ShouldBe(2, "the next minute has begun");
        clock.Advance(TimeSpan.FromMinutes(3));
        lines.Written.Count.ShouldBe(3);
        logger.LogWarning(new BackendUnavailableException("The disk is full."), "and again");
        lines.Written.Count.ShouldBe(4, "it was quiet for a while");
    }

    [Fact]
    public void Other_errors_and_what_is_no_error_are_written_each()
    {
        using (var limit = new RepeatLimit(lines, clock))
        {
            var logger = limit.CreateLogger("feederd");
            var defect = new InvalidOperationException("a defect");
            for (var i = 0; i < 3; i++)
            {
                logger.LogInformation("Pruned.");
                logger.LogError(defect, "It broke.");
                logger.LogWarning("Job {Id} failed.", i);
            }

            lines.Written.Count(line => line.Text == "Pruned.").ShouldBe(3);
            lines.Written.Where(line => line.Level == "Error").ShouldBe([("Error", "It broke.", (Exception?)defect)]);
            lines.Written.Count(line => line.Text.StartsWith("Job", StringComparison.Ordinal)).ShouldBe(3);
        }

        lines.Written.Last().Text.ShouldBe("It broke. (the same 2 more times within a minute)", "nothing is kept back at the end");
    }

    [Theory]
    [InlineData(SocketError.AddressAlreadyInUse, 8001, "in use")]
    [InlineData(SocketError.AccessDenied, 80, "ports below 1024 are for root")]
    [InlineData(SocketError.AddressNotAvailable, 8001, "is no address of this machine")]
    public void Why_feederd_cannot_listen_is_said_in_a_sentence(SocketError code, int port, string part)
    {
        var options = new FeederdOptions { Port = port };
        var inner = new SocketException((int)code);
        (ListenProblem.In(inner, options) ?? "").ShouldContain(part);
        (ListenProblem.In(new IOException("Failed to bind", new AggregateException(inner, inner)), options) ?? "").ShouldContain(part);
        ListenProblem.In(new IOException("The disk is full."), options).ShouldBeNull();
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<(string Level, string Text, Exception? Exception)> Written { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            Written.Enqueue((logLevel.ToString(), formatter(state, exception), exception));
    }
}
