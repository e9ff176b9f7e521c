using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// When a source was last changed, for outputs that are to have its time (<c>preserve_mtime</c>). A storage whose sources
/// may be asked for only once is not asked: the file that it fetched has the time, where it was told.
/// </summary>
internal sealed class SourceTime(JobSpec spec, IMediaStorage storage, TimeProvider clock)
{
    private readonly DateTimeOffset startedAt = clock.GetUtcNow();
    private DateTimeOffset? at;

    /// <summary>To be called before the source is fetched.</summary>
    public async Task AskAsync(string address, SourceInPlace? inPlace, CancellationToken cancellation)
    {
        if (spec.PreserveMtime && storage.AllowsStat)
            at = inPlace is null ? (await storage.StatAsync(address, cancellation)).ModifiedAt : inPlace.ModifiedAt;
    }

    /// <summary>To be called when the source was fetched.</summary>
    public void TakeFrom(string fetched)
    {
        if (!spec.PreserveMtime || storage.AllowsStat)
            return;
        var written = new DateTimeOffset(File.GetLastWriteTimeUtc(fetched));
        // A file that nobody gave a time has that of its download.
        at = written < startedAt ? written : null;
    }

    /// <summary>Gives a file the source's time, if that is wanted and known.</summary>
    public void GiveTo(string output)
    {
        if (at is { } known)
            File.SetLastWriteTimeUtc(output, known.UtcDateTime);
    }
}
