namespace MediaNommer.Core.Storage;

/// <summary>An output that lies, synced to the disk, under its hidden name in the destination's folder.</summary>
/// <param name="part">The hidden name.</param>
/// <param name="dest">Where it is to be put.</param>
/// <param name="tag">The run, and what to do when the destination exists.</param>
/// <param name="isMarked">Whether the file carries its job's name.</param>
internal sealed class FileStagedOutput(string part, string dest, OutputTag tag, bool isMarked) : IStagedOutput
{
    private bool promoted;

    /// <inheritdoc/>
    public string? Revision { get; private set; }

    /// <inheritdoc/>
    public bool IsMarked => isMarked;

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

    /// <summary>True when the destination exists and is no earlier output of the same job.</summary>
    public static bool IsTaken(string dest, OutputTag tag) =>
        Posix.KindOf(dest, followLinks: false) != FileKind.Missing && !FileMark.IsOfJob(dest, tag.JobId)
        && !(tag.EarlierSize is { } size && new FileInfo(dest) is { LinkTarget: null } file && file.Length == size);

    private int Rename()
    {
        if (tag.IfExists == IfExists.Overwrite)
            return Posix.Rename(part, dest);
        var error = Posix.RenameToNew(part, dest);
        if (error != Posix.Exists)
            return error;
        return IsTaken(dest, tag) ? throw MediaStorageException.DestExists(dest) : Posix.Rename(part, dest);
    }

    private void Promote()
    {
        try
        {
            RequireReplaceable(dest);
            var staged = new FileInfo(part);
            Revision = staged.Exists ? FileContent.RevisionOf(staged.Length, staged.LastWriteTimeUtc) : null;
            var error = Rename();
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
        DurableFolder.Sync(Path.GetDirectoryName(dest)!);
    }
}
