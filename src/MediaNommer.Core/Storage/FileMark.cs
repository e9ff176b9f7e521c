using System.Runtime.InteropServices;
using System.Text;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Extended attributes of files. An output carries the id of its job in one, so that a later attempt of that job knows it
/// again when its worker died right after it had put it in place.
/// </summary>
internal static class FileMark
{
    private const string JobName = "user.nommer.job";
    private const int MostBytes = 16 << 10;

    /// <summary>Writes the job into a file.</summary>
    /// <returns>False when the file system keeps no such attributes.</returns>
    public static bool TryWriteJob(string path, string jobId) => TryWrite(path, JobName, Encoding.ASCII.GetBytes(jobId));

    /// <summary>True for a file that this job made.</summary>
    public static bool IsOfJob(string path, string jobId) =>
        Read(path, JobName).AsSpan().SequenceEqual(Encoding.ASCII.GetBytes(jobId));

    /// <summary>The value of an attribute; empty when there is none.</summary>
    public static byte[] Read(string path, string name)
    {
        if (!OperatingSystem.IsLinux())
            return [];
        var value = new byte[MostBytes];
        var length = lgetxattr(path, name, value, (nuint)value.Length);
        return length > 0 ? value[..(int)length] : [];
    }

    /// <summary>Sets an attribute.</summary>
    /// <returns>False when the file system does not take it.</returns>
    public static bool TryWrite(string path, string name, byte[] value) =>
        OperatingSystem.IsLinux() && lsetxattr(path, name, value, (nuint)value.Length, 0) == 0;

    /// <summary>Takes an attribute away, if it is there.</summary>
    public static void Remove(string path, string name)
    {
        if (OperatingSystem.IsLinux())
            _ = lremovexattr(path, name);
    }

    // IDE1006: the names are libc's.
#pragma warning disable IDE1006
    [DllImport("libc", SetLastError = true)]
    private static extern nint lgetxattr(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, byte[] value, nuint size);

    [DllImport("libc", SetLastError = true)]
    private static extern int lsetxattr(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, byte[] value, nuint size,
        int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int lremovexattr(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);
#pragma warning restore IDE1006
}
