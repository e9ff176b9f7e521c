using MediaNommer.Core.Plugins;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Samples;

/// <summary>
/// A storage of one's own: <c>shelf://films/2026/a.mov</c> is the file <c>2026/a.mov</c> on the shelf <c>films</c>, a folder
/// (or a link to one) in <c>shelves</c> beside the plug-in folder. Jobs name shelves, and each machine says where they stand.
/// docs/writing-a-storage.md walks through it.
/// </summary>
public sealed class ShelfStorage(NommerOptions options) : IMediaStorage
{
    private readonly string shelves = Path.Combine(Path.GetDirectoryName(PluginLoader.FolderOf(options))!, "shelves");

    /// <inheritdoc/>
    public IReadOnlyList<string> Schemes { get; } = ["shelf"];

    /// <inheritdoc/>
    public Task<MediaStat> StatAsync(string address, CancellationToken cancellation)
    {
        using var source = ShelfPlace.Find(shelves, address).OpenSource();
        return Task.FromResult(source.Stat);
    }

    /// <inheritdoc/>
    public async Task FetchAsync(
        string address, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        var place = ShelfPlace.Find(shelves, address);
        using var source = place.OpenSource();
        if (source.Stat.Size == 0)
            throw place.Unreadable("is empty");
        await place.CopyAsync(source.File, path, source.Stat.Size!.Value, progress, cancellation);
    }

    /// <inheritdoc/>
    public Task<IMediaContent?> OpenAsync(string address, CancellationToken cancellation)
    {
        var place = ShelfPlace.Find(shelves, address);
        return Task.FromResult<IMediaContent?>(new ShelfContent(place, place.OpenSource()));
    }

    /// <inheritdoc/>
    public Task PrepareAsync(string address, OutputTag tag, CancellationToken cancellation)
    {
        var place = ShelfPlace.Find(shelves, address);
        place.MakeFolder();
        if (tag.IfExists != IfExists.Overwrite && place.IsTaken(tag))
            throw MediaStorageException.DestExists(place.Display);
        // The stale run of an earlier attempt finds its output gone, and can put nothing in place any more.
        place.RemoveParts(tag.JobId, upTo: tag.Attempt - 1);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string address, CancellationToken cancellation) =>
        Task.FromResult(File.Exists(ShelfPlace.Find(shelves, address).Path));

    /// <inheritdoc/>
    public Task CleanUpAsync(string address, OutputTag tag, CancellationToken cancellation)
    {
        ShelfPlace.Find(shelves, address).RemoveParts(tag.JobId, upTo: tag.Attempt);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<IStagedOutput> StageAsync(
        string path, string address, OutputTag tag, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        var place = ShelfPlace.Find(shelves, address);
        if (new FileInfo(path) is not { Exists: true, LinkTarget: null } output)
            throw place.NotWritable("cannot be written: what the nommer made is no regular file");
        place.MakeFolder();
        var part = place.PartOf(tag.JobId, tag.Attempt);
        await using (var file = output.OpenRead())
            await place.CopyAsync(file, part, output.Length, progress, cancellation);
        return new ShelfOutput(place, part, tag);
    }
}
