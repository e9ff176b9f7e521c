using System.Globalization;
using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Tests;
using MediaNommer.Tests.Feederd;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class ClockCheckTests
{
    [Theory]
    [InlineData(0, null)]
    [InlineData(4, null)]
    [InlineData(-4, null)]
    [InlineData(10, "is 9 s ahead of that of AWS")] // the header names whole seconds
    [InlineData(-10, "is 10 s behind that of AWS")]
    public async Task A_clock_that_is_a_little_wrong_is_warned_about(double ahead, string? warning)
    {
        var log = new LogLines<ClockCheck>();
        await StartAsync(ahead, log);

        if (warning is null)
            log.Lines.ShouldBeEmpty();
        else
            log.Lines.ShouldHaveSingleItem().Text.ShouldContain(warning);
    }

    [Theory]
    [InlineData(46, "is 45 s ahead of that of AWS")]
    [InlineData(-7200, "is 7200 s behind that of AWS")]
    public async Task With_a_wrong_clock_neither_daemon_starts(double ahead, string sentence)
    {
        var refusal = await Should.ThrowAsync<BackendUnavailableException>(() => StartAsync(ahead, new LogLines<ClockCheck>()));

        refusal.Message.ShouldContain(sentence);
        refusal.Message.ShouldContain("timedatectl set-ntp true");
    }

    [Fact]
    public async Task A_service_that_does_not_answer_or_tells_no_time_stops_nobody()
    {
        var away = new AwsService("SQS", new Uri("http://127.0.0.1:1"), "Aws:Sqs:EndpointUrl");
        var log = new LogLines<ClockCheck>();

        await new ClockCheck(away, new FakeClock(), log).StartAsync(CancellationToken.None);

        log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_doctor_names_a_wrong_clock()
    {
        await using var aws = await StrangeServer.StartAsync(403, "");
        var clock = new FakeClock(DateTimeOffset.UtcNow.AddMinutes(-2));
        var service = new AwsService("SQS", new Uri(aws.Options.Aws.EndpointUrl), "Aws:Sqs:EndpointUrl");

        var step = await new ClockCheck(service, clock, new LogLines<ClockCheck>()).ExamineAsync(CancellationToken.None);

        step.Ok.ShouldBeFalse();
        step.Message.ShouldContain("behind that of AWS");
    }

    [Fact]
    public async Task A_clock_by_which_signatures_are_refused_is_told_of_once()
    {
        var theirs = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        await using var aws = await StrangeServer.StartAsync((context, _) =>
        {
            context.Response.Headers.Date = theirs.ToString("r", CultureInfo.InvariantCulture);
            var isRight = context.Request.Headers["x-amz-date"].ToString().StartsWith("20260101T1200", StringComparison.Ordinal);
            context.Response.StatusCode = isRight ? 200 : 403;
            return context.Response.WriteAsync(isRight ? """{"QueueUrl":"http://a/b"}""" : """{"__type":"InvalidSignatureException"}""");
        });
        var log = new LogLines<AwsAccess>();
        var access = new AwsAccess(aws.Options.Aws, log);
        for (var i = 0; i < 2; i++)
        {
            var clock = new FakeClock(theirs.AddMinutes(7));
            using var sqs = AwsRegistration.NewSqsClient(aws.Options, access, clock);
            var found = sqs.FindQueueAsync("jobs", CancellationToken.None);
            await Soon.BeAsync(() => found.IsCompleted, "the second try", () => clock.Advance(TimeSpan.FromMilliseconds(100)));
            (await found).ShouldNotBeNull();
        }

        log.Lines.ShouldHaveSingleItem().Text.ShouldStartWith("This machine's clock is 420 s ahead of that of SQS");
    }

    /// <summary>Starts what a daemon on AWS starts before anything else.</summary>
    private static async Task StartAsync(double ahead, LogLines<ClockCheck> log)
    {
        var ours = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        await using var aws = await StrangeServer.StartAsync((context, _) =>
        {
            context.Response.Headers.Date = ours.AddSeconds(-ahead).ToString("r", CultureInfo.InvariantCulture);
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(new FakeClock(ours));
        services.AddSingleton<ILogger<ClockCheck>>(log);
        services.AddBackends(aws.Options);
        await using var provider = services.BuildServiceProvider();
        await provider.GetServices<IHostedService>().First().StartAsync(CancellationToken.None);
    }
}
