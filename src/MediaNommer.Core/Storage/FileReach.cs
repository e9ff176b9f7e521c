namespace MediaNommer.Core.Storage;

/// <summary>Which local folders outlive this machine: on one that ends with its worker, only those that it shares.</summary>
/// <param name="formatOf">The kind of file system that a folder is on, for example <c>ext4</c> or <c>nfs</c>.</param>
public sealed class FileReach(Func<string, string> formatOf)
{
    private static readonly string[] Shared =
        ["nfs", "cifs", "smb", "fuse", "lustre", "ceph", "gpfs", "gfs", "ocfs", "afs", "9p", "v9fs"];

    /// <summary>Looks at the file systems of this machine.</summary>
    public FileReach()
        : this(folder => new DriveInfo(folder).DriveFormat)
    {
    }

    /// <summary>Why nothing may be put into a folder, or null when what lies there is there for others, too.</summary>
    public string? RefusalOf(string folder)
    {
        var there = folder;
        while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { } parent)
            there = parent;
        return Shared.Any(kind => formatOf(there).StartsWith(kind, StringComparison.OrdinalIgnoreCase))
            ? null
            : $"{folder} is on the disk of a machine that goes away with its worker. {Remedy}";
    }

    /// <summary>What to do about a file that such a machine cannot see, in a sentence.</summary>
    public static string Remedy => "Use s3:// or another address that is not of one machine, or a network folder that all "
        + "machines mount.";
}
