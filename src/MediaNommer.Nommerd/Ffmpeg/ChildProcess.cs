using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// A child in a process group of its own, with nothing to read and its output in two pipes. Started by posix_spawn
/// rather than <see cref="System.Diagnostics.Process"/>: that has no groups, so a terminal's Ctrl-C would reach ffmpeg
/// before the worker has decided anything, it blocks a thread of the pool for each pipe, and it costs more.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    /// <summary>The status of a child that somebody else reaped; never seen on a sound system.</summary>
    private const int Unknown = 0xff00;

    private readonly Lock gate = new();
    private bool isReaped;

    private ChildProcess(int id, int output, int errors)
    {
        Id = id;
        Output = output;
        Errors = errors;
        Ending = Posix.OpenProcess(id);
    }

    /// <summary>The process id, which is the group's too.</summary>
    public int Id { get; }

    /// <summary>The descriptor to read the standard output from.</summary>
    public int Output { get; }

    /// <summary>The descriptor to read the standard error from.</summary>
    public int Errors { get; }

    /// <summary>The descriptor that poll finds readable once the process has ended, or -1 where the kernel has none.</summary>
    public int Ending { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="program">A name on the PATH, or an absolute path.</param>
    /// <param name="arguments">Without the program's own name.</param>
    /// <param name="folder">Where it runs; must exist.</param>
    /// <exception cref="Win32Exception">It cannot be started; the code says why.</exception>
    public static ChildProcess Start(string program, IReadOnlyList<string> arguments, string folder)
    {
        var output = MakePipe();
        var errors = MakePipe();
        try
        {
            var id = PosixSpawn.Start(program, arguments, folder, input: null, output[1], errors[1]);
            return new ChildProcess(id, output[0], errors[0]);
        }
        catch
        {
            _ = Posix.Close(output[0]);
            _ = Posix.Close(errors[0]);
            throw;
        }
        finally
        {
            _ = Posix.Close(output[1]);
            _ = Posix.Close(errors[1]);
        }
    }

    /// <summary>Sends a signal to the process and its children; does nothing once it has ended.</summary>
    public void Signal(int signal)
    {
        // Under the lock: after reaping, the id may already belong to somebody else.
        lock (gate)
        {
            if (!isReaped)
                _ = Posix.Kill(-Id, signal);
        }
    }

    /// <summary>Collects the exit status of a process that has ended, and ends children that it left behind.</summary>
    /// <param name="beforeReaping">Called when it has ended, while the id is still its own.</param>
    /// <param name="status">As waitpid gives it.</param>
    /// <returns>False while it runs.</returns>
    public bool TryReap(Action beforeReaping, out int status)
    {
        lock (gate)
        {
            status = 0;
            if (!Posix.HasEnded(Id))
                return false;
            _ = Posix.Kill(-Id, Posix.SigKill);
            beforeReaping();
            isReaped = true;
            if (Posix.WaitFor(Id, out status, 0) != Id)
                status = Unknown;
            return true;
        }
    }

    /// <summary>Closes the descriptors.</summary>
    public void Dispose()
    {
        if (Ending >= 0)
            _ = Posix.Close(Ending);
        _ = Posix.Close(Output);
        _ = Posix.Close(Errors);
    }

    internal static int[] MakePipe()
    {
        var ends = new int[2];
        return Posix.Pipe(ends, Posix.CloseOnExec) == 0 ? ends : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }
}
