using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;
using static MediaNommer.Tests.Jobs.LifecycleRig;

namespace MediaNommer.Tests.Jobs;

/// <summary>Sleep, freezes and clocks that are set: leases that only seem to have run out.</summary>
public sealed class ClockWatchTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(45);

    private readonly SleepyClock clock = new();
    private readonly InMemoryJobStore store = new();
    private readonly QueueNames names = new("new", "changes");
    private readonly InMemoryMessageQueue queue;
    private readonly ClockWatch watch;
    private readonly JobLifecycle lifecycle;

    public ClockWatchTests()
    {
        queue = new InMemoryMessageQueue(clock);
        watch = new ClockWatch(clock, Lease);
        lifecycle = new JobLifecycle(
            store, queue, names, new LazyMessages(queue, names, clock, NullLogger<LazyMessages>.Instance),
            new LifecycleOptions { Lease = Lease, Watch = watch }, clock, NullLogger<JobLifecycle>.Instance);
    }

    public void Dispose() => watch.Dispose();

    public static TheoryData<int, bool> Gaps => new()
    {
        { 50, false },
        { 50, true },
        { 8 * 3600, false },
        { 3 * 24 * 3600, false },
    };

    [Theory]
    [MemberData(nameof(Gaps))]
    public async Task After_a_gap_a_worker_that_slept_too_keeps_its_job(int seconds, bool isFrozen)
    {
        var claim = await ClaimAsync();
        clock.Miss(TimeSpan.FromSeconds(seconds), isFrozen);

        await SweepAsync();
        (await lifecycle.ClaimAsync(await GetAsync(claim.Job.Id), JobStep.Encode, "w2", false, None)).Refusal.ShouldBe(ClaimRefusal.NotYet);

        lifecycle.LastClockGap.ShouldBe(clock.GetTimestamp(), "the worker renews at once");
        (await lifecycle.ReportAsync(claim, new StepProgress(), null, None)).ShouldBe(RunDirective.Continue);
        clock.Advance(TimeSpan.FromSeconds(40));
        await SweepAsync();
        (await GetAsync(claim.Job.Id)).CurrentStep.Strikes.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Gaps))]
    public async Task After_a_gap_a_dead_workers_job_is_taken_away_a_lease_later(int seconds, bool isFrozen)
    {
        var claim = await ClaimAsync();
        clock.Miss(TimeSpan.FromSeconds(seconds), isFrozen);
        await SweepAsync();
        clock.Advance(Lease);

        await SweepAsync();

        var step = (await GetAsync(claim.Job.Id)).CurrentStep;
        (step.State, step.LastOutcome).ShouldBe((JobState.Pending, RunOutcome.LeaseLost));
    }

    [Fact]
    public async Task Without_a_gap_nothing_is_put_off()
    {
        var claim = await ClaimAsync();
        clock.Advance(Lease);
        await SweepAsync();
        (await GetAsync(claim.Job.Id)).State.ShouldBe(JobState.Pending);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_leaves_no_job_waiting_for_its_old_time()
    {
        var running = await ClaimAsync();
        var waiting = await SubmitAsync();
        clock.Miss(-TimeSpan.FromHours(8), isFrozen: false);
        var setBack = lifecycle.ClockSetBack;
        setBack.ShouldBe(TimeSpan.FromHours(8));

        foreach (var job in await store.GetDueAsync(clock.GetUtcNow() + setBack + TimeSpan.FromMinutes(2), 100, None))
            await lifecycle.CheckAsync(job, None, isClockSetBack: true);

        var messages = await queue.ReceiveAsync([names.Normal], 10, TimeSpan.FromSeconds(30), TimeSpan.Zero, None);
        messages.ShouldContain(message => message.Body.Contains(waiting));
        var step = (await GetAsync(running.Job.Id)).CurrentStep;
        (step.State, step.LeaseExpiresAt).ShouldBe((JobState.Downloading, clock.GetUtcNow() + Lease));
        lifecycle.ForgetClockSetBack(setBack);
        lifecycle.ClockSetBack.ShouldBe(TimeSpan.Zero);
    }

    private Task<string> SubmitAsync() => lifecycle.SubmitAsync(Spec, null, [], None);

    private async Task<Job> GetAsync(string id) => (await store.GetAsync(id, None))!;

    private async Task<StepClaim> ClaimAsync() => (await lifecycle.ClaimAsync(
        await GetAsync(await SubmitAsync()), JobStep.Encode, "w1", nothingToFetch: false, None)).Claim.ShouldNotBeNull();

    private async Task SweepAsync()
    {
        foreach (var job in await store.GetDueAsync(clock.GetUtcNow(), 100, None))
            await lifecycle.CheckAsync(job, None);
    }

    /// <summary>A clock of which time can be cut out without its timers noticing.</summary>
    private sealed class SleepyClock : TimeProvider
    {
        private readonly FakeClock inner = new();
        private TimeSpan missedByWall;
        private TimeSpan missedBySteady;

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + missedByWall;

        public override long GetTimestamp() => inner.GetTimestamp() + missedBySteady.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            inner.CreateTimer(callback, state, dueTime, period);

        public void Advance(TimeSpan by) => inner.Advance(by);

        /// <param name="time">How much time nobody saw.</param>
        /// <param name="isFrozen">The machine went on without us; otherwise it slept, or its clock was set.</param>
        public void Miss(TimeSpan time, bool isFrozen)
        {
            missedByWall += time;
            missedBySteady += isFrozen ? time : TimeSpan.Zero;
        }
    }
}
