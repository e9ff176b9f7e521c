using System.Xml.Linq;
using MediaNommer.Bench.Fleet;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Fleet;

/// <summary>Holds what bench/RESULTS.md says of the policies of scaling, on fewer seeds.</summary>
public class FleetSimulationTests
{
    private const int Seeds = 15;

    [Theory]
    [InlineData("burst40", true)]
    [InlineData("bursts", true)]
    [InlineData("burst200", true)]
    [InlineData("day", true)]
    // Jobs that come one by one at random tell nothing of the next: not to wait means to pay for idle machines.
    [InlineData("trickle", false)]
    public void Backlog_waits_a_third_of_classic_for_no_more_money_and_little_more_than_the_oracle(string key, bool waitsLess)
    {
        var workload = Find(key);
        var backlog = Medians(workload, new BacklogLimits());
        var classic = FleetBench.MediansOf(workload, (jobs, seed) => new FleetSimulation(jobs, new ClassicPolicy(3), seed).Run(), Seeds);
        var oracle = FleetBench.MediansOf(workload, (jobs, _) => new Oracle(20).Run(jobs), Seeds);

        backlog.Cost.ShouldBeLessThanOrEqualTo(classic.Cost);
        backlog.Cost.ShouldBeLessThanOrEqualTo(1.10 * oracle.Cost);
        if (waitsLess)
            backlog.Wait.ShouldBeLessThanOrEqualTo(classic.Wait / 3);
    }

    [Fact]
    public void A_warm_machine_takes_most_of_the_wait_from_a_trickle()
    {
        var cold = Medians(Find("trickle"), new BacklogLimits());
        var warm = Medians(Find("trickle"), new BacklogLimits { WarmWorkers = 1 });
        warm.Wait.ShouldBeLessThan(cold.Wait / 2);
        warm.Cost.ShouldBeGreaterThan(cold.Cost);
    }

    [Theory]
    [InlineData("burst200", 0.5, 0)]
    [InlineData("day", 0.7, 0)]
    [InlineData("burst200", 0, 0.1)]
    [InlineData("burst200", 0, 0.3)]
    [InlineData("day", 0, 1)]
    public void Limits_on_spending_hold(string key, double perHour, double perDay)
    {
        var limits = new BacklogLimits { MaxSpendPerHour = perHour, MaxSpendPerDay = perDay };
        var result = new FleetSimulation(Find(key).Play(1), new BacklogPolicy { Limits = limits }, 1).Run(until: 12 * 3600);
        var price = MachinePrices.PerHour("c7a.large", 0)!.Value;

        var moments = result.Machines.Select(machine => machine.LaunchedAt);
        var most = moments.Max(now => result.Machines.Count(machine => machine.LaunchedAt <= now && machine.LeftAt > now));
        if (perHour > 0)
            (most * price).ShouldBeLessThanOrEqualTo(perHour);
        else
            (result.Cost * price / 3600).ShouldBeInRange(perDay * 0.7, perDay);
    }

    [Fact]
    public void The_same_seed_plays_the_same_and_every_job_runs_once()
    {
        var workload = Find("day");
        var (first, second) = (Play(workload), Play(workload));

        (second.Cost, second.MeanWait, second.Makespan).ShouldBe((first.Cost, first.MeanWait, first.Makespan));
        first.Jobs.ShouldAllBe(job => job.Start >= job.Arrival && job.Start > 0);
        first.Cost.ShouldBeGreaterThan(first.Jobs.Sum(job => job.Seconds) / SimulatedMachine.Slots);
        first.Machines.ShouldAllBe(machine => machine.LeftAt > machine.LaunchedAt);

        static FleetResult Play(Workload workload) => new FleetSimulation(workload.Play(3), new BacklogPolicy(), 3).Run();
    }

    [Fact]
    public void The_simulation_runs_with_the_defaults_of_the_settings()
    {
        var options = SettingsLoader.Load(
            null, [new("Scaling:Policy", "Backlog"), new("Backend", "Aws"), new("DataDir", Path.GetTempPath())],
            new Dictionary<string, string>());
        var (limits, policy) = (new BacklogLimits(), new BacklogPolicy());

        (limits.MaxWorkers, limits.TargetSeconds, limits.WarmWorkers).ShouldBe(
            (options.Scaling.MaxNumEc2Instances, options.Scaling.TargetMinutes * 60, options.Scaling.WarmInstances));
        SimulatedMachine.Slots.ShouldBe(options.Scaling.MaxEncodingJobsPerEc2Instance);
        (policy.SurplusIdle, policy.Idle).ShouldBe((options.Nommerd.SurplusInactivity, options.Nommerd.MaxInactivity));
        new ClassicPolicy(3).Leaving.ShouldBe([(new NommerOptions().Nommerd.MaxInactivity, 0)]);
    }

    [Fact]
    public void A_drawing_is_well_formed_and_has_a_legend()
    {
        var chart = new SvgChart("Title & more", [0, 60, 120]);
        chart.Add("panel", [new("one", "#f00", [0, 2, 1]), new("two", "#0f0", [0, 0, 0])]);

        var texts = XDocument.Parse(chart.ToString()).Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value).ToList();

        texts.ShouldContain("Title & more");
        texts.ShouldContain("one");
        texts.ShouldContain("2 min");
    }

    private static Workload Find(string key) => Workload.All.Single(workload => workload.Key == key);

    private static FleetMedians Medians(Workload workload, BacklogLimits limits) => FleetBench.MediansOf(
        workload, (jobs, seed) => new FleetSimulation(jobs, new BacklogPolicy { Limits = limits }, seed).Run(), Seeds);
}
