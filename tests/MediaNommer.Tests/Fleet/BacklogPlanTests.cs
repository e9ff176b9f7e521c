using FsCheck;
using FsCheck.Fluent;
using MediaNommer.Core.Fleet;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Fleet;

public class BacklogPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    // 240 s to be done, of which a new machine starts for 75: 165 s in each of its two slots.
    private static readonly BacklogLimits Limits = new() { MaxWorkers = 20, TargetSeconds = 240 };

    [Theory]
    [InlineData(0, 0, 0)] // nothing to do
    [InlineData(1, 0, 1)] // somebody must do it
    [InlineData(2, 0, 1)]
    [InlineData(3, 0, 2)] // 360 s of work, 330 s of a machine
    [InlineData(40, 0, 15)] // 4800 / 330
    [InlineData(1000, 0, 20)] // the maximum
    [InlineData(2, 1, 0)] // an idle worker takes two
    [InlineData(4, 1, 0)] // and twice, within the target
    [InlineData(5, 1, 1)]
    [InlineData(40, 20, 0)]
    [InlineData(40, 25, 0)] // more than the maximum, after it was lowered
    public void Launches_as_many_as_work_it_off_in_time(int waiting, int idleWorkers, int launched) =>
        Decide(Load(waiting) with { Workers = idleWorkers }).Launch.ShouldBe(launched);

    [Fact]
    public void Machines_that_still_start_count_with_what_is_left_of_their_start()
    {
        var load = Load(15) with { Starting = Launched(3, secondsAgo: 0) };
        Decide(load).Launch.ShouldBe(3); // 1800 s less 3 × 330
        Decide(load with { Starting = Launched(3, secondsAgo: 75) }).Launch.ShouldBe(2); // less 3 × 480
        Decide(load with { Starting = Launched(3, secondsAgo: 200) }).Launch.ShouldBe(2); // late, and any moment now
    }

    [Fact]
    public void Running_jobs_leave_the_rest_of_their_slots_time()
    {
        var load = Load(4) with { Workers = 1, RunningSecondsLeft = [20, 120] };
        Decide(load).Launch.ShouldBe(1); // 480 s, and 220 + 120 are left
        Decide(load with { WaitingJobs = 2 }).Launch.ShouldBe(0);
        Decide(load with { RunningSecondsLeft = [5000, 5000], WaitingJobs = 1 }).Launch.ShouldBe(1);
    }

    [Fact]
    public void A_job_that_takes_longer_than_the_target_gets_a_slot_of_its_own_and_no_more()
    {
        var films = Load(3) with { SecondsPerJob = 7200 };
        Decide(films).Launch.ShouldBe(2);
        Decide(films with { Starting = Launched(2, secondsAgo: 10) }).Launch.ShouldBe(0);
    }

    [Fact]
    public void Workers_that_cost_nothing_are_launched_for_every_job()
    {
        var load = Load(5) with { PricePerHour = 0, StartSeconds = 2, SecondsPerJob = 1 };
        Decide(load).ShouldBe(new FleetDecision(3, "5 jobs wait, about 1 s each; launching 3 to give every job a slot."));
        Decide(load, Limits with { MaxWorkers = 2 }).Launch.ShouldBe(2);
    }

    [Fact]
    public void The_same_jobs_lead_to_no_second_launch_even_if_the_first_does_not_show_yet()
    {
        var load = Load(40) with { LastLaunch = new LastLaunch(Now.AddSeconds(-5), 15, 40) };
        var decision = Decide(load);
        decision.Launch.ShouldBe(0);
        decision.Reason.ShouldContain("15 were launched 5 s ago for the same jobs");

        Decide(load with { WaitingJobs = 41 }).Launch.ShouldBeGreaterThan(0);
        Decide(load with { LastLaunch = new LastLaunch(Now.AddSeconds(-60), 15, 40) }).Launch.ShouldBe(15);
    }

    [Fact]
    public void Warm_workers_are_kept_without_any_job()
    {
        var decision = Decide(Load(0) with { Workers = 1 }, Limits with { WarmWorkers = 3 });
        decision.Launch.ShouldBe(2);
        decision.Reason.ShouldBe("No job waits; launching 2 to keep 3 warm.");
        Decide(Load(0) with { Workers = 3 }, Limits with { WarmWorkers = 3 }).Launch.ShouldBe(0);
        Decide(Load(40), Limits with { WarmWorkers = 3 }).Launch.ShouldBe(15);
    }

    [Fact]
    public void Spending_per_hour_is_limited()
    {
        var load = Load(40) with { PricePerHour = 0.1, SpendPerHour = 0.25, Starting = Launched(2, secondsAgo: 75) };
        var decision = Decide(load, Limits with { MaxSpendPerHour = 0.5 });
        decision.Launch.ShouldBe(2);
        decision.Reason.ShouldContain("at most $0.5 an hour");
    }

    [Fact]
    public void Spending_per_day_is_limited_and_then_workers_leave()
    {
        var limits = Limits with { MaxSpendPerDay = 1 };
        // 195 s for one round of a machine are 0.0054 dollars.
        Decide(Load(40) with { PricePerHour = 0.1, SpentToday = 0.98 }, limits).Launch.ShouldBe(3);

        var spent = Decide(Load(40) with { PricePerHour = 0.1, SpentToday = 0.9, Workers = 2, Machines = 1, RunningSecondsLeft = [10, 3600, 10] }, limits);
        (spent.Launch, spent.Drain).ShouldBe((0, true));
        spent.Reason.ShouldContain("$0.90 of today's $1");
        spent.Reason.ShouldContain("midnight UTC");
        Decide(Load(40) with { PricePerHour = 0.1, SpentToday = 1 }, limits).Drain.ShouldBeFalse("there is nobody to leave");
    }

    [Fact]
    public void What_running_jobs_still_cost_is_counted_by_the_machine_and_not_by_the_job()
    {
        var limits = Limits with { MaxSpendPerDay = 10, JobsPerWorker = 8 };
        var full = Load(40) with
        {
            PricePerHour = 0.4, SpentToday = 1, Workers = 12, Machines = 12, RunningSecondsLeft = [.. Enumerable.Repeat(3600.0, 96)],
        };

        Decide(full, limits).Drain.ShouldBeFalse("twelve machines for an hour are $4.80");
        Decide(full with { SpentToday = 5.3 }, limits).Drain.ShouldBeTrue();
        // Draining machines run on, too.
        Decide(full with { SpentToday = 5.3, Workers = 1 }, limits).Drain.ShouldBeTrue();
    }

    [Fact]
    public void A_limit_that_cannot_be_kept_because_the_price_is_not_known_launches_nothing()
    {
        var load = Load(40) with { PricePerHour = null };
        var decision = Decide(load, Limits with { MaxSpendPerDay = 1 });
        decision.Launch.ShouldBe(0);
        decision.Reason.ShouldContain("Scaling:PricePerHour");
        Decide(load).Launch.ShouldBe(15);
    }

    [Fact]
    public void Launches_nothing_when_that_is_switched_off() =>
        Decide(Load(40), Limits with { AllowLaunches = false }).Launch.ShouldBe(0);

    [Fact]
    public void The_reason_holds_the_figures()
    {
        Decide(Load(40)).Reason.ShouldBe("40 jobs wait, about 120 s each; launching 15 to be done within 4 min.");
        Decide(Load(40) with { Workers = 2, RunningSecondsLeft = [60, 60, 60, 60] }, Limits with { MaxWorkers = 5 }).Reason.ShouldBe(
            "40 jobs wait, about 120 s each, 21 min of work for 2 workers; launching 3 of the 13 that it takes to be done within 4 min: at most 5 are allowed.");
        Decide(Load(2) with { Workers = 1 }).Reason.ShouldBe(
            "2 jobs wait, about 120 s each, 2 min of work for 1 worker; those are enough for 4 min.");
    }

    [Fact]
    public void Whatever_the_load_no_limit_is_passed_and_nothing_is_launched_for_nothing() => Prop.ForAll(
        Loads(), load =>
        {
            var limits = Limits with { MaxSpendPerHour = 1.5, MaxSpendPerDay = 6, MaxWorkers = 17 };
            var decision = BacklogPlan.Decide(load, limits, Now);
            var price = load.PricePerHour ?? 0;
            var round = Math.Max(60, load.StartSeconds + load.SecondsPerJob) * price / 3600;
            return decision.Launch >= 0 && decision.Reason.EndsWith('.') && (decision.Launch == 0
                || (load.WaitingJobs > 0 && load.PricePerHour is not null
                    && load.AllWorkers + decision.Launch <= 17
                    && (price == 0 || (load.SpendPerHour + (decision.Launch * price) <= 1.5 + 1e-6
                        && load.SpentToday + (decision.Launch * round) <= 6 + 1e-6))));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void More_work_never_leads_to_fewer_machines_nor_more_machines_to_more_launches() => Prop.ForAll(
        Loads(), load =>
        {
            var launch = BacklogPlan.Decide(load, Limits, Now).Launch;
            return BacklogPlan.Decide(load with { WaitingJobs = load.WaitingJobs + 3 }, Limits, Now).Launch >= launch
                && BacklogPlan.Decide(load with { SecondsPerJob = load.SecondsPerJob * 1.5 }, Limits, Now).Launch >= launch
                && BacklogPlan.Decide(load with { Workers = load.Workers + 1 }, Limits, Now).Launch <= launch;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Jobs_without_any_worker_always_get_one() => Prop.ForAll(
        Loads(), load =>
        {
            var alone = load with { WaitingJobs = load.WaitingJobs + 1, Workers = 0, Starting = [], RunningSecondsLeft = [], LastLaunch = null };
            return BacklogPlan.Decide(alone, Limits, Now).Launch > 0;
        }).QuickCheckThrowOnFailure();

    private static Arbitrary<BacklogWorkload> Loads() => (
        from waiting in Gen.Choose(0, 300)
        from left in Gen.ArrayOf(Gen.Choose(0, 2000))
        from perJob in Gen.Choose(1, 3000)
        from workers in Gen.Choose(0, 20)
        from starting in Gen.ArrayOf(Gen.Choose(0, 300))
        from start in Gen.Choose(1, 200)
        from price in Gen.Elements<double?>(null, 0, 0.1, 0.7)
        from perHour in Gen.Choose(0, 300)
        from today in Gen.Choose(0, 700)
        from lastAge in Gen.Choose(0, 60)
        select new BacklogWorkload
        {
            WaitingJobs = waiting,
            RunningSecondsLeft = [.. left.Select(seconds => (double)seconds)],
            SecondsPerJob = perJob,
            Workers = workers,
            Starting = [.. starting.Select(seconds => TimeSpan.FromSeconds(seconds))],
            StartSeconds = start,
            PricePerHour = price,
            SpendPerHour = perHour / 100.0,
            SpentToday = today / 100.0,
            LastLaunch = lastAge == 0 ? null : new LastLaunch(Now.AddSeconds(-lastAge), 1, 100),
        }).ToArbitrary();

    private static BacklogWorkload Load(int waiting) =>
        new() { WaitingJobs = waiting, SecondsPerJob = 120, StartSeconds = 75, PricePerHour = 0.1 };

    private static TimeSpan[] Launched(int count, double secondsAgo) => [.. Enumerable.Repeat(TimeSpan.FromSeconds(secondsAgo), count)];

    private static FleetDecision Decide(BacklogWorkload load, BacklogLimits? limits = null) =>
        BacklogPlan.Decide(load, limits ?? Limits, Now);
}
