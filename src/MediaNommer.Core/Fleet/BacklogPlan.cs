using static System.FormattableString;

namespace MediaNommer.Core.Fleet;

/// <summary>
/// The rule for a fleet that is billed by the second: so many workers that the backlog is worked off within a target
/// time, and no more than may be spent. A pure function.
/// </summary>
public static class BacklogPlan
{
    /// <summary>Seconds for which a machine is billed at least.</summary>
    public const double LeastBilledSeconds = 60;

    // Seconds: what may end before the next look.
    private const double AboutToEnd = 10;

    // What a launch leads to may not show at once where the cloud's lists lag behind.
    private static readonly TimeSpan SameEvidence = TimeSpan.FromSeconds(15);

    /// <summary>Decides how many workers to launch now, and whether all have to leave.</summary>
    public static FleetDecision Decide(BacklogWorkload load, BacklogLimits limits, DateTimeOffset now)
    {
        if (!limits.AllowLaunches)
            return new(0, "Launches are switched off by the settings.");
        if (limits.LimitsSpending && load.PricePerHour is null)
            return new(0, "What a machine costs is not known, so the limits on spending cannot be kept: set Scaling:PricePerHour.");
        if (IsMoneySpent(load, limits))
            return new(0, MoneyIsSpent(load, limits)) { Drain = load.Workers > 0 };

        var warm = limits.WarmWorkers - load.AllWorkers;
        var wanted = Math.Max(warm, WorkersFor(load, limits));
        if (wanted <= 0)
            return new(0, WhyNone(load, limits));
        if (load.LastLaunch is { } last && now - last.At < SameEvidence && load.UnfinishedJobs <= last.UnfinishedJobs && warm <= 0)
            return new(0, Invariant($"{Standing(load, limits)}; {last.Workers} were launched {(now - last.At).TotalSeconds:0} s ago for the same jobs."));

        var (room, why) = RoomFor(load, limits);
        if (room <= 0)
            return new(0, $"{Standing(load, limits)}; {Text(wanted)} more would be launched, but {why}.");
        var purpose = wanted == warm ? $"to keep {limits.WarmWorkers} warm"
            : load.PricePerHour == 0 ? "to give every job a slot"
            : Invariant($"to be done within {limits.TargetSeconds / 60:0.#} min");
        return room < wanted
            ? new(room, $"{Standing(load, limits)}; launching {room} of the {wanted} that it takes {purpose}: {why}.")
            : new(wanted, $"{Standing(load, limits)}; launching {wanted} {purpose}.");
    }

    /// <summary>How many more workers it takes to reach the target, whatever is allowed.</summary>
    private static int WorkersFor(BacklogWorkload load, BacklogLimits limits)
    {
        // Running jobs have their slot already; so have those that an idle or a starting worker will take.
        var slots = limits.JobsPerWorker;
        var withoutSlot = load.WaitingJobs - load.IdleSlots(limits) - (load.Starting.Count * slots);
        if (withoutSlot <= 0)
            return 0;
        var most = Rounded((double)withoutSlot / slots);
        if (load.PricePerHour == 0)
            return most;

        var missing = (load.WaitingJobs * load.SecondsPerJob) - SpareSeconds(load, limits);
        var each = slots * UsableSeconds(limits.TargetSeconds - load.StartSeconds, load);
        return missing <= 0 ? 0 : Math.Min(most, Rounded(missing / each));
    }

    /// <summary>Slot-seconds that the workers which run or start have left for waiting jobs until the target.</summary>
    private static double SpareSeconds(BacklogWorkload load, BacklogLimits limits) =>
        load.RunningSecondsLeft.Sum(left => Math.Max(0, limits.TargetSeconds - left))
        + (load.IdleSlots(limits) * UsableSeconds(limits.TargetSeconds, load))
        + load.Starting.Sum(age => limits.JobsPerWorker
            * UsableSeconds(limits.TargetSeconds - Math.Max(0, load.StartSeconds - age.TotalSeconds), load));

    // However late it is, a free slot takes one job.
    private static double UsableSeconds(double seconds, BacklogWorkload load) => Math.Max(seconds, load.SecondsPerJob);

    private static (int Room, string Why) RoomFor(BacklogWorkload load, BacklogLimits limits)
    {
        var room = limits.MaxWorkers - load.AllWorkers;
        var why = $"at most {limits.MaxWorkers} are allowed";
        if (load.PricePerHour is not > 0)
            return (room, why);

        var price = load.PricePerHour.Value;
        if (limits.MaxSpendPerHour > 0 && Whole((limits.MaxSpendPerHour - load.SpendPerHour) / price) is var byHour && byHour < room)
            (room, why) = (byHour, Invariant($"each costs ${price:0.###} an hour, and at most ${limits.MaxSpendPerHour:0.##} an hour may be spent"));
        if (limits.MaxSpendPerDay > 0)
        {
            // Each must be good for a first job in every slot.
            var round = Math.Max(LeastBilledSeconds, load.StartSeconds + load.SecondsPerJob) * price / 3600;
            var left = limits.MaxSpendPerDay - load.SpentToday - Committed(load) - (load.Starting.Count * round);
            if (Whole(left / round) is var byDay && byDay < room)
                (room, why) = (byDay, Invariant($"${load.SpentToday:0.00} of today's ${limits.MaxSpendPerDay:0.##} are spent"));
        }

        return (room, why);
    }

    /// <summary>
    /// What it still costs at most to let running jobs end. A machine runs until its last one does; nobody knows which job
    /// is on which, and at worst the longest are each on one of their own. A job that is about to end makes room for a
    /// waiting one before anybody is asked to leave.
    /// </summary>
    private static double Committed(BacklogWorkload load)
    {
        var next = load.WaitingJobs > 0 ? load.SecondsPerJob : 0;
        var left = load.RunningSecondsLeft.Select(seconds => seconds > AboutToEnd ? seconds : Math.Max(seconds, next));
        return left.OrderDescending().Take(load.Machines).Sum() * (load.PricePerHour ?? 0) / 3600;
    }

    private static bool IsMoneySpent(BacklogWorkload load, BacklogLimits limits) =>
        limits.MaxSpendPerDay > 0 && load.SpentToday + Committed(load) >= limits.MaxSpendPerDay;

    private static string MoneyIsSpent(BacklogWorkload load, BacklogLimits limits) => Invariant(
        $"${load.SpentToday:0.00} of today's ${limits.MaxSpendPerDay:0.##} (Scaling:MaxSpendPerDay) are spent, and running jobs may take the rest: workers leave when theirs are done, and {load.WaitingJobs} waiting jobs stay until midnight UTC.");

    private static string WhyNone(BacklogWorkload load, BacklogLimits limits)
    {
        if (load.UnfinishedJobs == 0)
            return "No job is waiting or running.";
        return load.WaitingJobs == 0
            ? $"Every job runs: {load.UnfinishedJobs} on {Text(load.AllWorkers)}."
            : $"{Standing(load, limits)}; those are enough for {limits.TargetSeconds / 60:0.#} min.";
    }

    private static string Standing(BacklogWorkload load, BacklogLimits limits)
    {
        if (load.WaitingJobs == 0)
            return "No job waits";
        var minutes = load.AllWorkers == 0 ? "" : Invariant(
            $", {load.WorkSeconds / 60 / (load.AllWorkers * limits.JobsPerWorker):0.#} min of work for {Text(load.AllWorkers)}");
        var starting = load.Starting.Count == 0 ? "" : $" ({load.Starting.Count} still starting)";
        return Invariant($"{Waiting(load)}, about {load.SecondsPerJob:0.#} s each{minutes}{starting}");
    }

    private static string Waiting(BacklogWorkload load) =>
        load.WaitingJobs == 1 ? "1 job waits" : $"{load.WaitingJobs} jobs wait";

    private static string Text(int workers) => workers == 1 ? "1 worker" : $"{workers} workers";

    private static int Rounded(double workers) => (int)Math.Ceiling(Math.Min(workers, 1_000_000) - 1e-9);

    private static int Whole(double workers) => (int)Math.Floor(Math.Clamp(workers, 0, 1_000_000) + 1e-9);
}
