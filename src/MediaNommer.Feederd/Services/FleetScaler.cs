using System.Threading.Channels;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Launches workers when <see cref="FleetPlan"/> or <see cref="BacklogPlan"/> asks for them, or keeps a fixed number
/// alive. Ends none: idle workers end themselves, because they alone know that nothing can be handed to them any more; when
/// no more may be spent, all are asked to.
/// </summary>
internal sealed partial class FleetScaler(
    IFleet fleet, IJobStore store, JobEventHub hub, Stillness stillness, FleetTarget target, NommerNames nommers,
    BacklogScaling backlog, FleetSpend spend, Duties duties, NommerOptions options, TimeProvider clock,
    ILogger<FleetScaler> logger) : BackgroundService
{
    // Thousands of submissions in a second are one reason to look, not thousands.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);

    // A worker that was counted may just be leaving; while jobs wait, we look again before long.
    private static readonly TimeSpan WhileJobsWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WhenPinned = TimeSpan.FromSeconds(1);

    private readonly LaunchBackoff backoff = new(clock);
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // While a fixed number of workers is complete, only their processes are looked at, which asks nothing of the store.
    private DateTimeOffset completeUntil = DateTimeOffset.MinValue;

    /// <summary>What was decided last, or null before the first look.</summary>
    public FleetDecisionResponse? LastDecision { get; private set; }

    /// <summary>Says that there may be more work now.</summary>
    public void Nudge() => wake.Writer.TryWrite(true);

    /// <summary>Looks once: counts, decides, launches.</summary>
    /// <returns>When to look again if nothing happens before.</returns>
    public async Task<TimeSpan> LookAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (now < completeUntil && (await fleet.ListAsync(cancellation)).Count == target.Workers)
            return WhenPinned;
        var nodes = await store.ListNodesAsync(cancellation);
        var counts = await stillness.CountAsync(store, cancellation);
        nommers.Learn(nodes);
        if (await ListAsync(counts.Values.Sum(), now, cancellation) is not { } members)
            return PauseAfter(jobsWait: false);
        backoff.Observe(members, nodes, fleet.WhyEnded);
        spend.Observe(members, nodes);
        var load = new FleetWorkload
        {
            UnfinishedJobs = counts.Values.Sum(),
            Workers = FleetHeadcount.Count(members, nodes, now, options.Nommerd.LeaseSeconds),
        };
        var measured = options.Scaling.Policy == ScalingOptions.Backlog && fleet is not NoFleet
            ? await backlog.MeasureAsync(members, nodes, counts, cancellation)
            : null;
        var decision = Decide(load, measured, members.Count, FleetHeadcount.All(members, nodes, now, options.Nommerd.LeaseSeconds));
        if (decision.Launch > 0)
            decision = await LaunchAsync(decision, load, cancellation);
        if (decision.Drain)
            await backlog.DrainAsync(members, nodes, decision.Reason, cancellation);
        Remember(decision, load, measured, now);
        if (members.Count == target.Workers && members.All(member => nodes.Any(node => FleetHeadcount.IsSame(member, node))))
            completeUntil = now + TimeSpan.FromSeconds(options.Feederd.AutoScaleInterval);
        return PauseAfter(counts.GetValueOrDefault(JobState.Pending) > 0);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        duties.RunAsync(held => new RoundLoop("The scaler", clock, logger).RunAsync(RunRoundAsync, held), stoppingToken),
        new RoundLoop("The look at workers", clock, logger).RunAsync(LearnOffDutyAsync, stoppingToken),
        NudgeWhenJobsComeBackAsync(stoppingToken));

    /// <summary>Off duty, too, jobs may be submitted that name a nommer of some worker.</summary>
    private async Task<TimeSpan> LearnOffDutyAsync(CancellationToken stopping)
    {
        if (!duties.AreHeld)
            nommers.Learn(await store.ListNodesAsync(stopping));
        return TimeSpan.FromSeconds(options.Feederd.AutoScaleInterval);
    }

    private async Task<TimeSpan> RunRoundAsync(CancellationToken stopping)
    {
        wake.Reader.TryRead(out _);
        var pause = await LookAsync(stopping);
        using var timer = new CancellationTokenSource(pause, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timer.Token);
        try
        {
            await wake.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The time has come.
        }

        return pause < ShortestPause ? TimeSpan.Zero : ShortestPause;
    }

    private async Task NudgeWhenJobsComeBackAsync(CancellationToken stopping)
    {
        using var changes = hub.Subscribe();
        try
        {
            await foreach (var change in changes.Changes.ReadAllAsync(stopping))
            {
                if (change.State == JobState.Pending)
                    Nudge();
            }
        }
        catch (OperationCanceledException)
        {
            // feederd stops.
        }
    }

    /// <summary>The members, or null when the fleet cannot be asked: then nothing is launched, for they cannot be counted.</summary>
    private async Task<IReadOnlyList<FleetMember>?> ListAsync(int unfinishedJobs, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            return await fleet.ListAsync(cancellation);
        }
        catch (FleetException e)
        {
            if (LastDecision?.Reason != e.Message)
                Log.NotListed(logger, e);
            Remember(new(0, e.Message), new() { UnfinishedJobs = unfinishedJobs, Workers = LastDecision?.Workers ?? 0 }, measured: null, now);
            return null;
        }
    }

    private FleetDecision Decide(FleetWorkload load, BacklogWorkload? measured, int members, int all)
    {
        if (fleet is NoFleet)
            return new(0, "Workers are started by other means; this feederd launches none.");
        return backoff.Limit(target.Workers is { } pinned
            ? DecidePinned(pinned, members)
            : FleetCap.Apply(
                measured is not null ? backlog.Decide(measured) : FleetPlan.Decide(load, LimitsOf(options)),
                all, options.Scaling.MaxNumEc2Instances));
    }

    private static FleetDecision DecidePinned(int pinned, int members) => members < pinned
        ? new(pinned - members, $"The number of workers is fixed at {pinned} and {members} run.")
        : new(0, $"The number of workers is fixed at {pinned}, and they run.");

    private static FleetLimits LimitsOf(NommerOptions options) => new()
    {
        MaxWorkers = options.Scaling.MaxNumEc2Instances,
        JobsPerWorker = options.Scaling.MaxEncodingJobsPerEc2Instance,
        OverflowThreshold = options.Scaling.JobOverflowThresh,
        AllowLaunches = options.Feederd.AllowEc2Launches,
    };

    private async Task<FleetDecision> LaunchAsync(
        FleetDecision decision, FleetWorkload load, CancellationToken cancellation)
    {
        try
        {
            var launched = await fleet.LaunchAsync(decision.Launch, cancellation);
            backoff.Launched(launched);
            if (launched.Count > 0)
                backlog.Launched(launched.Count, load.UnfinishedJobs);
            Log.Launched(logger, launched.Count, decision.Reason);
            return launched.Count == decision.Launch
                ? decision
                : new(launched.Count, $"{decision.Reason} The fleet could launch only {launched.Count}.");
        }
        catch (Exception e) when (e is not (OperationCanceledException or BackendUnavailableException))
        {
            var refusal = backoff.Failed($"Launching failed: {e.Message}");
            Log.LaunchFailed(logger, e, decision.Launch);
            return new(0, refusal);
        }
    }

    private void Remember(FleetDecision decision, FleetWorkload load, BacklogWorkload? measured, DateTimeOffset now) =>
        LastDecision = new FleetDecisionResponse
        {
            At = now,
            Launched = decision.Launch,
            Reason = decision.Reason,
            UnfinishedJobs = load.UnfinishedJobs,
            Workers = load.Workers,
            BacklogMinutes = measured is null
                ? null
                : Math.Round(measured.WorkSeconds / options.Scaling.MaxEncodingJobsPerEc2Instance / 60, 2),
        };

    private TimeSpan PauseAfter(bool jobsWait)
    {
        var pause = TimeSpan.FromSeconds(options.Feederd.AutoScaleInterval);
        if (fleet is NoFleet)
            return pause;
        // The original's rule looks as often as the original did.
        var looksSooner = jobsWait && options.Scaling.Policy == ScalingOptions.Backlog;
        var longest = target.Workers is not null ? WhenPinned : looksSooner ? WhileJobsWait : pause;
        return pause < longest ? pause : longest;
    }

    private static partial class Log
    {
        [LoggerMessage(140, LogLevel.Information, "Launched workers: {Count}. {Reason}")]
        public static partial void Launched(ILogger logger, int count, string reason);

        [LoggerMessage(141, LogLevel.Error, "{Count} workers could not be launched.")]
        public static partial void LaunchFailed(ILogger logger, Exception e, int count);

        [LoggerMessage(142, LogLevel.Error, "The fleet cannot be asked for its workers; nothing is launched meanwhile.")]
        public static partial void NotListed(ILogger logger, Exception e);
    }
}
