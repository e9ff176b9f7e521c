using MediaNommer.Core.Fleet;

namespace MediaNommer.Bench.Fleet;

/// <summary>A rule for the size of the fleet, played in a simulation.</summary>
internal interface ISimulatedPolicy
{
    /// <summary>When idle machines leave: idle seconds, and how many of those longest at work stay then.</summary>
    IReadOnlyList<(double Idle, int Staying)> Leaving { get; }

    /// <summary>What feederd would decide now.</summary>
    FleetDecision Decide(FleetSimulation simulation);

    void Learn(SimulatedJob job);

    void LearnStart(SimulatedMachine machine);
}

/// <summary>The original's rule with its settings.</summary>
internal sealed class ClassicPolicy(int maxWorkers) : ISimulatedPolicy
{
    public IReadOnlyList<(double Idle, int Staying)> Leaving => [(600, 0)];

    public FleetDecision Decide(FleetSimulation simulation) => FleetCap.Apply(
        FleetPlan.Decide(
            new FleetWorkload
            {
                UnfinishedJobs = simulation.Unfinished, Workers = simulation.Present.Count(machine => !machine.IsDraining),
            },
            new FleetLimits { MaxWorkers = maxWorkers, JobsPerWorker = SimulatedMachine.Slots }),
        simulation.Present.Count(), maxWorkers);

    public void Learn(SimulatedJob job)
    {
    }

    public void LearnStart(SimulatedMachine machine)
    {
    }
}

/// <summary>The real <see cref="BacklogPlan"/>, fed as feederd feeds it.</summary>
internal sealed class BacklogPolicy : ISimulatedPolicy
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan ExpectedStart = TimeSpan.FromSeconds(75);

    private readonly FleetExperience experience = new();
    private readonly double price = MachinePrices.PerHour("c7a.large", 0)!.Value;
    private LastLaunch? lastLaunch;

    /// <param name="experienced">False: as on its first day, with nothing but guesses.</param>
    public BacklogPolicy(bool experienced = true)
    {
        var random = new Random(7);
        for (var i = 0; experienced && i < 20; i++)
        {
            var seconds = Workload.SecondsOfJob(random);
            experience.LearnJob("c7a.large", seconds, seconds);
        }
    }

    public BacklogLimits Limits { get; init; } = new() { JobsPerWorker = SimulatedMachine.Slots };

    /// <summary>Idle seconds after which a machine leaves that is not the last one.</summary>
    public double SurplusIdle { get; init; } = 15;

    /// <summary>Idle seconds after which the last machine leaves.</summary>
    public double Idle { get; init; } = 120;

    public IReadOnlyList<(double Idle, int Staying)> Leaving =>
        [(SurplusIdle, Math.Max(1, Limits.WarmWorkers)), (Idle, Limits.WarmWorkers)];

    public FleetDecision Decide(FleetSimulation simulation)
    {
        var present = simulation.Present.ToList();
        var load = new BacklogWorkload
        {
            WaitingJobs = simulation.Waiting,
            RunningSecondsLeft = [.. present.SelectMany(machine => machine.Running).Select(job => job.SecondsLeftAt(simulation.Now))],
            SecondsPerJob = experience.SecondsPerJob("c7a.large"),
            Workers = present.Count(machine => machine.ReadyAt <= simulation.Now && !machine.IsDraining),
            Machines = present.Count(machine => machine.ReadyAt <= simulation.Now),
            Starting = [.. present.Where(machine => machine.ReadyAt > simulation.Now)
                .Select(machine => TimeSpan.FromSeconds(simulation.Now - machine.LaunchedAt))],
            StartSeconds = experience.StartSeconds(ExpectedStart),
            PricePerHour = price,
            SpendPerHour = present.Count * price,
            SpentToday = simulation.Machines.Sum(machine => machine.BilledAt(simulation.Now)) * price / 3600,
            LastLaunch = lastLaunch,
        };
        var now = Begin.AddSeconds(simulation.Now);
        var decision = FleetCap.Apply(BacklogPlan.Decide(load, Limits, now), present.Count, Limits.MaxWorkers);
        if (decision.Launch > 0)
            lastLaunch = new LastLaunch(now, decision.Launch, load.UnfinishedJobs);
        return decision;
    }

    public void Learn(SimulatedJob job) => experience.LearnJob("c7a.large", job.Seconds, job.Seconds);

    public void LearnStart(SimulatedMachine machine) =>
        experience.LearnStart(TimeSpan.FromSeconds(machine.ReadyAt - machine.LaunchedAt));
}
