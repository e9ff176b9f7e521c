using System.Globalization;
namespace MediaNommer.Core.Storage;

/// <summary>One download over as many connections as it takes; goes on (REST) when size and time are still the same.</summary>
internal sealed class FtpDownload(FtpAddress source, Transfer transfer, IProgress<TransferProgress>? progress)
{
    private const int BufferSize = 256 << 10;

    private readonly byte[] buffer = new byte[BufferSize];
    private MediaStat? seen;

    /// <summary>Size and time of change of a file, each as far as the server tells.</summary>
    public static async Task<MediaStat> StatAsync(FtpConnection ftp, string path, CancellationToken cancellation)
    {
        var size = await ftp.SizeAsync(path, cancellation);
        var changedAt = await ftp.ChangedAtAsync(path, cancellation);
        return new MediaStat(size, changedAt is null ? null : $"{size:x}-{changedAt}")
        {
            ModifiedAt = DateTimeOffset.TryParseExact(
                changedAt?.Split('.')[0], "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? at
                : null,
        };
    }

    /// <summary>Goes on with the download into the file.</summary>
    /// <returns>The number of bytes of the whole.</returns>
    /// <exception cref="TransferBrokenException">It broke off; call again to go on.</exception>
    public async Task<long> ContinueAsync(FileStream target, CancellationToken cancellation)
    {
        using var ftp = await FtpConnection.OpenAsync(source, transfer, cancellation);
        var stat = await StatAsync(ftp, source.Path, cancellation);
        if (target.Position > 0 && stat != seen)
            throw SourceChange.Error(source.Display, seen!, stat, "fetched");
        seen = stat;
        if (target.Position > 0 && target.Position == stat.Size)
            return target.Position;
        await ReceiveAsync(ftp, target, cancellation);
        if (stat.Size is { } size && target.Position != size)
            throw new TransferBrokenException($"the connection ended after {target.Position} of {size} bytes");
        return target.Position;
    }

    private async Task ReceiveAsync(FtpConnection ftp, FileStream target, CancellationToken cancellation)
    {
        // Without a time of change nothing vouches that two parts fit together.
        var have = seen!.Revision is null ? 0 : target.Position;
        var (data, offset) = await ftp.BeginTransferAsync($"RETR {source.Path}", have, cancellation);
        await using (data)
        {
            target.Position = offset;
            target.SetLength(offset);
            int read;
            while ((read = await data.ReadAsync(buffer, cancellation)) > 0)
            {
                await target.WriteAsync(buffer.AsMemory(0, read), cancellation);
                transfer.MovedTo(target.Position);
                progress?.Report(new TransferProgress(target.Position, seen.Size));
            }
        }

        await ftp.EndTransferAsync(cancellation);
    }
}
