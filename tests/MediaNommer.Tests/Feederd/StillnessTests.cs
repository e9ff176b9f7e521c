using System.Collections.Concurrent;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Feederd.Services;
using MediaNommer.Tests.Fleet;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>What feederd asks a store that bills each question, while nobody has anything to do.</summary>
public sealed class StillnessTests : IAsyncLifetime
{
    private readonly FeederdParts parts = new();
    private readonly ConcurrentQueue<string> questions = new();
    private readonly IJobStore store;
    private readonly Machines machines;

    public StillnessTests()
    {
        (store, var line) = FlakyStore.Around(parts.Memory);
        line.IsCut = question =>
        {
            questions.Enqueue(question);
            return false;
        };
        machines = new Machines(parts.Clock);
    }

    [Fact]
    public async Task Jobs_are_counted_a_few_times_in_a_still_hour_and_at_once_when_there_is_one()
    {
        var scaler = NewScaler(pinned: null);
        for (var minute = 0; minute < 60; minute++)
        {
            await scaler.LookAsync(CancellationToken.None);
            parts.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Asked(nameof(IJobStore.CountUnfinishedAsync)).ShouldBeInRange(4, 8);

        await parts.SubmitAsync();
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_store_whose_index_lags_behind_is_asked_again_until_it_has_caught_up()
    {
        await parts.SubmitFinishedAsync("http://127.0.0.1:1/");
        await parts.Stillness.CountAsync(store, CancellationToken.None);
        parts.Clock.Advance(TimeSpan.FromMinutes(1));
        await parts.Stillness.CountAsync(store, CancellationToken.None);
        parts.Stillness.IsStill.ShouldBeFalse();
        parts.Stillness.Stretch(TimeSpan.FromMinutes(1)).ShouldBe(TimeSpan.FromMinutes(1));

        parts.Clock.Advance(TimeSpan.FromMinutes(1));
        await parts.Stillness.CountAsync(store, CancellationToken.None);
        parts.Stillness.IsStill.ShouldBeTrue();
        parts.Stillness.Stretch(TimeSpan.FromMinutes(1)).ShouldBe(Stillness.LongestTrust);

        parts.Clock.Advance(Stillness.LongestTrust);
        parts.Stillness.IsStill.ShouldBeFalse("somebody else may have taken a job");
    }

    [Fact]
    public async Task The_sweeper_asks_nothing_while_all_is_still_and_looks_after_the_next_job_as_ever()
    {
        await BecomeStillAsync();
        await parts.StartAsync(new LeaseSweeper(
            store, parts.Lifecycle, parts.Stillness, parts.Duties, parts.Settings.Feederd, parts.Clock, new LogLines<LeaseSweeper>()));
        await Soon.BeAsync(() => parts.Clock.WaitingTimers > 0, "the pause after the first round");
        Asked(nameof(IJobStore.GetDueAsync)).ShouldBe(0);

        await parts.SubmitAsync();
        await parts.Queue.PurgeAsync(parts.Names.Normal, default);
        await Soon.BeAsync(
            () => parts.Queue.ApproximateDepthAsync(parts.Names.Normal, default).Result == 1, "its message again",
            () => parts.Clock.Advance(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Workers_whose_number_is_fixed_are_watched_every_second_without_a_question_to_the_store()
    {
        var scaler = NewScaler(pinned: 2);
        await scaler.LookAsync(CancellationToken.None);
        foreach (var machine in machines.Running)
        {
            var node = new Node { Id = machine.Id, LastReportAt = parts.Clock.GetUtcNow(), Version = 1 };
            await parts.Memory.TryPutNodeAsync(node, 0, CancellationToken.None);
        }

        await scaler.LookAsync(CancellationToken.None);
        questions.Clear();
        for (var second = 0; second < 50; second++)
        {
            parts.Clock.Advance(TimeSpan.FromSeconds(1));
            (await scaler.LookAsync(CancellationToken.None)).ShouldBe(TimeSpan.FromSeconds(1));
        }

        questions.ShouldBeEmpty();

        machines.Running.RemoveAt(0);
        await scaler.LookAsync(CancellationToken.None);
        machines.Running.Count.ShouldBe(2);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => parts.DisposeAsync().AsTask();

    private async Task BecomeStillAsync()
    {
        await parts.Stillness.CountAsync(store, CancellationToken.None);
        parts.Clock.Advance(TimeSpan.FromMinutes(2));
        await parts.Stillness.CountAsync(store, CancellationToken.None);
    }

    private int Asked(string question) => questions.Count(asked => asked == question);

    private FleetScaler NewScaler(int? pinned)
    {
        var spend = new FleetSpend(parts.Settings, parts.Clock, NullLogger<FleetSpend>.Instance);
        return new FleetScaler(
            machines, store, parts.Hub, parts.Stillness, new FleetTarget(pinned), new NommerNames(parts.Settings),
            new BacklogScaling(machines, store, parts.Stillness, spend, parts.Settings, parts.Clock), spend, parts.Duties, parts.Settings,
            parts.Clock, NullLogger<FleetScaler>.Instance);
    }
}
