using MediaNommer.Core.Storage;

namespace MediaNommer.Samples;

/// <summary>An output that lies under its hidden name in the folder of its destination.</summary>
internal sealed class ShelfOutput(ShelfPlace place, string part, OutputTag tag) : IStagedOutput
{
    private bool promoted;

    /// <inheritdoc/>
    public string? Revision { get; private set; }

    /// <inheritdoc/>
    public async Task PromoteAsync(Func<CancellationToken, Task> confirm, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // Right before the move and not earlier: it asks whether this run is still the current one.
        await confirm(cancellation);
        Revision = new ShelfSource(File.OpenRead(Existing())).StatAndClose().Revision;
        place.Guard(() => Move(), isSource: false);
        promoted = true;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!promoted)
            File.Delete(part);
        return ValueTask.CompletedTask;
    }

    private string Existing() => File.Exists(part) ? part : throw Superseded();

    private void Move()
    {
        try
        {
            // Without overwriting, the file system itself sees to it that nothing is replaced.
            File.Move(part, place.Path, overwrite: tag.IfExists == IfExists.Overwrite || !place.IsTaken(tag));
        }
        catch (FileNotFoundException)
        {
            throw Superseded();
        }
        catch (IOException) when (File.Exists(place.Path) && File.Exists(part))
        {
            throw MediaStorageException.DestExists(place.Display);
        }

        DurableFolder.Sync(place.Folder);
    }

    private MediaStorageException Superseded() =>
        new(MediaStorageErrors.Superseded, $"A later attempt has taken over the destination {place.Display}.");
}
