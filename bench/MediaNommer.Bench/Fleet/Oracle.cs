namespace MediaNommer.Bench.Fleet;

/// <summary>
/// What could be done if every job and its length were known beforehand: machines boot before they are needed, no job
/// waits unless the most machines are busy, jobs that end together share a machine, and a machine stays idle only where
/// that is cheaper than to boot another.
/// </summary>
internal sealed class Oracle(int maxMachines)
{
    private const double Boot = 75;

    /// <summary>Plays the jobs.</summary>
    public FleetResult Run(IReadOnlyList<SimulatedJob> jobs)
    {
        var machines = new List<SimulatedMachine>();
        // Of jobs that come together the longest first.
        foreach (var job in jobs.OrderBy(job => job.Arrival).ThenByDescending(job => job.Seconds))
        {
            job.Start = StartOf(job, machines);
            Place(job, machines);
        }

        foreach (var machine in machines)
            machine.LeftAt = machine.Running.Max(job => job.End);
        return new FleetResult(jobs, machines);
    }

    // At once, or when the first slot is free.
    private double StartOf(SimulatedJob job, List<SimulatedMachine> machines)
    {
        var ends = machines.SelectMany(machine => machine.Running).Select(running => running.End)
            .Where(end => end > job.Arrival).OrderDescending().ToList();
        var slots = maxMachines * SimulatedMachine.Slots;
        return ends.Count < slots ? job.Arrival : ends[slots - 1];
    }

    private static void Place(SimulatedJob job, List<SimulatedMachine> machines)
    {
        var free = machines.Where(machine => BusyAt(machine, job.Start) < SimulatedMachine.Slots).ToList();
        // Where it makes the machine stay longest beyond what it would anyway, it costs most.
        var best = free.Where(machine => EndOf(machine) + Boot > job.Start)
            .OrderBy(machine => Math.Max(0, job.End - Math.Max(EndOf(machine), 0)))
            .ThenBy(EndOf).FirstOrDefault();
        if (best is null || (EndOf(best) <= job.Start && job.Start - EndOf(best) > Boot))
        {
            best = new SimulatedMachine(job.Start - Boot, job.Start);
            machines.Add(best);
        }

        best.Running.Add(job);
    }

    private static int BusyAt(SimulatedMachine machine, double now) => machine.Running.Count(job => job.End > now);

    private static double EndOf(SimulatedMachine machine) => machine.Running.Max(job => job.End);
}
