using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// Finds the work folders of workers that are gone. The process table of this machine is sure; of a worker on another
/// machine, its lock must be free, its reports must have stopped, and its folder must have been left alone for a while, all
/// three: locks do not reach across every network disk, and a folder may be that of another installation. Folders that do not
/// name their owner are left alone.
/// </summary>
internal sealed class DeadFolders(WorkFolders folders, IJobStore store, NommerOptions options, TimeProvider clock)
{
    private readonly Dictionary<string, (DateTime Touched, long SeenAt)> silent = [];
    private readonly TimeSpan lease = TimeSpan.FromSeconds(options.Nommerd.LeaseSeconds);

    /// <summary>Removes those that can be told now.</summary>
    /// <returns>The runs that ended with them.</returns>
    public async Task<IReadOnlyList<DeadRun>> RemoveAsync(CancellationToken cancellation)
    {
        var runs = new List<DeadRun>();
        foreach (var folder in folders.Others.ToList())
        {
            if (await IsDeadAsync(folder, cancellation))
                runs.AddRange(folders.RemoveDead(folder));
        }

        return runs;
    }

    private async Task<bool> IsDeadAsync(string folder, CancellationToken cancellation)
    {
        if (FolderOwner.Of(folder)?.Look() is not { } state)
            return false;
        if (state != OwnerState.OutOfSight)
            return state == OwnerState.Dead;
        return WorkFolders.IsUnlocked(folder) && IsLeftAlone(folder) && await IsSilentAsync(folder, cancellation);
    }

    // By our own clock: that of another machine may be wrong. Network disks show a change up to a minute late.
    private bool IsLeftAlone(string folder)
    {
        var touched = File.GetLastWriteTimeUtc(Path.Combine(folder, WorkFolders.LockName));
        if (!silent.TryGetValue(folder, out var known) || known.Touched != touched)
            silent[folder] = known = (touched, clock.GetTimestamp());
        return clock.GetElapsedTime(known.SeenAt) >= 2 * lease;
    }

    private async Task<bool> IsSilentAsync(string folder, CancellationToken cancellation)
    {
        var node = await store.GetNodeAsync(Path.GetFileName(folder), cancellation);
        return node is null or { State: NodeState.Terminated } || node.LastReportAt < clock.GetUtcNow() - (2 * lease);
    }
}
