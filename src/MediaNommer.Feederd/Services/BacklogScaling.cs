using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>Gathers what <see cref="BacklogPlan"/> decides from, and learns how long jobs and starts take.</summary>
internal sealed class BacklogScaling(
    IFleet fleet, IJobStore store, Stillness stillness, FleetSpend spend, NommerOptions options, TimeProvider clock)
{
    private const int RunningJobsRead = 500;
    private const int FinishedJobsRead = 50;
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PauseBetweenLessons = TimeSpan.FromSeconds(30);

    private readonly FleetExperience experience = new();
    private readonly HashSet<string> startsLearned = [];
    private DateTimeOffset lessonAt = DateTimeOffset.MinValue;
    private DateTimeOffset learnedUntil = DateTimeOffset.MinValue;
    private LastLaunch? lastLaunch;

    /// <summary>Reads what the plan needs to know.</summary>
    public async Task<BacklogWorkload> MeasureAsync(
        IReadOnlyList<FleetMember> members, IReadOnlyList<Node> nodes, IReadOnlyDictionary<JobState, int> counts,
        CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        LearnStarts(members, nodes);
        if (now - lessonAt >= PauseBetweenLessons && !stillness.IsStill)
            await LearnJobsAsync(nodes, cancellation);
        var secondsPerJob = experience.SecondsPerJob(fleet.Machine.Type);
        var waiting = counts.GetValueOrDefault(JobState.Pending);
        return new BacklogWorkload
        {
            WaitingJobs = waiting,
            RunningSecondsLeft = await SecondsLeftAsync(counts.Values.Sum() - waiting, secondsPerJob, cancellation),
            SecondsPerJob = secondsPerJob,
            Workers = FleetHeadcount.Working(nodes, now, options.Nommerd.LeaseSeconds),
            Machines = members.Count(member => nodes.Any(node => FleetHeadcount.IsSame(member, node))),
            Starting = [.. FleetHeadcount.Starting(members, nodes, now).Select(member => now - member.LaunchedAt)],
            StartSeconds = experience.StartSeconds(fleet.Machine.ExpectedStart),
            PricePerHour = MachinePrices.DearestPerHour(fleet.Machine, options.Scaling.PricePerHour),
            SpendPerHour = spend.PerHour,
            SpentToday = spend.Today,
            LastLaunch = lastLaunch,
        };
    }

    /// <summary>Decides by the settings.</summary>
    public FleetDecision Decide(BacklogWorkload load) => BacklogPlan.Decide(
        load,
        new BacklogLimits
        {
            MaxWorkers = options.Scaling.MaxNumEc2Instances,
            JobsPerWorker = options.Scaling.MaxEncodingJobsPerEc2Instance,
            TargetSeconds = options.Scaling.TargetMinutes * 60,
            WarmWorkers = options.Scaling.WarmInstances,
            MaxSpendPerHour = options.Scaling.MaxSpendPerHour,
            MaxSpendPerDay = options.Scaling.MaxSpendPerDay,
            AllowLaunches = options.Feederd.AllowEc2Launches,
        },
        clock.GetUtcNow());

    /// <summary>Remembers a launch, so that the same jobs do not lead to a second.</summary>
    public void Launched(int workers, int unfinishedJobs) =>
        lastLaunch = new LastLaunch(clock.GetUtcNow(), workers, unfinishedJobs);

    /// <summary>Asks the fleet's workers to finish what they run and leave; one that reports meanwhile is asked at the next look.</summary>
    public async Task DrainAsync(
        IReadOnlyList<FleetMember> members, IReadOnlyList<Node> nodes, string reason, CancellationToken cancellation)
    {
        foreach (var node in nodes.Where(node => node.State == NodeState.Active
            && members.Any(member => FleetHeadcount.IsSame(member, node))))
        {
            var drained = node with { State = NodeState.Draining, Reason = reason, Version = node.Version + 1 };
            await store.TryPutNodeAsync(drained, node.Version, cancellation);
        }
    }

    private async Task<IReadOnlyList<double>> SecondsLeftAsync(int running, double secondsPerJob, CancellationToken cancellation)
    {
        if (running <= 0)
            return [];
        var jobs = await store.GetRunningAsync(RunningJobsRead, cancellation);
        var known = jobs.Select(job => job.CurrentStep.Progress)
            .Select(progress => progress.SecondsLeft ?? (secondsPerJob * (1 - progress.Fraction)));
        // Those that were not read are half done on average.
        return [.. known, .. Enumerable.Repeat(secondsPerJob / 2, Math.Max(0, running - RunningJobsRead))];
    }

    private void LearnStarts(IReadOnlyList<FleetMember> members, IReadOnlyList<Node> nodes)
    {
        startsLearned.IntersectWith(members.Select(member => member.Id));
        foreach (var member in members)
        {
            if (nodes.FirstOrDefault(node => FleetHeadcount.IsSame(member, node)) is not { } node || !startsLearned.Add(member.Id))
                continue;
            // A worker that was restarted on an old machine says nothing of how long machines take.
            if (node.StartedAt - member.LaunchedAt is var taken && taken <= LongestStart)
                experience.LearnStart(taken);
        }
    }

    // From the store, so that a feederd that was just started knows what the last one knew.
    private async Task LearnJobsAsync(IReadOnlyList<Node> nodes, CancellationToken cancellation)
    {
        lessonAt = clock.GetUtcNow();
        var query = new JobQuery { State = JobState.Finished, Limit = FinishedJobsRead };
        var page = await store.ListAsync(query, cancellation);
        foreach (var job in page.Jobs.Where(job => job.FinishedAt > learnedUntil).OrderBy(job => job.FinishedAt))
        {
            learnedUntil = job.FinishedAt!.Value;
            // Only of a job that went through in one run the time is known.
            if (job is not { StartedAt: { } started, Steps: [{ Attempt: 1 } step] })
                continue;
            var node = nodes.FirstOrDefault(node => node.Id == step.WorkerId);
            experience.LearnJob(
                node is null ? fleet.Machine.Type : node.MachineType, job.Output?.Duration ?? 0,
                (learnedUntil - started).TotalSeconds);
        }
    }
}
