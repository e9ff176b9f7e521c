namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Stops an ffmpeg that fills the disk of its work folder, while there is still room for everything else on it: the store
/// mostly lies on the same disk.
/// </summary>
/// <param name="folder">The work folder.</param>
/// <param name="least">The free bytes below which it is stopped; 0: never.</param>
/// <param name="graceful">Whoever else may stop it.</param>
internal sealed class DiskWatch(string folder, long least, CancellationToken graceful) : IDisposable
{
    private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(graceful);

    /// <summary>Asks ffmpeg to end.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>True when this stopped it.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Has a look; called with each of ffmpeg's reports.</summary>
    public void Look()
    {
        if (least <= 0 || IsFull || !HasLessThan(least))
            return;
        IsFull = true;
        stop.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose() => stop.Dispose();

    private bool HasLessThan(long bytes)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace < bytes;
        }
        catch (IOException)
        {
            // A disk that does not say how full it is must not end a job.
            return false;
        }
    }
}
