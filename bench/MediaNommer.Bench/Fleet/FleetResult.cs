namespace MediaNommer.Bench.Fleet;

/// <summary>How a workload went.</summary>
internal sealed record FleetResult(IReadOnlyList<SimulatedJob> Jobs, IReadOnlyList<SimulatedMachine> Machines)
{
    /// <summary>Seconds from the first arrival to the end of the last job.</summary>
    public double Makespan => Jobs.Max(job => job.End) - Jobs[0].Arrival;

    /// <summary>Seconds of machines that are billed.</summary>
    public double Cost => Machines.Sum(machine => machine.BilledAt(double.PositiveInfinity));

    /// <summary>Seconds that a job waits on average until a machine takes it.</summary>
    public double MeanWait => Jobs.Average(job => job.Start - job.Arrival);
}
