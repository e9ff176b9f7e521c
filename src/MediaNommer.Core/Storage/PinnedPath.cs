using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MediaNommer.Core.Storage;

/// <summary>Tells a file or folder from every other of this machine, whatever it is called.</summary>
internal readonly record struct FileId(uint Major, uint Minor, ulong Inode);

/// <summary>
/// A file or folder as the kernel found it, held open without being read, so that its true path and identity can be
/// looked at without anybody exchanging it meanwhile. Links that lead out of the file system's tree (those of /proc) are
/// not followed.
/// </summary>
internal sealed class PinnedPath : IDisposable
{
    private const int SystemCallOpenAt2 = 437;
    private const int CurrentFolder = -100;
    private const int PathOnlyCloseOnExec = 0x200000 | 0x80000;
    private const ulong NoMagicLinks = 2;
    private const int NotThere = 2;
    private const int NotAFolder = 20;
    private const int TooManyLinks = 40;
    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
    private const uint MaskInode = 0x100;

    private readonly SafeFileHandle handle;

    private PinnedPath(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Its path without links.</summary>
    public string RealPath => RealPathOf(handle);

    /// <summary>Its identity.</summary>
    public FileId? Id => IdOf(handle);

    /// <summary>Opens what a path leads to; null when it leads nowhere.</summary>
    /// <exception cref="UnauthorizedAccessException">A folder on the way may not be searched.</exception>
    /// <exception cref="IOException">It leads through a link of /proc, in a circle, or cannot be looked up.</exception>
    public static PinnedPath? TryOpen(string path)
    {
        var how = new OpenHow { Flags = PathOnlyCloseOnExec, Resolve = NoMagicLinks };
        var descriptor = (int)syscall(SystemCallOpenAt2, CurrentFolder, path, ref how, 24);
        var error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        // Kernels before 5.6, and sandboxes that do not know the call.
        if (error is 38 or 1)
        {
            descriptor = open(path, PathOnlyCloseOnExec);
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }

        return error switch
        {
            0 => new PinnedPath(new SafeFileHandle(descriptor, ownsHandle: true)),
            NotThere or NotAFolder => null,
            TooManyLinks => throw new IOException("the path leads through a link of /proc, or in a circle", error),
            _ => throw Posix.ToException(error, path),
        };
    }

    /// <summary>The path of what a descriptor holds.</summary>
    public static string RealPathOf(SafeFileHandle handle)
    {
        var descriptor = (int)handle.DangerousGetHandle();
        var path = new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;
        GC.KeepAlive(handle);
        return path ?? throw new IOException("/proc is not mounted, so that links cannot be looked through");
    }

    /// <summary>The identity of what a descriptor holds.</summary>
    public static FileId? IdOf(SafeFileHandle handle)
    {
        var id = Look((int)handle.DangerousGetHandle(), "", EmptyPath);
        GC.KeepAlive(handle);
        return id;
    }

    /// <summary>The identity of what a path names; null when there is nothing.</summary>
    public static FileId? IdOf(string path, bool followLinks) => Look(CurrentFolder, path, followLinks ? 0 : NoFollow);

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private static FileId? Look(int folder, string path, int flags)
    {
        var buffer = new byte[256];
        if (statx(folder, path, flags, MaskInode, buffer) != 0)
            return null;
        return new FileId(
            BitConverter.ToUInt32(buffer, 136), BitConverter.ToUInt32(buffer, 140), BitConverter.ToUInt64(buffer, 32));
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    // IDE1006: the names are libc's.
#pragma warning disable IDE1006
    [DllImport("libc", SetLastError = true)]
    private static extern nint syscall(
        nint number, nint folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, ref OpenHow how, nint size);

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] buffer);
#pragma warning restore IDE1006
}
