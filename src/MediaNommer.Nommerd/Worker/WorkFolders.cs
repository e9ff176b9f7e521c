using System.Collections.Concurrent;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// The folders that runs work in: one for the worker, and in it one for each run. The worker holds a lock file in its
/// folder, so that the next worker can tell the folders of dead ones and remove them.
/// </summary>
internal sealed partial class WorkFolders : IDisposable
{
    private const string LockName = ".lock";
    private const int MostSpares = 4;

    // Emptied folders are used again: file systems such as ext4 take long to make one where others were just deleted.
    private readonly ConcurrentBag<string> spares = [];
    private int sparesMade;
    private readonly string root;
    private readonly string own;
    private readonly FileStream ownLock;
    private readonly List<DeadRun> deadRuns = [];
    private readonly TimeProvider clock;
    private readonly ILogger<WorkFolders> logger;

    public WorkFolders(
        NommerOptions options, WorkerIdentity identity, TimeProvider clock, ILogger<WorkFolders> logger)
    {
        this.clock = clock;
        this.logger = logger;
        root = options.Nommerd.WorkDir is { Length: > 0 } configured
            ? Path.GetFullPath(configured)
            : Path.Combine(Path.GetFullPath(options.DataDir), "work");
        own = Path.Combine(root, identity.WorkerId);
        // The only worker of a machine has the machine's name, and finds the folder of the one that crashed before it.
        if (File.Exists(Path.Combine(own, LockName)) && IsDead(own))
            RemoveDead(own);
        PrivateFolder.Make(own);
        // Locked before it gets its name: another worker that starts now and probes it must find it locked.
        var nameless = Path.Combine(own, LockName + "-new");
        ownLock = new FileStream(nameless, FileMode.Create, FileAccess.Write, FileShare.None);
        File.Move(nameless, Path.Combine(own, LockName));
        RemoveLeftovers();
    }

    /// <summary>The runs of the dead workers whose folders were removed at the start.</summary>
    public IReadOnlyList<DeadRun> DeadRuns => deadRuns;

    /// <summary>Bytes that are free on the disk of the work folders; 0 when that cannot be told.</summary>
    public long FreeBytes
    {
        get
        {
            try
            {
                return new DriveInfo(own).AvailableFreeSpace;
            }
            catch (IOException e)
            {
                Log.NoDiskInfo(logger, e, own);
                return 0;
            }
        }
    }

    /// <summary>Makes an empty folder for one run.</summary>
    public string Create(string jobId, string step, int attempt)
    {
        var folder = Path.Combine(own, $"{jobId}-{step}-{attempt}");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        if (spares.TryTake(out var spare))
            Directory.Move(spare, folder);
        else
            Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Removes the folder of a run that has ended, with all that it holds.</summary>
    public void Remove(string folder)
    {
        TryRemove(folder, () =>
        {
            if (spares.Count >= MostSpares)
            {
                Directory.Delete(folder, recursive: true);
                return;
            }

            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo { LinkTarget: null } inner)
                    inner.Delete(recursive: true);
                else
                    entry.Delete();
            }

            var spare = Path.Combine(own, $"spare{Interlocked.Increment(ref sparesMade)}");
            Directory.Move(folder, spare);
            spares.Add(spare);
        });
    }

    private void TryRemove(string folder, Action remove)
    {
        try
        {
            remove();
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody tidied up before us: what we wanted.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Left for the next start to remove; the job itself is not affected.
            Log.NotRemoved(logger, e, folder);
        }
    }

    public void Dispose()
    {
        ownLock.Dispose();
        TryRemove(own, () => Directory.Delete(own, recursive: true));
    }

    private void RemoveLeftovers()
    {
        foreach (var folder in Directory.EnumerateDirectories(root).Where(folder => folder != own && IsDead(folder)))
            RemoveDead(folder);
    }

    private void RemoveDead(string folder)
    {
        deadRuns.AddRange(Directory.EnumerateDirectories(folder).Select(RunIn).OfType<DeadRun>());
        TryRemove(folder, () => Directory.Delete(folder, recursive: true));
        Log.LeftoverRemoved(logger, folder);
    }

    private static DeadRun? RunIn(string folder) =>
        Path.GetFileName(folder).Split('-') is [var job, .. var step, var attempt] && int.TryParse(attempt, out var number)
            ? new DeadRun(job, string.Join('-', step), number)
            : null;

    private bool IsDead(string folder)
    {
        try
        {
            var lockFile = Path.Combine(folder, LockName);
            // A worker that is just starting has made its folder but not yet its lock.
            if (!File.Exists(lockFile))
                return Directory.GetCreationTimeUtc(folder) < clock.GetUtcNow().UtcDateTime.AddMinutes(-1);
            using var probe = new FileStream(lockFile, FileMode.Open, FileAccess.Write, FileShare.None);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Locked by a living worker.
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Warning, "The work folder {Folder} could not be removed.")]
        public static partial void NotRemoved(ILogger logger, Exception e, string folder);

        [LoggerMessage(31, LogLevel.Information, "Removed the work folder {Folder} of a worker that is gone.")]
        public static partial void LeftoverRemoved(ILogger logger, string folder);

        [LoggerMessage(32, LogLevel.Warning, "The free space of {Folder} is not known; taking it for none.")]
        public static partial void NoDiskInfo(ILogger logger, Exception e, string folder);
    }
}
