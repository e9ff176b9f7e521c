using System.Runtime.InteropServices;

namespace MediaNommer.Core.Storage;

/// <summary>Tells users what an error of the file system means for them.</summary>
internal static class FileErrors
{
    private const int NameTooLong = 36;
    private const int NoSpace = 28;
    private const int OverQuota = 122;
    private const int NotThere = 2;

    // EIO, ENXIO, ENODEV, ENETDOWN to EHOSTUNREACH, ENOTCONN, ESTALE, EREMOTEIO, ENOMEDIUM: what a share or a disk that went
    // away answers.
    private static readonly HashSet<int> Away = [5, 6, 19, 100, 101, 102, 103, 104, 107, 108, 110, 111, 112, 113, 116, 121, 123];

    public static MediaStorageException Unreadable(string message, Exception? inner = null) =>
        new(MediaStorageErrors.SourceUnreadable, message, isTransient: false, inner);

    public static MediaStorageException NotWritable(string message, Exception? inner = null) =>
        new(MediaStorageErrors.DestNotWritable, message, isTransient: false, inner);

    /// <summary>True when a disk is full or a quota used up.</summary>
    public static bool IsFull(Exception e) => e is IOException && e.HResult is NoSpace or OverQuota;

    /// <summary>True when the file system itself is out of reach.</summary>
    public static bool IsAway(Exception e) => e is IOException && Away.Contains(e.HResult & 0xffff);

    /// <summary>Finds a full disk before a long copy, not at its end.</summary>
    /// <exception cref="IOException">There is too little room.</exception>
    public static void RequireRoom(string folder, long bytes)
    {
        if (new DriveInfo(folder).AvailableFreeSpace < bytes)
            throw new IOException("Too little room.", NoSpace);
    }

    /// <summary>The error of a source, or null when it is not one of the file system.</summary>
    public static MediaStorageException? AtSource(string path, Exception e) => e switch
    {
        UnauthorizedAccessException => Unreadable(
            $"The source {path} may not be read by the user that runs the worker ({Environment.UserName}); "
            + "change its permissions.", e),
        FileNotFoundException or DirectoryNotFoundException => new MediaStorageException(
            MediaStorageErrors.SourceNotFound, $"The source {path} vanished while it was opened.", true, e),
        _ when IsAway(e) => new MediaStorageException(
            MediaStorageErrors.SourceUnreadable,
            $"The source {path} cannot be read now, its disk or share is out of reach: {Reason(e)}", true, e) { IsAwaited = true },
        PathTooLongException => Unreadable($"The path of the source is too long: {path}", e),
        IOException => Unreadable($"The source {path} cannot be read: {e.Message}", e),
        _ => null,
    };

    /// <summary>The error of a destination, or null when it is not one of the file system.</summary>
    public static MediaStorageException? AtDestination(string dest, Exception e) => e switch
    {
        UnauthorizedAccessException => NotWritable(
            $"The folder of {dest} may not be written to by the user that runs the worker ({Environment.UserName}); "
            + "change its permissions or name another destination.", e),
        PathTooLongException or IOException { HResult: NameTooLong } => NotWritable(
            $"The name of the destination is too long for its file system (255 bytes): {dest}", e),
        _ when IsFull(e) => new MediaStorageException(
            MediaStorageErrors.DestNotWritable,
            $"The disk of the destination {dest} is full, or a quota is used up; make room there.", true, e),
        _ when IsAway(e) => new MediaStorageException(
            MediaStorageErrors.DestNotWritable,
            $"The destination {dest} cannot be written to now, its disk or share is out of reach: {Reason(e)}", true, e)
        {
            IsAwaited = true,
        },
        DirectoryNotFoundException or IOException { HResult: NotThere } => new MediaStorageException(
            MediaStorageErrors.DestNotWritable, $"The folder of the destination {dest} vanished; is its share still mounted?", true, e),
        IOException => NotWritable($"The destination {dest} cannot be written to: {e.Message}", e),
        _ => null,
    };

    // Without the path: it is in the sentence already, and may be that of a file with a name of its own each time.
    private static string Reason(Exception e) => Marshal.GetPInvokeErrorMessage(e.HResult & 0xffff) + ".";

    /// <summary>Deletes what a failed transfer left; that it cannot be deleted matters less than why it failed.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
