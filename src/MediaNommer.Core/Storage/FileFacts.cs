using System.Runtime.InteropServices;

namespace MediaNommer.Core.Storage;

/// <summary>What the file system says of a file: which one it is, and whose.</summary>
internal readonly record struct FileFacts(
    FileKind Kind, (uint Major, uint Minor) Device, ulong Inode, uint Links, UnixFileMode Mode, uint Owner, uint Group)
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint BasicFacts = 0x7ff;
    private const int StatxSize = 256;
    private const int NotAFolder = 20;

    /// <summary>True when both are one file, whatever the names.</summary>
    public bool IsSameFileAs(FileFacts other) => (Device, Inode) == (other.Device, other.Inode);

    /// <summary>Looks a path up; null when there is nothing, or the system cannot tell.</summary>
    /// <exception cref="UnauthorizedAccessException">A folder on the way may not be searched.</exception>
    /// <exception cref="IOException">The path cannot be looked up.</exception>
    public static FileFacts? Of(string path, bool followLinks)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var facts = new byte[StatxSize];
        if (statx(CurrentFolder, path, followLinks ? 0 : NoFollow, BasicFacts, facts) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error is Posix.NotThere or NotAFolder ? null : throw Posix.ToException(error, path);
        }

        var mode = BitConverter.ToUInt16(facts, 28);
        return new FileFacts(
            Posix.KindOf(mode), (Number(136), Number(140)), BitConverter.ToUInt64(facts, 32), Number(16),
            (UnixFileMode)(mode & 0xFFF), Number(20), Number(24));

        uint Number(int offset) => BitConverter.ToUInt32(facts, offset);
    }

    // IDE1006: the name is libc's.
#pragma warning disable IDE1006
    [DllImport("libc", SetLastError = true)]
    private static extern int statx(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] buffer);
#pragma warning restore IDE1006
}
