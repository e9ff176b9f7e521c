namespace MediaNommer.Core.Storage;

/// <summary>
/// Files that the worker's machine can reach: <c>file://</c> addresses, percent-decoded, and plain absolute paths. A
/// source is linked to, never copied. An output is put under a hidden name beside its destination, synced to the disk,
/// and renamed, so that the destination is always either absent, old and whole, or new and whole.
/// </summary>
/// <param name="reach">On a machine that goes away with its worker: which folders outlive it.</param>
/// <param name="guard">Which files jobs may touch; all when it is left out.</param>
/// <param name="mounts">Which folders must be mounted; null: those that this machine itself lists.</param>
public sealed class FileStorage(FileReach? reach = null, AddressGuard? guard = null, Mounts? mounts = null) : IMediaStorage
{
    private readonly AddressGuard guard = guard ?? AddressGuard.Open;

    private readonly Mounts mounts = mounts ?? new Mounts([]);

    /// <inheritdoc/>
    public IReadOnlyList<string> Schemes { get; } = ["file"];

    /// <inheritdoc/>
    public bool ReadsInPlace => true;

    /// <inheritdoc/>
    public Task<MediaStat> StatAsync(string address, CancellationToken cancellation) =>
        AtOnce(() => Stat(FindVisible(address)), cancellation);

    /// <inheritdoc/>
    public Task FetchAsync(
        string address, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation) =>
        AtOnce(
            () =>
            {
                var source = FindSource(address);
                File.CreateSymbolicLink(path, source.FullName);
                progress?.Report(new TransferProgress(source.Length, source.Length));
                return true;
            },
            cancellation);

    /// <inheritdoc/>
    public Task<IMediaContent?> OpenAsync(string address, CancellationToken cancellation) =>
        AtOnce<IMediaContent?>(
            () => FileContent.Open(FilePath.Parse(address, MediaStorageErrors.SourceUnreadable), guard), cancellation);

    /// <inheritdoc/>
    public Task PrepareAsync(string address, OutputTag tag, CancellationToken cancellation) =>
        AtOnce(
            () =>
            {
                RequireLasting(address);
                Prepare(address, tag);
                return true;
            },
            cancellation);

    /// <inheritdoc/>
    public IDisposable? Hold(string path)
    {
        // What is no link was written by the nommer itself.
        if (!OperatingSystem.IsLinux() || File.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName is not { } source)
            return null;
        try
        {
            var file = File.OpenHandle(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            guard.RequireReadable(file, source);
            File.Delete(path);
            File.CreateSymbolicLink(path, $"/proc/{Environment.ProcessId}/fd/{file.DangerousGetHandle()}");
            return file;
        }
        catch (Exception e) when (FileErrors.AtSource(source, e) is { } known)
        {
            throw known;
        }
    }

    /// <inheritdoc/>
    public Task CleanUpAsync(string address, OutputTag tag, CancellationToken cancellation) =>
        AtOnce(
            () =>
            {
                var dest = FilePath.Parse(address, MediaStorageErrors.DestNotWritable);
                if (Directory.Exists(FolderOf(dest)))
                    DeleteEarlier(dest, tag with { Attempt = tag.Attempt + 1 });
                return true;
            },
            cancellation);

    /// <inheritdoc/>
    public async Task<IStagedOutput> StageAsync(
        string path, string address, OutputTag tag, IProgress<TransferProgress>? progress,
        CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var dest = FilePath.Parse(address, MediaStorageErrors.DestNotWritable);
        var part = Path.Combine(FolderOf(dest), PartName.For(Path.GetFileName(dest), tag));
        LocalFile.RequireRegular(path);
        RequireMounted(dest);
        try
        {
            guard.RequireWritable(dest);
            var length = new FileInfo(path).Length;
            await FileMove.MoveAsync(path, part, length, progress, cancellation);
            var isMarked = tag.IfExists != IfExists.Overwrite && FileMark.TryWriteJob(part, tag.JobId);
            FileRights.KeepOf(dest, part);
            await Task.Run(() => FileMove.Sync(part), CancellationToken.None).WaitAsync(cancellation);
            progress?.Report(new TransferProgress(length, length));
            return new FileStagedOutput(part, dest, tag, isMarked);
        }
        catch (Exception e)
        {
            FileErrors.TryDelete(part);
            if (FileErrors.AtDestination(dest, e) is { } known)
                throw known;
            throw;
        }
    }

    /// <inheritdoc/>
    public string IdentityOf(string address)
    {
        var dest = FilePath.Parse(address, MediaStorageErrors.DestNotWritable);
        // Folders that are missing can be no links.
        var (there, rest) = (Path.GetDirectoryName(dest) ?? dest, Path.GetFileName(dest));
        while (Posix.RealPath(there) is null && Path.GetDirectoryName(there) is { } above)
            (there, rest) = (above, Path.Combine(Path.GetFileName(there), rest));
        return "file:" + Path.Combine(Posix.RealPath(there) ?? there, rest);
    }

    /// <summary>The same as far as the text of the address tells: right where no link is on the way.</summary>
    internal static string TextIdentityOf(string address) => "file:" + FilePath.Parse(address, MediaStorageErrors.DestNotWritable);

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string address, CancellationToken cancellation) => AtOnce(
        () =>
        {
            var dest = FilePath.Parse(address, MediaStorageErrors.DestNotWritable);
            guard.RequireWritable(dest);
            return reach?.RefusalOf(FolderOf(dest)) is null && Posix.KindOf(dest, followLinks: false) != FileKind.Missing;
        },
        cancellation);

    /// <summary>Refuses a destination that is the file of the source itself, under whatever name.</summary>
    internal static void RequireApart(string sourceAddress, string destAddress)
    {
        var source = FilePath.Parse(sourceAddress, MediaStorageErrors.SourceUnreadable);
        var dest = FilePath.Parse(destAddress, MediaStorageErrors.DestNotWritable);
        if (FileEntry.WouldReplace(source, dest))
            throw FileErrors.NotWritable(
                $"The destination {dest} is the source {source} itself, by way of a link, a mount or a file system that does "
                + "not tell its names apart; name another file.");
    }

    private FileInfo FindVisible(string address)
    {
        try
        {
            return FindSource(address);
        }
        catch (MediaStorageException e) when (reach is not null && e.Code == MediaStorageErrors.SourceNotFound)
        {
            throw new MediaStorageException(
                e.Code, $"{e.Message} The worker runs on a machine of its own. {FileReach.Remedy}", e.IsTransient, e);
        }
    }

    private void RequireLasting(string address)
    {
        var dest = FilePath.Parse(address, MediaStorageErrors.DestNotWritable);
        if (reach?.RefusalOf(FolderOf(dest)) is { } refusal)
            throw new MediaStorageException(MediaStorageErrors.DestNotWritable, refusal);
    }

    // What is written to an unmounted folder fills the wrong disk, and is hidden once the share comes back.
    private void RequireMounted(string dest)
    {
        if (mounts.WhyNotToWrite(dest) is { } reason)
        {
            throw new MediaStorageException(
                MediaStorageErrors.DestNotWritable, $"The destination {dest} is not written to: {reason}", isTransient: true)
            {
                IsAwaited = true,
            };
        }
    }

    // Looks at files take microseconds; handing each to another thread would cost more.
    private static Task<T> AtOnce<T>(Func<T> work, CancellationToken cancellation)
    {
        try
        {
            cancellation.ThrowIfCancellationRequested();
            return Task.FromResult(work());
        }
        catch (OperationCanceledException)
        {
            return Task.FromCanceled<T>(cancellation);
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }

    private FileInfo FindSource(string address)
    {
        var path = FilePath.Parse(address, MediaStorageErrors.SourceUnreadable);
        try
        {
            guard.RequireReadable(path);
            if (mounts.WhyNotToRead(path) is { } reason)
                throw MissingFile.Unmounted(path, reason);
            switch (Posix.KindOf(path, followLinks: true))
            {
                case FileKind.Missing:
                    throw MissingFile.ErrorFor(path, mounts.WhyNotToWrite(path));
                case FileKind.Folder:
                    throw FileErrors.Unreadable($"The source {path} is a folder; name a file in it.");
                case FileKind.Special:
                    throw FileErrors.Unreadable(
                        $"The source {path} is a device, pipe or socket; only regular files can be read.");
            }

            var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
            if (file.Length == 0)
                throw FileErrors.Unreadable($"The source {path} is empty (0 bytes).");
            using var readable = File.OpenHandle(
                file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            guard.RequireReadable(readable, path);
            return file;
        }
        catch (Exception e) when (FileErrors.AtSource(path, e) is { } known)
        {
            throw known;
        }
    }

    private static MediaStat Stat(FileInfo file) =>
        new(file.Length, FileContent.RevisionOf(file.Length, file.LastWriteTimeUtc), file.LastWriteTimeUtc);

    private void Prepare(string address, OutputTag tag)
    {
        var dest = FilePath.Parse(address, MediaStorageErrors.DestNotWritable);
        var folder = FolderOf(dest);
        RequireMounted(dest);
        try
        {
            guard.RequireWritable(dest);
            FileStagedOutput.RequireReplaceable(dest);
            if (tag.IfExists != IfExists.Overwrite && FileStagedOutput.IsTaken(dest, tag))
                throw MediaStorageException.DestExists(dest);
            DurableFolder.Create(folder);
            if (!Posix.CanWriteIn(folder))
                throw new UnauthorizedAccessException();
        }
        catch (Exception e) when (FileErrors.AtDestination(dest, e) is { } known)
        {
            throw known;
        }

        DeleteEarlier(dest, tag);
    }

    private static void DeleteEarlier(string dest, OutputTag tag)
    {
        try
        {
            foreach (var stale in PartName.OfEarlierAttempts(Path.GetFileName(dest), tag))
                File.Delete(Path.Combine(FolderOf(dest), stale));
        }
        catch (Exception e) when (FileErrors.AtDestination(dest, e) is { } known)
        {
            throw known;
        }
    }

    private static string FolderOf(string dest) =>
        Path.GetDirectoryName(dest) is { } folder && Path.GetFileName(dest).Length > 0
            ? folder
            : throw FileErrors.NotWritable($"The destination {dest} names a folder; add the name of the file to write.");
}
