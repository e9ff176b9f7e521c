using System.Runtime.InteropServices;

namespace MediaNommer.Core.Storage;

/// <summary>What a path names.</summary>
internal enum FileKind
{
    Missing,
    File,
    Folder,

    /// <summary>A device, a pipe, a socket.</summary>
    Special,
}

/// <summary>
/// The few calls of the operating system that .NET does not offer: what kind of file a path names without opening it
/// (opening a pipe waits for ever), a rename that never falls back to copying, and syncing a folder.
/// </summary>
internal static class Posix
{
    public const int NotThere = 2;
    public const int Denied = 13;
    public const int Exists = 17;
    public const int OtherDevice = 18;

    private const int Invalid = 22;
    private const int NoSuchCall = 38;
    private const int NotSupported = 95;
    private const uint NoReplace = 1;

    private const int NotAFolder = 20;
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint MaskType = 1;
    private const int ModeOffset = 28;
    private const int StatxSize = 256;
    private const int WriteAndSearch = 2 | 1;
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <summary>What the path names.</summary>
    /// <exception cref="UnauthorizedAccessException">A folder on the way may not be searched.</exception>
    /// <exception cref="IOException">The path cannot be looked up.</exception>
    public static FileKind KindOf(string path, bool followLinks)
    {
        if (!OperatingSystem.IsLinux())
            return Directory.Exists(path) ? FileKind.Folder : File.Exists(path) ? FileKind.File : FileKind.Missing;
        var buffer = new byte[StatxSize];
        if (statx(CurrentFolder, path, followLinks ? 0 : NoFollow, MaskType, buffer) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error is NotThere or NotAFolder ? FileKind.Missing : throw ToException(error, path);
        }

        return KindOf(BitConverter.ToUInt16(buffer, ModeOffset));
    }

    /// <summary>What a file's mode says it is.</summary>
    public static FileKind KindOf(ushort mode) => (mode & 0xF000) switch
    {
        0x8000 => FileKind.File,
        0x4000 => FileKind.Folder,
        _ => FileKind.Special,
    };

    /// <summary>Renames, replacing what is there, in one step that nobody can see half done.</summary>
    /// <returns>0, or the number of the error.</returns>
    public static int Rename(string from, string to)
    {
        if (OperatingSystem.IsLinux())
            return rename(from, to) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (!File.Exists(from))
            return NotThere;
        File.Move(from, to, overwrite: true);
        return 0;
    }

    /// <summary>Renames in one step, but never replaces what is there.</summary>
    /// <returns>0, <see cref="Exists"/>, or the number of another error.</returns>
    public static int RenameToNew(string from, string to)
    {
        if (!OperatingSystem.IsLinux())
            return File.Exists(to) ? Exists : Rename(from, to);
        var error = renameat2(CurrentFolder, from, CurrentFolder, to, NoReplace) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (error is not (Invalid or NoSuchCall or NotSupported))
            return error;
        // Network disks know no such rename, but most know hard links, which replace nothing either.
        error = link(from, to) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (error == 0)
            File.Delete(from);
        else if (error is 1 or NotSupported or NoSuchCall)
            return KindOf(to, followLinks: false) == FileKind.Missing ? Rename(from, to) : Exists;
        return error;
    }

    /// <summary>The path without links on its way, or null when it leads nowhere.</summary>
    public static string? RealPath(string path)
    {
        if (!OperatingSystem.IsLinux())
            return Path.GetFullPath(path);
        var found = realpath(path, 0);
        var text = Marshal.PtrToStringUTF8(found);
        free(found);
        return text;
    }

    /// <summary>True when files can be made in the folder, found out without making one.</summary>
    public static bool CanWriteIn(string folder) =>
        !OperatingSystem.IsLinux() || access(folder, WriteAndSearch) == 0;

    /// <summary>Waits until a file's content, or a folder's entries, would outlast a power cut.</summary>
    /// <returns>0, or the number of the error.</returns>
    public static int Sync(string path)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        var file = open(path, ReadOnlyCloseOnExec);
        if (file < 0)
            return Marshal.GetLastPInvokeError();
        var result = fsync(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = close(file);
        return result;
    }

    /// <summary>The exception that .NET would have thrown.</summary>
    public static Exception ToException(int error, string path)
    {
        var message = $"{Marshal.GetPInvokeErrorMessage(error)}: {path}";
        return error is Denied or 1 or 30
            ? new UnauthorizedAccessException(message)
            : new IOException(message, error);
    }

    // IDE1006: the names are libc's.
#pragma warning disable IDE1006
    [DllImport("libc", SetLastError = true)]
    private static extern int statx(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] buffer);

    [DllImport("libc", SetLastError = true)]
    private static extern int rename(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", SetLastError = true)]
    private static extern int renameat2(
        int fromFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string from, int toFolder,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string to, uint flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", SetLastError = true)]
    private static extern int access([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(int file);

    [DllImport("libc")]
    private static extern nint realpath([MarshalAs(UnmanagedType.LPUTF8Str)] string path, nint buffer);

    [DllImport("libc")]
    private static extern void free(nint memory);

    [DllImport("libc")]
    private static extern int close(int file);
#pragma warning restore IDE1006
}
