using FsCheck;
using FsCheck.Fluent;
using MediaNommer.Core.Fleet;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Fleet;

public class FleetPlanTests
{
    // The original's rule with its defaults: 2 jobs per worker, 2 jobs of overflow, at most 3 workers.
    [Theory]
    [InlineData(0, 0, 0)] // nothing to do
    [InlineData(1, 0, 1)] // no capacity at all: the first job brings a worker
    [InlineData(2, 0, 1)]
    [InlineData(3, 0, 1)] // 3 / 2, rounded down as the original did
    [InlineData(4, 0, 2)]
    [InlineData(6, 0, 3)]
    [InlineData(100, 0, 3)] // never above the maximum
    [InlineData(1, 1, 0)]
    [InlineData(3, 1, 0)] // 3 < 2 + 2
    [InlineData(4, 1, 0)] // 4 = 2 + 2: the overflow may be that large
    [InlineData(5, 1, 1)] // (5 - 2 - 2) / 2 is none, but at least one
    [InlineData(6, 1, 1)] // (6 - 2 - 2) / 2
    [InlineData(8, 1, 2)]
    [InlineData(100, 1, 2)] // the original forgot the one that runs
    [InlineData(5, 2, 0)]
    [InlineData(6, 2, 0)]
    [InlineData(7, 2, 1)]
    [InlineData(100, 2, 1)]
    [InlineData(100, 3, 0)]
    [InlineData(100, 4, 0)] // more than the maximum, after it was lowered
    public void Launches_by_the_rule_of_the_original(int unfinished, int workers, int launched)
    {
        var decision = FleetPlan.Decide(Load(unfinished, workers), new FleetLimits());

        decision.Launch.ShouldBe(launched);
        decision.Reason.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(1, 0, 1, 1, 0, 1)] // one job per worker, no overflow
    [InlineData(2, 1, 1, 1, 0, 0)] // the maximum of 1 is reached
    [InlineData(2, 1, 5, 1, 0, 1)]
    [InlineData(9, 1, 5, 4, 0, 1)] // (9 - 4) / 4
    [InlineData(13, 1, 5, 4, 3, 1)] // (13 - 4 - 3) / 4
    [InlineData(6, 1, 5, 4, 3, 0)] // 6 < 4 + 3
    [InlineData(5, 0, 0, 2, 2, 0)] // a maximum of none
    public void Follows_its_settings(int unfinished, int workers, int max, int jobsPerWorker, int overflow, int launched) =>
        FleetPlan.Decide(
            Load(unfinished, workers),
            new FleetLimits { MaxWorkers = max, JobsPerWorker = jobsPerWorker, OverflowThreshold = overflow })
            .Launch.ShouldBe(launched);

    [Fact]
    public void Launches_nothing_when_that_is_switched_off()
    {
        var decision = FleetPlan.Decide(Load(100, 0), new FleetLimits { AllowLaunches = false });

        decision.Launch.ShouldBe(0);
        decision.Reason.ShouldContain("switched off");
    }

    [Fact]
    public void Never_launches_below_zero_or_above_the_maximum_or_for_nothing() => Prop.ForAll(
        ArbMap.Default.ArbFor<(byte Jobs, byte Workers, byte Max, byte PerWorker, byte Overflow)>(),
        tuple =>
        {
            var (jobs, workers, max, perWorker, overflow) = tuple;
            var launch = FleetPlan.Decide(
                Load(jobs, workers),
                new FleetLimits { MaxWorkers = max, JobsPerWorker = Math.Max(1, (int)perWorker), OverflowThreshold = overflow })
                .Launch;
            // A workload without workers is never left alone.
            var isServed = workers > 0 || jobs == 0 || max == 0 || launch > 0;
            return launch >= 0 && (launch == 0 || (workers + launch <= max && jobs > 0)) && isServed;
        }).QuickCheckThrowOnFailure();

    private static FleetWorkload Load(int unfinished, int workers) =>
        new() { UnfinishedJobs = unfinished, Workers = workers };
}
