using System.Globalization;
using MediaNommer.Core.Storage;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// A source that is read where it is, and so may change while the work goes on. A recorder or a copy that still writes to
/// it is no fault of the file: the job waits until it stands still. One that was replaced is read again.
/// </summary>
internal sealed class SourceInPlace
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    private readonly IMediaStorage storage;
    private readonly string address;
    private readonly string display;
    private readonly TimeSpan settle;
    private readonly TimeProvider clock;
    private readonly MediaStat before;

    private SourceInPlace(
        IMediaStorage storage, string address, string display, TimeSpan settle, TimeProvider clock, MediaStat before) =>
        (this.storage, this.address, this.display, this.settle, this.clock, this.before) =
        (storage, address, display, settle, clock, before);

    /// <summary>Looks at a source before it is read; null where it is fetched and so cannot change any more.</summary>
    public static async Task<SourceInPlace?> LookAsync(
        RunParts parts, string address, string display, CancellationToken cancellation) =>
        parts.Storages.For(address) is { ReadsInPlace: true } storage
            ? new SourceInPlace(
                storage, address, display, TimeSpan.FromSeconds(parts.Options.Storage.SettleSeconds), parts.Clock,
                await parts.Calls.StatAsync(address, display, cancellation))
            : null;

    /// <summary>Its size when it was looked at.</summary>
    public long? Size => before.Size;

    /// <summary>When it was last written to by then.</summary>
    public DateTimeOffset? ModifiedAt => before.ModifiedAt;

    /// <summary>The reason for which a job waits whose source still changes: the same for the same state of it.</summary>
    public static string StillChanging(string display, MediaStat now, TimeSpan settle) => string.Create(
        CultureInfo.InvariantCulture,
        $"The source {display} is still being written to ({now.Size} bytes so far); the job goes on when it has not changed "
        + $"for {settle.TotalSeconds:0.#} s (Storage:SettleSeconds).");

    /// <summary>To be called when the work succeeded.</summary>
    /// <exception cref="MediaStorageException">The source has changed since.</exception>
    public async Task RequireUnchangedAsync(CancellationToken cancellation) =>
        RequireSame(await storage.StatAsync(address, cancellation));

    /// <summary>
    /// To be called when the work failed: the source may only not have been complete. One that was written to a moment ago
    /// is watched for a while, because recorders write in bursts.
    /// </summary>
    /// <exception cref="MediaStorageException">The source has changed since, or changes now.</exception>
    public async Task RequireSettledAsync(CancellationToken cancellation)
    {
        var until = clock.GetTimestamp();
        var written = clock.GetUtcNow() - before.ModifiedAt;
        // A time in the future is another machine's, whose clock is ahead.
        var left = written < settle && written > -settle ? settle - written.Value : TimeSpan.Zero;
        while (true)
        {
            RequireSame(await storage.StatAsync(address, cancellation));
            if (clock.GetElapsedTime(until) >= left)
                return;
            await Task.Delay(Pause, clock, cancellation);
        }
    }

    private void RequireSame(MediaStat now)
    {
        if (before.Revision is null || before.Revision == now.Revision)
            return;
        var grows = now.Size >= before.Size;
        throw new MediaStorageException(
            MediaStorageErrors.SourceChanged,
            grows
                ? StillChanging(display, now, settle)
                : $"The source {display} changed while it was read ({SourceChange.Describe(before, now)}).",
            isTransient: true)
        {
            IsAwaited = grows,
            Revision = now.Revision,
        };
    }
}
