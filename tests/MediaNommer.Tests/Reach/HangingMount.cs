using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MediaNommer.Tests.Reach;

/// <summary>
/// A mounted file system whose server never answers, as a hard NFS mount after its server has gone: whoever looks at it
/// hangs until this is disposed.
/// </summary>
internal sealed class HangingMount : IDisposable
{
    private const int Detach = 2;

    private readonly string folder;
    private readonly SafeFileHandle server;

    public HangingMount(string folder)
    {
        this.folder = folder;
        server = File.OpenHandle("/dev/fuse", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (mount("none", folder, "fuse", 0, $"fd={server.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0") == 0)
            return;
        var error = Marshal.GetLastPInvokeErrorMessage();
        server.Dispose();
        throw new IOException($"{folder} cannot be mounted (run as root, with /dev/fuse): {error}");
    }

    public void Dispose()
    {
        umount2(folder, Detach);
        // Whoever hangs goes on now, with an error.
        server.Dispose();
    }

    // IDE1006: the names are libc's.
#pragma warning disable IDE1006
    [DllImport("libc", SetLastError = true)]
    private static extern int mount(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string type, nuint flags, [MarshalAs(UnmanagedType.LPUTF8Str)] string data);

    [DllImport("libc", SetLastError = true)]
    private static extern int umount2([MarshalAs(UnmanagedType.LPUTF8Str)] string target, int flags);
#pragma warning restore IDE1006
}
