using System.Runtime.InteropServices;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Owner, group, mode and access list of an output. It was made in the work folder, so all of them are those of a file
/// made there, and a move keeps them.
/// </summary>
internal static class FileRights
{
    private const uint Unchanged = uint.MaxValue;
    private const UnixFileMode Plain = (UnixFileMode)0b111_111_111;
    private const string AccessList = "system.posix_acl_access";

    /// <summary>
    /// Gives an output what a file has that is made in the folder of <paramref name="sample"/>: the folder's group where it
    /// hands that on, its default access list, what the umask leaves.
    /// </summary>
    /// <param name="output">The output.</param>
    /// <param name="sample">Made, and left there empty, to see what files get.</param>
    /// <returns>False when this user may not change the output so; then only a copy made there will have it.</returns>
    public static bool TryAdopt(string output, string sample)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        new FileStream(sample, FileMode.Create, FileAccess.Write).Dispose();
        return FileFacts.Of(sample, followLinks: false) is not { } wanted
            || FileFacts.Of(output, followLinks: false) is not { } have
            || TryGive(output, sample, wanted, have);
    }

    /// <summary>Gives an output the mode, and as far as this user may the owner and group, of the file that it replaces.</summary>
    public static void KeepOf(string replaced, string output)
    {
        if (!OperatingSystem.IsLinux() || FileFacts.Of(replaced, followLinks: false) is not { Kind: FileKind.File } wanted
            || FileFacts.Of(output, followLinks: false) is not { } have)
            return;
        if (wanted.Owner != have.Owner)
            _ = chown(output, wanted.Owner, Unchanged);
        if (wanted.Group != have.Group)
            _ = chown(output, Unchanged, wanted.Group);
        _ = chmod(output, (uint)(wanted.Mode & Plain));
        CopyAccessList(replaced, output);
    }

    private static bool TryGive(string output, string sample, FileFacts wanted, FileFacts have)
    {
        if ((wanted.Owner != have.Owner && chown(output, wanted.Owner, Unchanged) != 0)
            || (wanted.Group != have.Group && chown(output, Unchanged, wanted.Group) != 0)
            || (wanted.Mode != have.Mode && chmod(output, (uint)wanted.Mode) != 0))
            return false;
        CopyAccessList(sample, output);
        return true;
    }

    // Where there is none, or file systems know none, the mode has said all.
    private static void CopyAccessList(string from, string to)
    {
        var list = FileMark.Read(from, AccessList);
        if (list.Length > 0)
            FileMark.TryWrite(to, AccessList, list);
        else
            FileMark.Remove(to, AccessList);
    }

    // IDE1006: the names are libc's.
#pragma warning disable IDE1006
    [DllImport("libc", SetLastError = true)]
    private static extern int chown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint owner, uint group);

    [DllImport("libc", SetLastError = true)]
    private static extern int chmod([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
#pragma warning restore IDE1006
}
