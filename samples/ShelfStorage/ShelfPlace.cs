using System.Security.Cryptography;
using System.Text;
using MediaNommer.Core.Storage;

namespace MediaNommer.Samples;

/// <summary>Where on a shelf an address leads.</summary>
/// <param name="Path">The file's path on this machine.</param>
/// <param name="Display">The address as it may be shown: never put a whole address into a message.</param>
internal sealed record ShelfPlace(string Path, string Display)
{
    private const string Begin = "shelf://";

    /// <summary>The folder that the file lies in.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>Reads an address.</summary>
    /// <exception cref="MediaStorageException">It names no shelf of this machine, or leads out of it.</exception>
    public static ShelfPlace Find(string shelves, string address)
    {
        var display = MediaUri.Redact(address);
        var rest = address[Begin.Length..].Split('/', 2);
        var shelf = System.IO.Path.Combine(shelves, Uri.UnescapeDataString(rest[0]));
        // Where it is missing, the machine may not be set up yet: the job is tried again for a while.
        if (!IsBelow(shelves, shelf) || !Directory.Exists(shelf))
            throw new MediaStorageException(
                MediaStorageErrors.TransferFailed, $"There is no shelf for {display} on this machine; make the folder {shelf}.", isTransient: true);
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(shelf, Uri.UnescapeDataString(rest.ElementAtOrDefault(1) ?? "")));
        return IsBelow(shelf, path)
            ? new ShelfPlace(path, display)
            : throw new MediaStorageException(MediaStorageErrors.NotAllowed, $"{display} leads out of its shelf.");
    }

    /// <summary>Opens it as a source.</summary>
    /// <exception cref="MediaStorageException">It is missing or cannot be read.</exception>
    public ShelfSource OpenSource()
    {
        if (Directory.Exists(Path))
            throw Unreadable("is a folder");
        if (!File.Exists(Path))
            throw new MediaStorageException(MediaStorageErrors.SourceNotFound, $"There is no {Display}.");
        return Guard(() => new ShelfSource(File.OpenRead(Path)), isSource: true);
    }

    /// <summary>Makes the folder of a destination.</summary>
    /// <exception cref="MediaStorageException">It cannot be made, or the destination is a folder itself.</exception>
    public void MakeFolder()
    {
        if (Directory.Exists(Path) || Path.EndsWith('/'))
            throw NotWritable("is a folder; add the name of the file to write");
        Guard(() => DurableFolder.Create(Folder), isSource: false);
    }

    /// <summary>
    /// True when something else than an earlier output of this job lies there. Files of a shelf carry no name of their job,
    /// so that one of the size that the earlier attempt announced has to pass for it.
    /// </summary>
    public bool IsTaken(OutputTag tag) => new FileInfo(Path) is { Exists: true } there && there.Length != tag.EarlierSize;

    /// <summary>The hidden name for the output of one attempt. A name has at most 255 bytes, hence the hash.</summary>
    public string PartOf(string jobId, int attempt)
    {
        var name = SHA256.HashData(Encoding.UTF8.GetBytes(System.IO.Path.GetFileName(Path))).AsSpan(0, 8);
        return System.IO.Path.Combine(Folder, $".{Convert.ToHexStringLower(name)}.{jobId}-{attempt}.shelf-part");
    }

    /// <summary>Removes what the first attempts of a job left under hidden names.</summary>
    public void RemoveParts(string jobId, int upTo) => Guard(
        () =>
        {
            for (var attempt = 1; attempt <= upTo && Directory.Exists(Folder); attempt++)
                File.Delete(PartOf(jobId, attempt));
        },
        isSource: false);

    /// <summary>Copies to a new file, which is gone again when that does not come to its end, and syncs it.</summary>
    public async Task CopyAsync(
        FileStream from, string to, long size, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        try
        {
            await using var copy = new FileStream(to, FileMode.Create, FileAccess.Write);
            var buffer = new byte[1 << 20];
            long done = 0;
            for (int count; (count = await from.ReadAsync(buffer, cancellation)) > 0; progress?.Report(new(done, size)))
            {
                await copy.WriteAsync(buffer.AsMemory(0, count), cancellation);
                done += count;
            }

            copy.Flush(flushToDisk: true);
            if (done != size)
                throw Unreadable($"changed while it was read (from {size} to {done} bytes)");
        }
        catch (Exception e)
        {
            File.Delete(to);
            // A full disk or a share that went away may be better at the next attempt.
            throw e is IOException ? new MediaStorageException(MediaStorageErrors.TransferFailed, $"{Display}: {e.Message}", isTransient: true, e) : e;
        }
    }

    /// <summary>The error for a source that is there but cannot be read.</summary>
    public MediaStorageException Unreadable(string why) => new(MediaStorageErrors.SourceUnreadable, $"{Display} {why}.");

    /// <summary>The error for a destination that cannot be written.</summary>
    public MediaStorageException NotWritable(string why) => new(MediaStorageErrors.DestNotWritable, $"{Display} {why}.");

    /// <summary>Says in the storage's words what the file system refuses.</summary>
    public T Guard<T>(Func<T> action, bool isSource)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var code = isSource ? MediaStorageErrors.SourceUnreadable : MediaStorageErrors.DestNotWritable;
            throw new MediaStorageException(code, $"{Display}: {e.Message}", isTransient: e is IOException, e);
        }
    }

    /// <summary>The same for what gives nothing back.</summary>
    public void Guard(Action action, bool isSource) => Guard<object?>(
        () =>
        {
            action();
            return null;
        },
        isSource);

    private static bool IsBelow(string folder, string path) => path.StartsWith(folder + '/', StringComparison.Ordinal)
        && !path.Split('/').Contains("..");
}
