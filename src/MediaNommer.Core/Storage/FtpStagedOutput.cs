using System.Net.Sockets;
using MediaNommer.Core.Settings;

namespace MediaNommer.Core.Storage;

/// <summary>An output that lies on the server under its hidden name.</summary>
internal sealed class FtpStagedOutput(FtpAddress dest, OutputTag tag, StorageOptions options, TimeProvider clock)
    : IStagedOutput
{
    private const int BufferSize = 256 << 10;
    private static readonly TimeSpan CleanUpTime = TimeSpan.FromSeconds(10);

    private readonly string part = dest.Folder + PartName.For(dest.FileName, tag);
    private long length;
    private bool promoted;

    /// <inheritdoc/>
    public bool IsMarked => false;

    /// <summary>Sends the file, going on where a broken connection left off.</summary>
    public async Task UploadAsync(
        string path, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        await using var source = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        length = source.Length;
        var transfer = new Transfer(options, clock);
        var isFirst = true;
        await transfer.RunAsync(
            async token =>
            {
                using var ftp = await FtpConnection.OpenAsync(dest, transfer, token);
                var have = isFirst ? 0 : await ftp.SizeAsync(part, token) ?? 0;
                isFirst = false;
                await SendAsync(ftp, source, have <= length ? have : 0, transfer, progress, token);
                return true;
            },
            dest.GiveUp, cancellation);
    }

    /// <inheritdoc/>
    public async Task PromoteAsync(Func<CancellationToken, Task> confirm, CancellationToken cancellation)
    {
        var transfer = new Transfer(options, clock);
        var mayBeDone = false;
        await transfer.RunAsync(
            async token =>
            {
                using var ftp = await FtpConnection.OpenAsync(dest, transfer, token);
                // FTP has no rename that replaces nothing: what appears after this look is replaced.
                var isTaken = tag.IfExists != IfExists.Overwrite
                    && await ftp.LookAsync(dest.Path, size => size == tag.EarlierSize, token) == Occupant.Other;
                var from = await ftp.AskAsync($"RNFR {part}", token);
                // The connection broke before we heard whether the rename was done: it was.
                if (from.Code >= 500 && mayBeDone && await ftp.SizeAsync(dest.Path, token) == length)
                    return true;
                if (from.Code >= 500)
                    throw Superseded();
                if (isTaken)
                    throw MediaStorageException.DestExists(dest.Display);
                await confirm(cancellation);
                mayBeDone = true;
                var to = await ftp.AskAsync($"RNTO {dest.Path}", token);
                if (to.Code >= 500 && await ftp.SizeAsync(part, token) is null)
                    throw Superseded();
                return to.IsDone ? true : throw dest.ErrorFor(to);
            },
            dest.GiveUp, cancellation);
        promoted = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (promoted)
            return;
        using var timeout = new CancellationTokenSource(CleanUpTime, clock);
        try
        {
            using var ftp = await FtpConnection.OpenAsync(dest, new Transfer(options, clock), timeout.Token);
            await ftp.AskAsync($"DELE {part}", timeout.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            or TransferBrokenException or MediaStorageException)
        {
            // The server is out of reach; the next attempt of the job removes the part.
        }
    }

    private async Task SendAsync(
        FtpConnection ftp, FileStream source, long have, Transfer transfer, IProgress<TransferProgress>? progress,
        CancellationToken cancellation)
    {
        var (data, offset) = await ftp.BeginTransferAsync($"STOR {part}", have, cancellation);
        await using (data)
        {
            source.Position = offset;
            var buffer = new byte[BufferSize];
            int read;
            while ((read = await source.ReadAsync(buffer, cancellation)) > 0)
            {
                await data.WriteAsync(buffer.AsMemory(0, read), cancellation);
                transfer.MovedTo(source.Position);
                progress?.Report(new TransferProgress(source.Position, length));
            }
        }

        await ftp.EndTransferAsync(cancellation);
        if (await ftp.SizeAsync(part, cancellation) is { } arrived && arrived != length)
            throw new TransferBrokenException($"the server holds {arrived} of {length} bytes");
    }

    private MediaStorageException Superseded() => new(
        MediaStorageErrors.Superseded,
        $"{dest.Display}: the output was taken away before it was put in place: a later attempt took over.");
}
