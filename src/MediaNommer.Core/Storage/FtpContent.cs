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
        // What was written to the target cannot be taken back, so a broken connection is not made anew.
        var transfer = new Transfer(options, clock);
        using var ftp = await transfer.RunAsync(
            token => FtpConnection.OpenAsync(source, transfer, token), source.GiveUp, cancellation);
        try
        {
            var (data, offset) = await ftp.BeginTransferAsync($"RETR {source.Path}", from, cancellation);
            await using (data)
            {
                if (offset != from)
                    throw source.Refuse("the server does not send parts of files.");
                if (!await ExactCopy.RunAsync(data.ReadAsync, length, target, cancellation))
                    throw source.GiveUp("the connection ended early", new IOException());
            }
        }
        catch (TransferBrokenException e)
        {
            throw source.GiveUp(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
