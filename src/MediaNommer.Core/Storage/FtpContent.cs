using MediaNommer.Core.Settings;

namespace MediaNommer.Core.Storage;

/// <summary>A file on an FTP server, read in parts (REST), each over a connection of its own.</summary>
internal sealed class FtpContent(FtpAddress source, MediaStat stat, StorageOptions options, TimeProvider clock) : IMediaContent
{
    /// <inheritdoc/>
    public long Size { get; } = stat.Size ?? throw source.Refuse("the server does not say how long it is.");

    /// <inheritdoc/>
    public string? Revision => stat.Revision;

    /// <inheritdoc/>
    public DateTimeOffset? ModifiedAt => null;

    /// <inheritdoc/>
    public async Task CopyAsync(long from, long length, Stream target, CancellationToken cancellation)
    {
        var transfer = new Transfer(options, clock);
        var hasBegun = false;
        await transfer.RunAsync(
            async token =>
            {
                // What was written to the target cannot be taken back, so a broken connection is not made anew.
                if (hasBegun)
                    throw source.GiveUp("the connection broke", new IOException());
                using var ftp = await FtpConnection.OpenAsync(source, transfer, token);
                var (data, offset) = await ftp.BeginTransferAsync($"RETR {source.Path}", from, token);
                await using var end = data;
                if (offset != from)
                    throw source.Refuse("the server does not send parts of files.");
                hasBegun = true;
                return await ExactCopy.RunAsync(transfer.Watch(data), length, target, token)
                    ? true
                    : throw new TransferBrokenException("the connection ended early");
            },
            source.GiveUp, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
