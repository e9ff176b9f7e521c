using System.Globalization;

namespace MediaNommer.Nommerd.Worker;

/// <summary>What can be said of the worker that a work folder belongs to.</summary>
internal enum OwnerState
{
    /// <summary>It is of another machine, container or boot: only its locks and reports can tell.</summary>
    OutOfSight,

    /// <summary>Its process lives on this machine.</summary>
    Alive,

    /// <summary>It was a process of this machine, and has ended.</summary>
    Dead,
}

/// <summary>
/// The process that a work folder belongs to, as a file in the folder names it. Process ids mean something only within one
/// boot and one namespace, and are given away again, so those and the time of the start belong to it.
/// </summary>
/// <param name="Realm">The boot of the machine, and the namespace of its process ids.</param>
/// <param name="ProcessId">The process.</param>
/// <param name="StartedAt">When it started, in ticks since the boot.</param>
internal sealed record FolderOwner(string Realm, int ProcessId, long StartedAt)
{
    private const string FileName = ".owner";
    private const int StartTime = 19;

    /// <summary>This process.</summary>
    public static FolderOwner Current { get; } = new(
        ReadRealm(), Environment.ProcessId, StartOf(Environment.ProcessId) ?? 0);

    /// <summary>Reads who owns a folder; null when it does not say.</summary>
    public static FolderOwner? Of(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, FileName)).Split('\n') is [var realm, var id, var start, ..]
                && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var startedAt)
                    ? new FolderOwner(realm, process, startedAt)
                    : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>When a process started, in ticks since the boot; null when there is none.</summary>
    public static long? StartOf(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            // The name in brackets may hold anything.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[StartTime], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes it into a folder.</summary>
    public void WriteTo(string folder) => File.WriteAllText(
        Path.Combine(folder, FileName), string.Create(CultureInfo.InvariantCulture, $"{Realm}\n{ProcessId}\n{StartedAt}\n"));

    /// <summary>What the process table says.</summary>
    public OwnerState Look()
    {
        if (Realm.Length == 0 || Realm != Current.Realm)
            return OwnerState.OutOfSight;
        return StartOf(ProcessId) == StartedAt ? OwnerState.Alive : OwnerState.Dead;
    }

    private static string ReadRealm()
    {
        const string Boot = "/proc/sys/kernel/random/boot_id";
        var space = new FileInfo("/proc/self/ns/pid").LinkTarget;
        return File.Exists(Boot) && space is not null ? $"{File.ReadAllText(Boot).Trim()} {space}" : "";
    }
}
