using System.Runtime.InteropServices;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>The few calls of the C library that starting and ending ffmpeg needs. Numbers are Linux's.</summary>
internal static partial class Posix
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int SigFileSize = 25;

    public const int NotFound = 2;
    public const int Interrupted = 4;
    public const int NotPermitted = 13;

    public const int CloseOnExec = 0x80000;
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;

    public const short PollIn = 1;

    public const short SpawnSetGroup = 0x02;
    public const short SpawnSetSignalDefaults = 0x04;
    public const short SpawnSetSignalMask = 0x08;

    /// <summary>Larger than any C library's posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t.</summary>
    public const int OpaqueSize = 512;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int FileDescriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "posix_spawnp", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SpawnByPath(
        out int id, string program, nint actions, nint attributes, nint arguments, nint environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitActions(nint actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyActions(nint actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(nint actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AddOpen(nint actions, int descriptor, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AddChangeFolder(nint actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int InitAttributes(nint attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int DestroyAttributes(nint attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SetFlags(nint attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    public static partial int SetGroup(nint attributes, int group);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SetSignalDefaults(nint attributes, nint signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SetSignalMask(nint attributes, nint signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int NoSignals(nint signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static partial int AllSignals(nint signals);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe([Out, MarshalAs(UnmanagedType.LPArray, SizeConst = 2)] int[] ends, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll([In, Out] PollEntry[] entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, [Out] byte[] buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte[] buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitFor(int process, out int status, int options);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second);

    /// <summary>
    /// A descriptor that poll finds readable once a child has ended; -1 on kernels before 5.3. Newer C libraries have a
    /// function for it, but the number of the call is the same on every processor.
    /// </summary>
    public static int OpenProcess(int process)
    {
        const int PidFdOpen = 434;
        return (int)SystemCall(PidFdOpen, process, 0);
    }

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitForEvent(int kind, uint id, [Out] int[] information, int options);

    /// <summary>True when a child of ours has ended; its id stays its own until <see cref="WaitFor"/>.</summary>
    public static bool HasEnded(int process)
    {
        const int OneProcess = 1, Exited = 4, NoHang = 1, LeaveWaitable = 0x1000000;
        // siginfo_t has 128 bytes; its first number stays 0 when nothing has happened yet.
        var information = new int[32];
        return WaitForEvent(OneProcess, (uint)process, information, Exited | NoHang | LeaveWaitable) != 0
            || information[0] != 0;
    }
}
