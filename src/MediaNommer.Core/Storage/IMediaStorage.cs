namespace MediaNommer.Core.Storage;

/// <summary>What is known of a source before it is fetched.</summary>
/// <param name="Size">In bytes, or null when the server does not say.</param>
/// <param name="Revision">Changes when the content does (an ETag, or size and time), or null when unknown.</param>
/// <param name="ModifiedAt">When the content was last written, or null when unknown.</param>
public sealed record MediaStat(long? Size, string? Revision, DateTimeOffset? ModifiedAt = null);

/// <summary>How far a transfer is.</summary>
/// <param name="Bytes">Bytes moved so far.</param>
/// <param name="Total">Bytes to move in all, or null when unknown.</param>
public readonly record struct TransferProgress(long Bytes, long? Total);

/// <summary>Names the run that writes an output, so that a stale one can be told from the current one.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Attempt">The attempt of the step that writes.</param>
public sealed record OutputTag(string JobId, int Attempt)
{
    /// <summary>What to do when the destination exists.</summary>
    public IfExists IfExists { get; init; } = IfExists.Overwrite;

    /// <summary>
    /// The size in bytes of the output that an earlier attempt was about to put in place, or null. Storages that cannot
    /// mark their files know it again by that.
    /// </summary>
    public long? EarlierSize { get; init; }
}

/// <summary>An output that lies beside its destination, whole but not yet visible there.</summary>
public interface IStagedOutput : IAsyncDisposable
{
    /// <summary>
    /// Once it was promoted: what <see cref="IMediaContent.Revision"/> will be as long as nobody replaces it, or null
    /// where that cannot be told.
    /// </summary>
    string? Revision => null;

    /// <summary>
    /// True when the output carries its job's name, so that a later attempt of the job knows it again at the destination.
    /// False when only what the store says of it can tell.
    /// </summary>
    bool IsMarked => false;

    /// <summary>
    /// Makes the output appear at its destination, whole, in one move. Fails when a later attempt has called
    /// <see cref="IMediaStorage.PrepareAsync"/> meanwhile (where the protocol can tell).
    /// </summary>
    /// <param name="confirm">
    /// Called right before each try; throws unless the attempt is still the current one. A later attempt that comes
    /// after that question finds the staged output and removes it; one that came before it is found by the question.
    /// </param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="MediaStorageException">
    /// It could not be moved there; nothing changed at the destination. <see cref="MediaStorageErrors.DestExists"/> when
    /// something is there that is to be kept.
    /// </exception>
    Task PromoteAsync(Func<CancellationToken, Task> confirm, CancellationToken cancellation);
}

/// <summary>
/// Reads sources and writes outputs of one or more URI schemes. Addresses are given whole, secrets included; messages
/// of errors never hold them. Every method may throw <see cref="MediaStorageException"/>, and may block its thread for as
/// long as a file system does, in spite of a cancellation when a network mount hangs.
/// </summary>
public interface IMediaStorage
{
    /// <summary>The schemes it serves, in lower case.</summary>
    IReadOnlyList<string> Schemes { get; }

    /// <summary>
    /// True when sources are read where they are for as long as the work takes, so that they can change under it; false
    /// when they are fetched, after which nobody needs to ask for them again.
    /// </summary>
    bool ReadsInPlace => false;

    /// <summary>
    /// True when a source may be asked about before it is fetched. False where an address may be good for one request only,
    /// which must then be the one that fetches it; the file that it makes should have the source's time, where that is told.
    /// </summary>
    bool AllowsStat => true;

    /// <summary>Size and revision of a source.</summary>
    /// <exception cref="MediaStorageException">It is missing or may not be read.</exception>
    Task<MediaStat> StatAsync(string address, CancellationToken cancellation);

    /// <summary>
    /// Makes the source readable as the file <paramref name="path"/>, which does not exist yet: by a link where that
    /// serves, else by downloading it, going on where a broken connection left off.
    /// </summary>
    Task FetchAsync(
        string address, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation);

    /// <summary>
    /// Opens a source, or an output that was put in place, so that parts of it can be read. Null where the protocol
    /// cannot read parts.
    /// </summary>
    /// <exception cref="MediaStorageException">It is missing or may not be read.</exception>
    Task<IMediaContent?> OpenAsync(string address, CancellationToken cancellation) => Task.FromResult<IMediaContent?>(null);

    /// <summary>
    /// Keeps a source that is read in place open, and has <paramref name="path"/> lead to exactly that file, so that nobody
    /// can put another in its place before a nommer opens it. Null where the file is a copy of our own.
    /// </summary>
    /// <param name="path">What <see cref="FetchAsync"/> made.</param>
    IDisposable? Hold(string path) => null;

    /// <summary>
    /// Makes a destination ready before work begins: finds out early that it cannot be written to, creates its folder,
    /// and removes what earlier attempts of the same job staged, so that a stale run can never promote it.
    /// </summary>
    /// <exception cref="MediaStorageException">
    /// It cannot be written to, or (<see cref="MediaStorageErrors.DestExists"/>) something is there that is to be kept and
    /// that no earlier attempt of the same job has put there.
    /// </exception>
    Task PrepareAsync(string address, OutputTag tag, CancellationToken cancellation);

    /// <summary>
    /// One text for every spelling of a destination, without secrets, by which jobs that write to the same place are found.
    /// </summary>
    string IdentityOf(string address) => address;

    /// <summary>
    /// Whether there is something at a destination, as far as it can be told from here. On a machine that may not see what
    /// workers see: false.
    /// </summary>
    Task<bool> ExistsAsync(string address, CancellationToken cancellation) => Task.FromResult(false);

    /// <summary>
    /// Removes what this attempt and those before it staged and left behind. Touches nothing else, so that a later attempt
    /// may be at work. Does nothing where what is left costs nothing, or cannot be found.
    /// </summary>
    Task CleanUpAsync(string address, OutputTag tag, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>
    /// Brings a finished local file to where it can be promoted from. May move the file away. Nothing is visible at the
    /// destination until <see cref="IStagedOutput.PromoteAsync"/>; disposing without it leaves nothing behind.
    /// </summary>
    Task<IStagedOutput> StageAsync(
        string path, string address, OutputTag tag, IProgress<TransferProgress>? progress,
        CancellationToken cancellation);
}
