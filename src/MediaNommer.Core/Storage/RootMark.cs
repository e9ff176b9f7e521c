namespace MediaNommer.Core.Storage;

/// <summary>
/// What a folder of the settings is just now. It may be a mount whose server is gone, and a look at it may hang: then it
/// counts as what it was, and nobody waits for it a second time.
/// </summary>
internal sealed class RootMark(string path)
{
    // Shorter than anybody waits who asks about files that do not hang.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.5);

    private readonly Lock gate = new();
    private FileId? known;
    private Task<FileId?>? look;

    /// <summary>Its identity; null when there is nothing, or nothing is known.</summary>
    public FileId? Find()
    {
        lock (gate)
        {
            // On a thread of its own: one of the pool might not begin in time.
            var wait = look is null ? Patience : TimeSpan.Zero;
            look ??= Task.Factory.StartNew(
                () => PinnedPath.IdOf(path, followLinks: true), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (look.Wait(wait))
                (known, look) = (look.Result, null);
            return known;
        }
    }
}
