using System.Runtime.InteropServices;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Holds a child to its limits. The kernel does what it can count itself (the size of files, and address space that is
/// written to, as a backstop); memory that is really occupied, computing and reading are looked up in /proc, because the
/// kernel's limits count what threads merely reserve (docs/adr/0015-limits.md).
/// </summary>
internal sealed partial class LimitedProcess
{
    private const int FileSize = 1, Data = 2, Core = 4;
    private const int OneProcess = 0, IoClassShift = 13;
    private const int BestEffort = 2, IdleClass = 3, LowestLevel = 7;

    /// <summary>What a run may allocate beyond its limit of occupied memory: stacks and what allocators hold ready.</summary>
    private const long Reserve = 4L << 30;

    /// <summary>One that uses less of a processor than this waits for something; a busy machine may give it no more.</summary>
    private const double LeastUse = 0.001;

    private const double TicksPerSecond = 100;

    private readonly int process;
    private readonly ProcessLimits limits;
    private long lastProgress = Environment.TickCount64;
    private long lastActivity = Environment.TickCount64;
    private long bytesRead;
    private double processorSeconds;
    private bool isObserved;

    /// <summary>Sets the limits of a child that was just started.</summary>
    public LimitedProcess(int process, ProcessLimits limits)
    {
        (this.process, this.limits) = (process, limits);
        SetLimit(Core, 0);
        if (limits.FileBytes > 0)
            SetLimit(FileSize, limits.FileBytes);
        if (limits.MemoryBytes is > 0 and < long.MaxValue / 4)
            SetLimit(Data, (2 * limits.MemoryBytes) + Reserve);
        // What cannot be set stays as it is: the child has ended already, or a container forbids it.
        if (limits.Nice > 0)
            _ = SetPriority(OneProcess, process, Math.Min(19, GetPriority(OneProcess, 0) + limits.Nice));
        if (limits.IoPriority != "Normal")
            SetIoPriority(limits.IoPriority == "Idle" ? IdleClass << IoClassShift : (BestEffort << IoClassShift) | LowestLevel);
    }

    /// <summary>True when <see cref="FindBreach"/> found it stuck rather than greedy.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>Takes note that the child made progress.</summary>
    public void Advance()
    {
        lastProgress = lastActivity = Environment.TickCount64;
        isObserved = false;
    }

    /// <summary>Looks whether the child has exceeded a limit: which, in a sentence, or null.</summary>
    public string? FindBreach()
    {
        if (limits.MemoryBytes > 0 && ResidentBytes() is var memory && memory > limits.MemoryBytes)
            return $"needed {ByteText.Show(memory)} of memory; a run may have {ByteText.Show(limits.MemoryBytes)} "
                + "(setting Ffmpeg:Limits:MemoryBytes)";
        var now = Environment.TickCount64;
        var patience = Math.Min(Milliseconds(limits.Stall), Milliseconds(limits.Busy));
        if (now - lastActivity <= patience / 2)
            return null;
        if (!isObserved)
        {
            (bytesRead, processorSeconds, isObserved) = (BytesRead(), ProcessorSeconds(), true);
            return null;
        }

        return now - lastActivity > patience ? JudgeIdleness(now, patience) : null;
    }

    private string? JudgeIdleness(long now, double patience)
    {
        if (BytesRead() > bytesRead)
        {
            Advance();
            return null;
        }

        if (now - lastProgress > Milliseconds(limits.Busy))
            return $"neither read any input nor finished a frame for {limits.Busy.TotalSeconds:0} s "
                + "(setting Ffmpeg:Limits:BusySeconds)";
        if (ProcessorSeconds() - processorSeconds > LeastUse * patience / 2 / 1000)
        {
            (lastActivity, isObserved) = (now, false);
            return null;
        }

        IsStalled = true;
        return $"made no progress for {limits.Stall.TotalSeconds:0} s (setting Ffmpeg:StallTimeout)";
    }

    /// <summary>The limit that a signal of the kernel tells of, or null.</summary>
    public string? BreachBy(int signal) => signal == Posix.SigFileSize && limits.FileBytes > 0
        ? $"wrote a file of more than {ByteText.Show(limits.FileBytes)} (setting Ffmpeg:Limits:OutputBytes)"
        : null;

    private static double Milliseconds(TimeSpan limit) => limit > TimeSpan.Zero ? limit.TotalMilliseconds : double.PositiveInfinity;

    private long ResidentBytes() =>
        Read("statm").Split(' ') is [_, var pages, ..] && long.TryParse(pages, out var count)
            ? count * Environment.SystemPageSize : 0;

    private long BytesRead()
    {
        var line = Read("io").Split('\n')[0];
        return line.StartsWith("rchar: ", StringComparison.Ordinal) && long.TryParse(line["rchar: ".Length..], out var bytes)
            ? bytes : 0;
    }

    private double ProcessorSeconds()
    {
        // Behind the name, which may hold anything: the state first, the times of user and system 12th and 13th.
        var fields = Read("stat").Split(") ")[^1].Split(' ');
        return fields.Length > 12 && double.TryParse(fields[11], out var user) && double.TryParse(fields[12], out var system)
            ? (user + system) / TicksPerSecond : 0;
    }

    private string Read(string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is ending just now, or this is no Linux.
            return "";
        }
    }

    private void SetLimit(int resource, long value)
    {
        if (GetLimits(process, resource, 0, out var old) != 0 || old.Hard < (ulong)value)
            return;
        var wanted = new Limit { Soft = (ulong)value, Hard = (ulong)value };
        _ = SetLimits(process, resource, in wanted, 0);
    }

    private void SetIoPriority(int priority)
    {
        const int OneOfProcess = 1;
        var call = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 251,
            Architecture.Arm64 => 30,
            _ => 0,
        };
        if (call != 0)
            _ = SystemCall(call, OneOfProcess, process, priority);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }

    [LibraryImport("libc", EntryPoint = "prlimit")]
    private static partial int GetLimits(int process, int resource, nint none, out Limit old);

    [LibraryImport("libc", EntryPoint = "prlimit")]
    private static partial int SetLimits(int process, int resource, in Limit wanted, nint none);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int kind, int process, int nice);

    [LibraryImport("libc", EntryPoint = "getpriority")]
    private static partial int GetPriority(int kind, int process);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);
}
