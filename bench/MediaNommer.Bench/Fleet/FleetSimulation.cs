namespace MediaNommer.Bench.Fleet;

/// <summary>
/// Plays jobs through a policy as feederd and its workers would: machines boot for 60 to 90 s, pull waiting jobs, leave
/// when they were idle for long enough; feederd looks when jobs come, every 5 s while jobs wait, else every minute.
/// </summary>
internal sealed class FleetSimulation(IReadOnlyList<SimulatedJob> jobs, ISimulatedPolicy policy, int seed)
{
    private const double ShortestPause = 0.25;
    private const double PauseWhileJobsWait = 5;
    private const double LongestPause = 60;

    private readonly Random random = new(seed ^ 0x5eed);
    private readonly PriorityQueue<Action, (double At, int Order)> events = new();
    private readonly Queue<SimulatedJob> waiting = new();
    private readonly List<SimulatedMachine> machines = [];
    private int order;
    private int unfinished;
    private int arrived;
    private double now;
    private double lastLook = double.NegativeInfinity;
    private double nextLook = double.PositiveInfinity;

    /// <summary>All machines that there ever were.</summary>
    public IReadOnlyList<SimulatedMachine> Machines => machines;

    /// <summary>Machines that run or start.</summary>
    public IEnumerable<SimulatedMachine> Present => machines.Where(machine => machine.LeftAt is null);

    public double Now => now;

    public int Waiting => waiting.Count;

    public int Unfinished => unfinished;

    /// <summary>Plays everything, to the moment when the last machine has left, but not for longer than that.</summary>
    public FleetResult Run(double until = double.PositiveInfinity)
    {
        foreach (var job in jobs)
            At(job.Arrival, () => Arrive(job));
        Look();
        var end = jobs[^1].Arrival;
        while (events.TryDequeue(out var happens, out var when) && when.At < until)
        {
            now = when.At;
            if (arrived == jobs.Count && unfinished == 0)
            {
                end = jobs.Max(job => job.End);
                if (Present.Count() <= policy.Leaving[^1].Staying)
                    break;
            }

            happens();
        }

        // Warm machines would stay for ever; they are billed to the end of the work.
        foreach (var machine in Present)
            machine.LeftAt = Math.Max(end, now);
        return new FleetResult(jobs, machines);
    }

    private void Arrive(SimulatedJob job)
    {
        (arrived, unfinished) = (arrived + 1, unfinished + 1);
        waiting.Enqueue(job);
        HandOut();
        LookAt(Math.Max(now, lastLook + ShortestPause));
    }

    private void HandOut()
    {
        while (waiting.Count > 0)
        {
            var free = machines.Where(machine => machine.HasRoomAt(now)).ToList();
            if (free.Count == 0)
                return;
            var machine = free[random.Next(free.Count)];
            var job = waiting.Dequeue();
            job.Start = now;
            machine.Running.Add(job);
            At(job.End, () => Finish(machine, job));
        }
    }

    private void Finish(SimulatedMachine machine, SimulatedJob job)
    {
        machine.Running.Remove(job);
        unfinished--;
        policy.Learn(job);
        HandOut();
        if (machine is { Running.Count: 0, IsDraining: true })
            machine.LeftAt = now;
        else if (machine.Running.Count == 0)
            BecomeIdle(machine);
    }

    private void BecomeIdle(SimulatedMachine machine)
    {
        var since = machine.IdleSince = now;
        foreach (var (idle, staying) in policy.Leaving)
        {
            At(now + idle, () =>
            {
                if (machine is { LeftAt: null, Running.Count: 0 } && machine.IdleSince == since && !IsAmongOldest(machine, staying))
                    machine.LeftAt = now;
            });
        }
    }

    private bool IsAmongOldest(SimulatedMachine machine, int count) => Present
        .Where(one => one.ReadyAt <= now).OrderBy(one => one.ReadyAt).Take(count).Contains(machine);

    private void Launch()
    {
        var machine = new SimulatedMachine(now, now + 60 + (30 * random.NextDouble()));
        machines.Add(machine);
        At(machine.ReadyAt, () =>
        {
            policy.LearnStart(machine);
            HandOut();
            if (machine.Running.Count == 0)
                BecomeIdle(machine);
        });
    }

    private void Look()
    {
        (lastLook, nextLook) = (now, double.PositiveInfinity);
        var decision = policy.Decide(this);
        for (var count = decision.Launch; count > 0; count--)
            Launch();
        if (decision.Drain)
            Drain();
        if (arrived < jobs.Count || unfinished > 0)
            LookAt(now + (waiting.Count > 0 ? PauseWhileJobsWait : LongestPause));
    }

    private void Drain()
    {
        foreach (var machine in Present.Where(machine => machine.ReadyAt <= now).ToList())
        {
            machine.IsDraining = true;
            if (machine.Running.Count == 0)
                machine.LeftAt = now;
        }
    }

    private void LookAt(double when)
    {
        if (when >= nextLook)
            return;
        nextLook = when;
        At(when, () =>
        {
            if (nextLook == when)
                Look();
        });
    }

    private void At(double when, Action happens) => events.Enqueue(happens, (when, order++));
}
