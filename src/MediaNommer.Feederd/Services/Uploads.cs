using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Feederd.Services;

/// <summary>A file that was uploaded.</summary>
/// <param name="Id">Its id, which is also the name of its folder.</param>
/// <param name="File">The file.</param>
internal sealed record Upload(string Id, FileInfo File);

/// <summary>The disk that uploads go to has no room.</summary>
internal sealed class UploadDiskFullException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The upload is larger than allowed.</summary>
internal sealed class UploadTooLargeException(string message) : Exception(message);

/// <summary>
/// Files that users sent: <c>DATA/uploads/ID/NAME</c>. Until a file is whole it is called <c>.part</c>; old ones are
/// removed by <see cref="JobPruner"/>.
/// </summary>
internal sealed class Uploads(NommerOptions options, TimeProvider clock)
{
    private const string Part = ".part";
    private const long CheckDiskEvery = 64 << 20;
    private const int OutOfSpace = 28; // ENOSPC

    // A part that nothing was written to for this long, and that nobody holds open, belongs to a feederd that died. With
    // the pause between two looks it is gone within the hour.
    private static readonly TimeSpan PartAge = TimeSpan.FromMinutes(30);

    private readonly string folder = Path.GetFullPath(Path.Combine(options.DataDir, "uploads"));

    /// <summary>Takes a file in. Whatever goes wrong, nothing of it stays.</summary>
    /// <param name="body">The file's bytes.</param>
    /// <param name="name">What its sender calls it; made safe here.</param>
    /// <param name="length">Its size in bytes if that is known before.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="UploadTooLargeException">It is larger than Feederd:MaxUploadBytes.</exception>
    /// <exception cref="UploadDiskFullException">There is no room for it.</exception>
    public async Task<Upload> ReceiveAsync(Stream body, string? name, long? length, CancellationToken cancellation)
    {
        CheckSize(length ?? 0);
        PrivateFolder.Make(folder);
        CheckDisk(length ?? 0);
        var id = Job.NewId(clock);
        var home = Path.Combine(folder, id);
        PrivateFolder.Make(home);
        try
        {
            var part = Path.Combine(home, Part);
            await WriteAsync(body, part, cancellation);
            var path = Path.Combine(home, SafeFileName.Of(name));
            File.Move(part, path);
            DurableFolder.Sync(home);
            return new Upload(id, new FileInfo(path));
        }
        catch (Exception e)
        {
            Directory.Delete(home, recursive: true);
            if (e is IOException && (e.HResult & 0xffff) == OutOfSpace)
                throw new UploadDiskFullException("The disk of the uploads is full.", e);
            throw;
        }
    }

    /// <summary>Everything that is whole, newest first.</summary>
    public IReadOnlyList<Upload> List()
    {
        if (!Directory.Exists(folder))
            return [];
        return [.. Directory.EnumerateDirectories(folder).Select(Read).OfType<Upload>()
            .OrderByDescending(upload => upload.Id, StringComparer.Ordinal)];
    }

    /// <summary>The upload with an id, or null.</summary>
    public Upload? Find(string id) => IsId(id) ? Read(Path.Combine(folder, id)) : null;

    /// <summary>Deletes an upload.</summary>
    /// <returns>False when there is none with that id.</returns>
    public bool Delete(string id)
    {
        if (Find(id) is null)
            return false;
        Directory.Delete(Path.Combine(folder, id), recursive: true);
        return true;
    }

    /// <summary>Removes what a feederd that died in the middle of an upload has left.</summary>
    /// <returns>How many uploads that were.</returns>
    public int RemoveBroken()
    {
        if (!Directory.Exists(folder))
            return 0;
        var broken = new DirectoryInfo(folder).EnumerateDirectories().Where(IsBroken).ToList();
        foreach (var home in broken)
            home.Delete(recursive: true);
        return broken.Count;
    }

    private bool IsBroken(DirectoryInfo home)
    {
        var files = home.GetFiles();
        if (files.Any(file => file.Name != Part))
            return false;
        var writtenAt = files.Select(file => file.LastWriteTimeUtc).DefaultIfEmpty(home.LastWriteTimeUtc).Max();
        return clock.GetUtcNow() - writtenAt > PartAge && !files.Any(IsHeld);
    }

    private static bool IsHeld(FileInfo part)
    {
        try
        {
            using var probe = part.Open(FileMode.Open, FileAccess.Write, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private async Task WriteAsync(Stream body, string path, CancellationToken cancellation)
    {
        await using var file = PrivateFolder.NewFile(path, FileMode.CreateNew, FileOptions.Asynchronous);
        var buffer = new byte[1 << 18];
        long size = 0;
        var checkAt = CheckDiskEvery;
        int read;
        while ((read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation)) > 0)
        {
            size += read;
            CheckSize(size);
            await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
            if (size >= checkAt)
            {
                CheckDisk(0);
                checkAt += CheckDiskEvery;
            }
        }

        if (size == 0)
            throw new InvalidDataException("The upload is empty.");
        file.Flush(flushToDisk: true);
    }

    private void CheckSize(long size)
    {
        if (size > options.Feederd.MaxUploadBytes)
            throw new UploadTooLargeException(
                $"The file is larger than the limit of {options.Feederd.MaxUploadBytes} bytes (Feederd:MaxUploadBytes).");
    }

    private void CheckDisk(long wanted)
    {
        var free = new DriveInfo(folder).AvailableFreeSpace;
        var reserve = options.Nommerd.MinFreeDiskBytes;
        if (free - reserve < wanted)
            throw new UploadDiskFullException(
                $"The disk of {folder} has {free} bytes free, of which {reserve} must stay free "
                + "(Nommerd:MinFreeDiskBytes). Make room and try again.");
    }

    private static Upload? Read(string home)
    {
        if (!Directory.Exists(home))
            return null;
        var file = new DirectoryInfo(home).EnumerateFiles().FirstOrDefault(candidate => candidate.Name != Part);
        return file is null ? null : new Upload(Path.GetFileName(home), file);
    }

    private static bool IsId(string id) => id.Length == 32 && id.All(char.IsAsciiHexDigitLower);
}
