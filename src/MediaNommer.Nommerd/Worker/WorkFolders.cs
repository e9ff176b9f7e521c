using System.Collections.Concurrent;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// The folders that runs work in: one for the worker, and in it one for each run. The worker's folder names its process,
/// and the worker holds a lock file in it that it touches with every report, so that others can tell the folders of dead
/// ones and remove them (<see cref="DeadFolders"/>).
/// </summary>
internal sealed partial class WorkFolders : IDisposable
{
    public const string LockName = ".lock";

    private const int MostSpares = 4;

    // Emptied folders are used again: file systems such as ext4 take long to make one where others were just deleted.
    private readonly ConcurrentBag<string> spares = [];
    private int sparesMade;
    private readonly string root;
    private readonly string own;
    private readonly List<DeadRun> earlierRuns = [];
    private readonly Lock gate = new();
    private readonly ILogger<WorkFolders> logger;
    private FileStream ownLock;

    public WorkFolders(NommerOptions options, WorkerIdentity identity, ILogger<WorkFolders> logger)
    {
        this.logger = logger;
        root = options.Nommerd.WorkDir is { Length: > 0 } configured
            ? Path.GetFullPath(configured)
            : Path.Combine(Path.GetFullPath(options.DataDir), "work");
        own = Path.Combine(root, identity.WorkerId);
        // The only worker of a machine has the machine's name, and finds the folder of the one that crashed before it.
        if (File.Exists(Path.Combine(own, LockName)) && IsUnlocked(own))
            earlierRuns.AddRange(RemoveDead(own));
        ownLock = Occupy();
    }

    /// <summary>
    /// The folders of the other workers that share the place. A folder that does not name its owner is not a worker's: the
    /// place may be one that others use too, such as <c>/tmp</c>.
    /// </summary>
    public IEnumerable<string> Others =>
        Directory.EnumerateDirectories(root).Where(folder => folder != own && FolderOwner.Of(folder) is not null);

    /// <summary>The runs of an earlier worker of this name.</summary>
    public IReadOnlyList<DeadRun> EarlierRuns => earlierRuns;

    /// <summary>Bytes that are free on the disk of the work folders; 0 when that cannot be told.</summary>
    public long FreeBytes
    {
        get
        {
            try
            {
                RequireOwn();
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
        RequireOwn();
        var folder = Path.Combine(own, $"{jobId}-{step}-{attempt}");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        if (spares.TryTake(out var spare) && Directory.Exists(spare))
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
        TryRemove(own, () => Delete(own));
    }

    /// <summary>Shows others, by the time of the lock file, that this worker lives, where locks do not reach them.</summary>
    public void Touch(DateTimeOffset now) =>
        TryRemove(own, () => File.SetLastWriteTimeUtc(Path.Combine(own, LockName), now.UtcDateTime));

    /// <summary>Removes the folder of a dead worker, and ends the programs that it left running there.</summary>
    /// <returns>The runs that ended with it.</returns>
    public IReadOnlyList<DeadRun> RemoveDead(string folder)
    {
        var runs = new List<DeadRun>();
        TryRemove(folder, () =>
        {
            if (FolderOwner.Of(folder) is { } owner && owner.Look() == OwnerState.Dead)
            {
                foreach (var process in OrphanedPrograms.End(folder, owner))
                    Log.OrphanEnded(logger, process, folder);
            }

            runs.AddRange(Directory.EnumerateDirectories(folder).Select(RunIn).OfType<DeadRun>());
            Delete(folder);
            Log.LeftoverRemoved(logger, folder);
        });
        return runs;
    }

    /// <summary>True when nobody is seen to hold a folder's lock; on network disks that may not mean much.</summary>
    public static bool IsUnlocked(string folder)
    {
        try
        {
            var lockFile = Path.Combine(folder, LockName);
            if (!File.Exists(lockFile))
                return true;
            using var probe = new FileStream(lockFile, FileMode.Open, FileAccess.Write, FileShare.None);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Locked by a living worker.
            return false;
        }
    }

    // The file that names the owner goes last: without it, nobody would remove the rest.
    private static void Delete(string folder)
    {
        foreach (var run in Directory.EnumerateDirectories(folder))
            Directory.Delete(run, recursive: true);
        Directory.Delete(folder, recursive: true);
    }

    private FileStream Occupy()
    {
        PrivateFolder.Make(own);
        FolderOwner.Current.WriteTo(own);
        // Locked before it gets its name: another worker that starts now and probes it must find it locked.
        var nameless = Path.Combine(own, LockName + "-new");
        var held = new FileStream(nameless, FileMode.Create, FileAccess.Write, FileShare.None);
        File.Move(nameless, Path.Combine(own, LockName), overwrite: true);
        return held;
    }

    // Whoever took the folder away, jobs that come later must not suffer from it.
    private void RequireOwn()
    {
        lock (gate)
        {
            if (File.Exists(Path.Combine(own, LockName)))
                return;
            Log.Vanished(logger, own);
            ownLock.Dispose();
            ownLock = Occupy();
        }
    }

    private static DeadRun? RunIn(string folder) =>
        Path.GetFileName(folder).Split('-') is [var job, .. var step, var attempt] && int.TryParse(attempt, out var number)
            ? new DeadRun(job, string.Join('-', step), number)
            : null;

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Warning, "The work folder {Folder} could not be removed.")]
        public static partial void NotRemoved(ILogger logger, Exception e, string folder);

        [LoggerMessage(31, LogLevel.Information, "Removed the work folder {Folder} of a worker that is gone.")]
        public static partial void LeftoverRemoved(ILogger logger, string folder);

        [LoggerMessage(33, LogLevel.Warning, "Ended process {Process}, which a worker that is gone had left running in {Folder}.")]
        public static partial void OrphanEnded(ILogger logger, int process, string folder);

        [LoggerMessage(34, LogLevel.Warning,
            "The work folder {Folder} had vanished and was made again. Does another machine or a clean-up of old files share its disk?")]
        public static partial void Vanished(ILogger logger, string folder);

        [LoggerMessage(32, LogLevel.Warning, "The free space of {Folder} is not known; taking it for none.")]
        public static partial void NoDiskInfo(ILogger logger, Exception e, string folder);
    }
}
