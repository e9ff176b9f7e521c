using Microsoft.Win32.SafeHandles;

namespace MediaNommer.Core.Storage;

/// <summary>An open file: what is read stays the same file even when another takes its name.</summary>
internal sealed class FileContent : IMediaContent
{
    private readonly SafeFileHandle file;
    private readonly string path;

    private FileContent(string path, SafeFileHandle file)
    {
        (this.path, this.file) = (path, file);
        Size = RandomAccess.GetLength(file);
        ModifiedAt = File.GetLastWriteTimeUtc(file);
        Revision = RevisionOf(Size, ModifiedAt.Value.UtcDateTime);
    }

    /// <inheritdoc/>
    public long Size { get; }

    /// <inheritdoc/>
    public string? Revision { get; }

    /// <inheritdoc/>
    public DateTimeOffset? ModifiedAt { get; }

    /// <summary>Leads to the open file, whatever has its name by now.</summary>
    public string? LocalPath =>
        OperatingSystem.IsLinux() ? $"/proc/{Environment.ProcessId}/fd/{file.DangerousGetHandle()}" : path;

    /// <summary>How the content of a file is told from another's.</summary>
    public static string RevisionOf(long size, DateTime changedAt) => $"{size:x}-{changedAt.Ticks:x}";

    /// <summary>Opens a regular file.</summary>
    public static FileContent Open(string path, AddressGuard guard)
    {
        try
        {
            guard.RequireReadable(path);
            switch (Posix.KindOf(path, followLinks: true))
            {
                case FileKind.Missing:
                    throw new MediaStorageException(
                        MediaStorageErrors.SourceNotFound, $"There is no file {path} on this machine.");
                case FileKind.Folder:
                    throw FileErrors.Unreadable($"{path} is a folder.");
                case FileKind.Special:
                    throw FileErrors.Unreadable($"{path} is a device, pipe or socket; only regular files can be read.");
            }

            var file = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
            try
            {
                guard.RequireReadable(file, path);
                return new FileContent(path, file);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw FileErrors.Unreadable(
                $"{path} may not be read by the user that runs this program ({Environment.UserName}); change its permissions.", e);
        }
        catch (Exception e) when (FileErrors.AtSource(path, e) is { } known)
        {
            throw known;
        }
    }

    /// <inheritdoc/>
    public async Task CopyAsync(long from, long length, Stream target, CancellationToken cancellation)
    {
        var at = from;
        var isWhole = await ExactCopy.RunAsync(
            async (buffer, token) =>
            {
                var read = await RandomAccess.ReadAsync(file, buffer, at, token);
                at += read;
                return read;
            },
            length, target, cancellation);
        if (!isWhole)
            throw new MediaStorageException(
                MediaStorageErrors.SourceChanged, $"{path} became shorter while it was read.", isTransient: true);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        file.Dispose();
        return ValueTask.CompletedTask;
    }
}
