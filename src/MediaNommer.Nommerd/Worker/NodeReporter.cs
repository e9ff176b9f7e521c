using System.Collections.Concurrent;
using System.Globalization;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// This worker's entry in the store: what it does, and whether it takes jobs. Every write is a compare-and-set, so that
/// the scaler and the worker never disagree about who drains.
/// </summary>
internal sealed class NodeReporter(
    IJobStore store, NommerOptions options, NommerdLaunch launch, WorkerIdentity identity, WorkFolders folders,
    NommerCatalog nommers, TimeProvider clock)
{
    private readonly ConcurrentDictionary<JobRun, byte> running = new();
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly DateTimeOffset startedAt = clock.GetUtcNow();
    private long lastActivity = clock.GetTimestamp();
    private NodeState state = NodeState.Active;
    private string? reason;
    private long version;
    private bool isRegistered;

    /// <summary>Why the node is not active, as the store holds it, or null.</summary>
    public string? Reason => reason;

    /// <summary>How many runs go on side by side at most.</summary>
    public int Slots { get; } = launch.Slots ?? options.Scaling.MaxEncodingJobsPerEc2Instance;

    /// <summary>How long nothing has been done; zero while a run goes on.</summary>
    public TimeSpan IdleFor => running.IsEmpty ? clock.GetElapsedTime(Interlocked.Read(ref lastActivity)) : TimeSpan.Zero;

    public void Started(JobRun run)
    {
        running[run] = 0;
        DidSomething();
    }

    public void Ended(JobRun run)
    {
        running.TryRemove(run, out _);
        DidSomething();
    }

    /// <summary>Writes the heartbeat; returns the state that the store holds, which the scaler may have set.</summary>
    public Task<NodeState> ReportAsync(CancellationToken cancellation) => WriteAsync(null, null, cancellation);

    /// <summary>Goes over to another state.</summary>
    public Task<NodeState> EnterAsync(NodeState next, string why, CancellationToken cancellation) =>
        WriteAsync(next, why, cancellation);

    // The original's i_did_something.
    private void DidSomething() => Interlocked.Exchange(ref lastActivity, clock.GetTimestamp());

    private async Task<NodeState> WriteAsync(NodeState? next, string? why, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            while (true)
            {
                var node = Describe(next ?? state, next is null ? reason : why);
                // The first try goes without a read: mostly nobody else has written.
                if (await store.TryPutNodeAsync(node, version, cancellation))
                {
                    (state, reason, version) = (node.State, node.Reason, node.Version);
                    isRegistered = true;
                    return state;
                }

                // Feederd wrote it, or somebody wiped it: take over what is there and try again. What is there at first
                // is that of an earlier worker of this machine, which is over.
                var stored = await store.GetNodeAsync(identity.WorkerId, cancellation);
                version = stored?.Version ?? 0;
                if (stored is not null && isRegistered)
                    (state, reason) = (stored.State, stored.Reason);
            }
        }
        finally
        {
            gate.Release();
        }
    }

    private Node Describe(NodeState nextState, string? nextReason) => new()
    {
        Id = identity.WorkerId,
        State = nextState,
        Reason = nextReason,
        Host = Environment.MachineName,
        ProcessId = Environment.ProcessId,
        IsLocal = launch.IsLocal,
        MachineType = launch.Machine?.Type,
        Zone = launch.Machine?.Zone,
        IsSpot = launch.Machine is { IsSpot: true },
        SoftwareVersion = WorkerIdentity.SoftwareVersion,
        Nommers = nommers.Names,
        Slots = Slots,
        Running = [.. running.Keys.Select(run => run.Describe())],
        LoadAverage = ReadLoadAverage(),
        DiskFreeBytes = folders.FreeBytes,
        StartedAt = startedAt,
        LastReportAt = clock.GetUtcNow(),
        LastActivityAt = clock.GetUtcNow() - clock.GetElapsedTime(Interlocked.Read(ref lastActivity)),
        Version = version + 1,
    };

    private static double? ReadLoadAverage()
    {
        const string path = "/proc/loadavg";
        return File.Exists(path)
               && double.TryParse(File.ReadAllText(path).Split(' ')[0], CultureInfo.InvariantCulture, out var load)
            ? load
            : null;
    }
}
