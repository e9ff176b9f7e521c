using System.Collections.Concurrent;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Ends launched workers that cost money and do nothing: those that never reported, or stopped long ago. Each is
/// complained about first and ended at the next look, if nothing has changed in the store since and it holds no job.
/// </summary>
internal sealed partial class OrphanReaper(
    IFleet fleet, IJobStore store, Duties duties, NommerOptions options, TimeProvider clock, ILogger<OrphanReaper> logger)
    : BackgroundService
{
    // Far more than can ever run: one worker's jobs must be among them.
    private const int MostRunning = 100_000;

    private readonly ConcurrentDictionary<string, Complaint> complaints = new();

    /// <summary>Why a member counts as an orphan, in a sentence, or null.</summary>
    public string? ComplaintAbout(string memberId) => complaints.GetValueOrDefault(memberId)?.Text;

    /// <summary>Looks once.</summary>
    /// <returns>When to look again: a living worker reports more than once until then.</returns>
    public async Task<TimeSpan> LookAsync(CancellationToken cancellation)
    {
        var orphans = await FindAsync(cancellation);
        foreach (var gone in complaints.Keys.Except(orphans.Select(orphan => orphan.Member.Id)))
            complaints.TryRemove(gone, out _);
        foreach (var orphan in orphans)
        {
            // By the versions and not by the times, so that no clock that is wrong ends a worker that lives.
            if (complaints.TryGetValue(orphan.Member.Id, out var known) && known.Seen.SequenceEqual(orphan.Seen))
            {
                await EndAsync(orphan, cancellation);
                continue;
            }

            complaints[orphan.Member.Id] = new(orphan.Complaint, orphan.Seen);
            Log.Found(logger, orphan.Member.Id, orphan.Complaint);
        }

        var pause = TimeSpan.FromSeconds(Math.Max(60, 2 * options.Nommerd.HeartbeatInterval));
        return pause < Patience ? pause : Patience;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => fleet is NoFleet
        ? Task.CompletedTask
        : duties.RunAsync(held => new RoundLoop("The orphan reaper", clock, logger).RunAsync(LookAsync, held), stoppingToken);

    private TimeSpan Patience => TimeSpan.FromSeconds(
        Math.Max(options.Scaling.OrphanMinutes * 60, 4 * options.Nommerd.HeartbeatInterval));

    private async Task<IReadOnlyList<Orphan>> FindAsync(CancellationToken cancellation)
    {
        var members = await ListAsync(cancellation);
        var now = clock.GetUtcNow();
        var nodes = members.Any(member => now - member.LaunchedAt > Patience) ? await store.ListNodesAsync(cancellation) : [];
        var orphans = members
            .Select(member => new Orphan(member, nodes.Where(node => FleetHeadcount.IsSame(member, node)).ToList(), now))
            .Where(orphan => orphan.SilentFor > Patience)
            .ToList();
        if (orphans.Count == 0)
            return [];
        var workers = (await store.GetRunningAsync(MostRunning, cancellation))
            .SelectMany(job => job.Steps)
            .Where(step => step.State.IsRunning() && step.LeaseExpiresAt > now && step.WorkerId is not null)
            .Select(step => step.WorkerId!)
            .ToList();
        return [.. orphans.Where(orphan => !workers.Any(id => FleetHeadcount.IsSame(orphan.Member, id)))];
    }

    private async Task<IReadOnlyList<FleetMember>> ListAsync(CancellationToken cancellation)
    {
        try
        {
            return await fleet.ListAsync(cancellation);
        }
        catch (FleetException)
        {
            // The scaler says so; those that cannot be listed cannot be ended either.
            return [];
        }
    }

    private async Task EndAsync(Orphan orphan, CancellationToken cancellation)
    {
        try
        {
            foreach (var node in orphan.Nodes)
            {
                if (!await TryMarkAsync(node, orphan.Complaint, cancellation))
                    return;
            }

            // What we wrote ourselves is no sign of life, should the machine not be ended now.
            complaints[orphan.Member.Id] = new(orphan.Complaint, [.. orphan.Seen.Select(node => (node.Id, node.Version + 1))]);
            await fleet.TerminateAsync([orphan.Member.Id], cancellation);
            Log.Ended(logger, orphan.Member.Id, orphan.Complaint);
        }
        catch (FleetException e)
        {
            Log.NotEnded(logger, e, orphan.Member.Id);
        }
    }

    /// <summary>
    /// Fails when the worker has reported since it was read, so that none that lives is ended. A worker that wakes up
    /// later finds that it is to take no more jobs.
    /// </summary>
    private async Task<bool> TryMarkAsync(Node node, string why, CancellationToken cancellation)
    {
        var marked = node with { State = NodeState.Terminated, Reason = why, Version = node.Version + 1 };
        return await store.TryPutNodeAsync(marked, node.Version, cancellation);
    }

    /// <summary>What is said of a member, and what the store held of its workers then.</summary>
    private sealed record Complaint(string Text, IReadOnlyList<(string Id, long Version)> Seen);

    private sealed record Orphan(FleetMember Member, IReadOnlyList<Node> Nodes, DateTimeOffset Now)
    {
        public TimeSpan SilentFor => Now - Nodes.Select(node => node.LastReportAt).Append(Member.LaunchedAt).Max();

        public IReadOnlyList<(string Id, long Version)> Seen { get; } =
            [.. Nodes.Select(node => (node.Id, node.Version)).OrderBy(node => node.Id, StringComparer.Ordinal)];

        public string Complaint => Nodes.Count == 0
            ? $"It was launched {SilentFor.TotalMinutes:0} minutes ago and has never reported; its console output says why."
            : $"It has not reported for {SilentFor.TotalMinutes:0} minutes.";
    }

    private static partial class Log
    {
        [LoggerMessage(170, LogLevel.Warning, "Worker {Member} is an orphan and will be ended at the next look. {Reason}")]
        public static partial void Found(ILogger logger, string member, string reason);

        [LoggerMessage(171, LogLevel.Warning, "Worker {Member} was ended. {Reason}")]
        public static partial void Ended(ILogger logger, string member, string reason);

        [LoggerMessage(172, LogLevel.Error, "Worker {Member} is an orphan and could not be ended; the next look tries again.")]
        public static partial void NotEnded(ILogger logger, Exception e, string member);
    }
}
