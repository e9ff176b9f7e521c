namespace MediaNommer.Core.Storage;

/// <summary>The worker's own end of a transfer over a network: files in the work folder.</summary>
internal static class LocalFile
{
    /// <summary>Makes the file, lets <paramref name="download"/> fill it, and removes it when that fails.</summary>
    /// <exception cref="MediaStorageException">The work folder's disk is full, or nothing came.</exception>
    public static async Task FetchAsync(string path, string display, Func<FileStream, Task<long>> download)
    {
        try
        {
            long length;
            await using (var target = new FileStream(
                path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true))
                length = await download(target);
            if (length == 0)
                throw FileErrors.Unreadable($"{display}: the source is empty (0 bytes).");
        }
        catch (Exception e)
        {
            FileErrors.TryDelete(path);
            if (FileErrors.IsFull(e))
                throw WorkDiskFull(display, e);
            throw;
        }
    }

    /// <summary>Refuses an output that is a link: it would let a nommer publish any file of this machine.</summary>
    public static void RequireRegular(string path)
    {
        if (Posix.KindOf(path, followLinks: false) != FileKind.File)
        {
            throw new MediaStorageException(
                MediaStorageErrors.TransferFailed, "The nommer's output is not a regular file; nothing was stored.");
        }
    }

    private static MediaStorageException WorkDiskFull(string display, Exception e) => new(
        MediaStorageErrors.TransferFailed,
        $"{display} could not be fetched whole: the disk of the work folders is full; make room or change WorkDir.",
        isTransient: true, e);
}
