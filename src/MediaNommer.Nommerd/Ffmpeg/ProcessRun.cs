using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Takes standard output in pieces, on the thread of the process; true when the piece shows progress.</summary>
internal delegate bool TakeOutput(ReadOnlySpan<byte> piece);

/// <summary>How a program ended.</summary>
internal sealed record ProcessEnd
{
    /// <summary>The exit code, or null when a signal ended it or it never began.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal that ended it, or null.</summary>
    public int? Signal { get; init; }

    /// <summary>True when it was ended because it made no progress for too long.</summary>
    public bool Stalled { get; init; }

    /// <summary>The limit that it exceeded and was ended for, in a sentence without subject and full stop, or null.</summary>
    public string? Breach { get; init; }

    /// <summary>Why it could not be started, or null.</summary>
    public string? StartError { get; init; }

    /// <summary>What it printed to standard error, its middle left out when long.</summary>
    public string Log { get; init; } = "";
}

/// <summary>
/// Runs a program and reads all that it prints. Each run has a thread of its own that waits in poll: with a handful of
/// them per worker that is the cheapest, and it keeps the thread pool free.
/// </summary>
internal sealed class ProcessRun(string program, IReadOnlyList<string> arguments, string folder)
{
    private const int ThreadStackSize = 256 << 10;

    private readonly TaskCompletionSource<ProcessEnd> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private ChildProcess? child;
    private int? earlySignal;

    /// <summary>What it prints to standard error.</summary>
    public BoundedLog Log { get; } = new();

    /// <summary>Takes its standard output.</summary>
    public TakeOutput OnOutput { get; init; } = _ => true;

    /// <summary>What it may consume.</summary>
    public required ProcessLimits Limits { get; init; }

    /// <summary>Asked several times a second whether the run must end for another reason: why, as in <see cref="ProcessEnd.Breach"/>.</summary>
    public Func<string?> FindBreach { get; init; } = () => null;

    /// <summary>Starts it; the task ends with it and never fails.</summary>
    public Task<ProcessEnd> Start()
    {
        // Without a name: giving it one costs twice as much as the thread itself.
        new Thread(Live, ThreadStackSize) { IsBackground = true }.Start();
        return completion.Task;
    }

    /// <summary>Sends a signal to it and its children.</summary>
    public void Signal(int signal)
    {
        lock (gate)
        {
            if (child is null)
                earlySignal = signal;
            else
                child.Signal(signal);
        }
    }

    private void Live()
    {
        try
        {
            completion.SetResult(Run());
        }
        catch (Exception e)
        {
            // Nothing may escape from a thread; the caller gets it as a run that failed.
            completion.SetResult(new ProcessEnd { StartError = e.Message, Log = Log.ToString() });
        }
    }

    private ProcessEnd Run()
    {
        ChildProcess running;
        try
        {
            running = ChildProcess.Start(ResolvedProgram(), arguments, folder);
        }
        catch (Win32Exception e)
        {
            return new ProcessEnd { StartError = Explain(e) };
        }
        using (running)
        {
            // At once: what it may consume must hold before it has read its arguments.
            var limited = new LimitedProcess(running.Id, Limits);
            ProcessGuard.Instance.Add(running.Id);
            PreferAsVictim(running.Id);
            lock (gate)
            {
                child = running;
                if (earlySignal is { } signal)
                    running.Signal(signal);
            }
            return Watch(running, limited);
        }
    }

    private ProcessEnd Watch(ChildProcess running, LimitedProcess limited)
    {
        var lines = new LogLines(Log);
        var pipes = new OutputPipes(running, lines, OnOutput);
        string? breach = null;
        int status;
        while (!running.TryReap(() => ProcessGuard.Instance.Remove(running.Id), out status))
        {
            if (pipes.WaitAndRead())
                limited.Advance();
            if (breach is null && (breach = limited.FindBreach() ?? FindBreach()) is not null)
                running.Signal(Posix.SigKill);
        }
        pipes.ReadAvailable();
        lines.Flush();
        var signal = status & 0x7f;
        return new ProcessEnd
        {
            ExitCode = signal == 0 ? (status >> 8) & 0xff : null,
            Signal = signal == 0 ? null : signal,
            Stalled = limited.IsStalled,
            Breach = breach ?? limited.BreachBy(signal),
            Log = Log.ToString(),
        };
    }

    /// <summary>
    /// When the memory runs out, the kernel is to end the program that a job's options made so greedy, not the worker or
    /// feederd beside it.
    /// </summary>
    private static void PreferAsVictim(int process)
    {
        try
        {
            File.WriteAllText($"/proc/{process}/oom_score_adj", "1000");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended already, or this is no Linux.
        }
    }

    /// <summary>A relative path is meant from where the worker runs, not from the work folder.</summary>
    private string ResolvedProgram() => program.Contains('/') ? Path.GetFullPath(program) : program;

    private string Explain(Win32Exception error) => error.NativeErrorCode switch
    {
        Posix.NotFound when !Directory.Exists(folder) => $"the work folder {folder} is gone",
        Posix.NotFound => "not found",
        Posix.NotPermitted => "it may not be executed",
        _ => Marshal.GetPInvokeErrorMessage(error.NativeErrorCode),
    };
}
