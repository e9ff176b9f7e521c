using MediaNommer.Core.Storage;

namespace MediaNommer.Samples;

/// <summary>A file of a shelf that is open.</summary>
internal sealed class ShelfSource(FileStream file) : IDisposable
{
    /// <summary>What was opened.</summary>
    public FileStream File => file;

    /// <summary>Of what was opened, whatever lies under its name by now.</summary>
    public MediaStat Stat
    {
        get
        {
            var at = System.IO.File.GetLastWriteTimeUtc(file.SafeFileHandle);
            return new MediaStat(file.Length, $"{file.Length:x}-{at.Ticks:x}", at);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    /// <summary>The same in one go.</summary>
    public MediaStat StatAndClose()
    {
        using (this)
            return Stat;
    }
}

/// <summary>Reads parts of a file; feederd hands outputs out through it.</summary>
internal sealed class ShelfContent(ShelfPlace place, ShelfSource source) : IMediaContent
{
    private readonly MediaStat stat = source.Stat;

    /// <inheritdoc/>
    public long Size => stat.Size!.Value;

    /// <inheritdoc/>
    public string? Revision => stat.Revision;

    /// <inheritdoc/>
    public DateTimeOffset? ModifiedAt => stat.ModifiedAt;

    /// <inheritdoc/>
    public async Task CopyAsync(long from, long length, Stream target, CancellationToken cancellation)
    {
        var buffer = new byte[128 << 10];
        source.File.Position = from;
        while (length > 0)
        {
            var count = await source.File.ReadAsync(buffer.AsMemory(0, (int)Math.Min(length, buffer.Length)), cancellation);
            if (count == 0)
                throw place.Unreadable("became shorter while it was read");
            await target.WriteAsync(buffer.AsMemory(0, count), cancellation);
            length -= count;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        source.Dispose();
        return ValueTask.CompletedTask;
    }
}
