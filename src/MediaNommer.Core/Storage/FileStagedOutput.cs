namespace MediaNommer.Core.Storage;

/// <summary>An output that lies, synced to the disk, under its hidden name in the destination's folder.</summary>
internal sealed class FileStagedOutput(string part, string dest) : IStagedOutput
{
    private bool promoted;

    /// <inheritdoc/>
    public string? Revision { get; private set; }

    /// <inheritdoc/>
    public async Task PromoteAsync(Func<CancellationToken, Task> confirm, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        await confirm(cancellation);
        Promote();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!promoted)
            FileErrors.TryDelete(part);
        return ValueTask.CompletedTask;
    }

    /// <summary>Refuses to replace what is not a file: renaming onto a device would destroy it.</summary>
    public static void RequireReplaceable(string dest)
    {
        var kind = Posix.KindOf(dest, followLinks: true);
        if (kind == FileKind.Folder)
            throw FileErrors.NotWritable($"The destination {dest} is a folder; add the name of the file to write.");
        if (kind == FileKind.Special)
            throw FileErrors.NotWritable($"The destination {dest} is a device, pipe or socket; name a regular file.");
    }

    private void Promote()
    {
        try
        {
            RequireReplaceable(dest);
            var staged = new FileInfo(part);
            Revision = staged.Exists ? FileContent.RevisionOf(staged.Length, staged.LastWriteTimeUtc) : null;
            var error = Posix.Rename(part, dest);
            if (error == Posix.NotThere)
            {
                throw new MediaStorageException(
                    MediaStorageErrors.Superseded,
                    $"The output for {dest} was taken away before it was put in place: a later attempt took over.");
            }

            if (error != 0)
                throw Posix.ToException(error, dest);
            promoted = true;
        }
        catch (Exception e) when (FileErrors.AtDestination(dest, e) is { } known)
        {
            throw known;
        }

        // The output is in place. A file system that cannot sync folders (some network ones) is no reason to say
        // that it is not.
        _ = Posix.Sync(Path.GetDirectoryName(dest)!);
    }
}
