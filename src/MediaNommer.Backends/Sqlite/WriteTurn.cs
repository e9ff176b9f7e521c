using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MediaNommer.Backends.Sqlite;

/// <summary>
/// Lets the processes that share a database write in turns. SQLite's own waiting sleeps and tries again, so that a busy
/// process starves the others for seconds; here the kernel wakes who waits. There are two locks: who wants to write
/// takes the first, waits behind it for the second and then opens the first again. So a process that has just written
/// stands behind the one that waited meanwhile. The kernel frees both when a process dies.
/// </summary>
internal sealed class WriteTurn : IDisposable
{
    private const int ReadWriteCreateCloseOnExec = 0x80042;
    private const int OwnerReadsAndWrites = 0x180;
    private const int Exclusive = 2;
    private const int DoNotWait = 4;
    private const int Unlock = 8;
    private const int Interrupted = 4;

    private readonly SafeFileHandle? queueing;
    private readonly SafeFileHandle? writing;

    /// <param name="path">The database's path; the lock files lie beside it.</param>
    public WriteTurn(string path)
    {
        // Elsewhere SQLite's own locks must do.
        if (!OperatingSystem.IsLinux())
            return;
        queueing = Open($"{path}.turn");
        writing = Open($"{path}.lock");
    }

    /// <summary>Waits for the turn, blocking the thread. Not to be nested.</summary>
    public void Enter()
    {
        if (queueing is null || writing is null)
            return;
        Lock(queueing, Exclusive);
        Lock(writing, Exclusive);
        Lock(queueing, Unlock);
    }

    /// <summary>Takes the turn if nobody else has it or waits for it.</summary>
    public bool TryEnter()
    {
        if (queueing is null || writing is null)
            return true;
        if (flock(queueing, Exclusive | DoNotWait) != 0)
            return false;
        var entered = flock(writing, Exclusive | DoNotWait) == 0;
        Lock(queueing, Unlock);
        return entered;
    }

    /// <summary>Gives the turn to the next.</summary>
    public void Leave()
    {
        if (writing is not null)
            Lock(writing, Unlock);
    }

    public void Dispose()
    {
        queueing?.Dispose();
        writing?.Dispose();
    }

    // Not File.OpenHandle: it keeps a shared lock of its own on what it opens, and two processes that each hold one
    // and want the other's wait for ever.
    private static SafeFileHandle Open(string path)
    {
        var file = open(path, ReadWriteCreateCloseOnExec, OwnerReadsAndWrites);
        return file.IsInvalid
            ? throw new IOException(Marshal.GetLastPInvokeErrorMessage())
            : file;
    }

    // A file system without such locks leaves it to SQLite's own, too.
    private static void Lock(SafeFileHandle file, int operation)
    {
        while (flock(file, operation) != 0 && Marshal.GetLastPInvokeError() == Interrupted)
        {
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern SafeFileHandle open(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int flock(SafeFileHandle file, int operation);
}
