using MediaNommer.Core.Settings;

namespace MediaNommer.Core.Storage;

/// <summary>
/// FTP servers, without encryption, in passive mode. Sources and outputs go on where a broken connection left off. An
/// output is sent under a hidden name beside its destination and renamed; the server must let a rename replace an old
/// file.
/// </summary>
/// <param name="options">Time-outs and retries.</param>
/// <param name="clock">Measures time-outs and pauses.</param>
/// <param name="guard">Whom jobs may reach; all when it is left out.</param>
public sealed class FtpStorage(StorageOptions options, TimeProvider clock, AddressGuard? guard = null) : IMediaStorage
{
    private readonly AddressGuard guard = guard ?? AddressGuard.Open;

    /// <inheritdoc/>
    public IReadOnlyList<string> Schemes { get; } = ["ftp"];

    /// <inheritdoc/>
    public Task<MediaStat> StatAsync(string address, CancellationToken cancellation)
    {
        var source = FtpAddress.Source(address, guard);
        return WithConnectionAsync(source, (ftp, token) => StatAsync(ftp, source, token), cancellation);
    }

    /// <inheritdoc/>
    public async Task FetchAsync(
        string address, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        var source = FtpAddress.Source(address, guard);
        var transfer = new Transfer(options, clock);
        var download = new FtpDownload(source, transfer, progress);
        await LocalFile.FetchAsync(
            path, source.Display,
            target => transfer.RunAsync(
                token => download.ContinueAsync(target, token), source.GiveUp, cancellation));
    }

    /// <inheritdoc/>
    public async Task<IMediaContent?> OpenAsync(string address, CancellationToken cancellation) =>
        new FtpContent(FtpAddress.Source(address, guard), await StatAsync(address, cancellation), options, clock);

    /// <inheritdoc/>
    public Task PrepareAsync(string address, OutputTag tag, CancellationToken cancellation)
    {
        var dest = FtpAddress.Dest(address, guard);
        return WithConnectionAsync(
            dest,
            async (ftp, token) =>
            {
                await RemoveEarlierAsync(ftp, dest, tag, token);
                if (tag.IfExists != IfExists.Overwrite
                    && await ftp.LookAsync(dest.Path, size => size == tag.EarlierSize, token) == Occupant.Other)
                    throw MediaStorageException.DestExists(dest.Display);
                await TryWritingAsync(ftp, dest, dest.Folder + PartName.For(dest.FileName, tag), token);
                return (await ftp.AskAsync($"CWD {dest.Path}", token)).IsDone
                    ? throw dest.Refuse("the destination is a folder; add the name of the file to write.")
                    : true;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public string IdentityOf(string address)
    {
        var dest = FtpAddress.Dest(address, guard);
        var isAbsolute = dest.Path.StartsWith('/');
        var path = Path.GetFullPath(isAbsolute ? dest.Path : "/" + dest.Path);
        // What is relative is so to the folder of the login.
        return $"ftp:{dest.Host.ToLowerInvariant()}:{dest.Port}:{(isAbsolute ? "" : dest.User)}:{path}";
    }

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string address, CancellationToken cancellation)
    {
        var dest = FtpAddress.Dest(address, guard);
        return WithConnectionAsync(
            dest, async (ftp, token) => await ftp.LookAsync(dest.Path, _ => false, token) != Occupant.Nothing, cancellation);
    }

    /// <inheritdoc/>
    public Task CleanUpAsync(string address, OutputTag tag, CancellationToken cancellation)
    {
        var dest = FtpAddress.Dest(address, guard);
        return WithConnectionAsync(
            dest,
            async (ftp, token) => await RemoveEarlierAsync(ftp, dest, tag with { Attempt = tag.Attempt + 1 }, token)
                ? true
                : throw dest.Refuse("the server does not let us delete what was staged there."),
            cancellation);
    }

    /// <inheritdoc/>
    public async Task<IStagedOutput> StageAsync(
        string path, string address, OutputTag tag, IProgress<TransferProgress>? progress,
        CancellationToken cancellation)
    {
        LocalFile.RequireRegular(path);
        var dest = FtpAddress.Dest(address, guard);
        var output = new FtpStagedOutput(dest, tag, options, clock);
        try
        {
            await output.UploadAsync(path, progress, cancellation);
            return output;
        }
        catch
        {
            await output.DisposeAsync();
            throw;
        }
    }

    private async Task<T> WithConnectionAsync<T>(
        FtpAddress address, Func<FtpConnection, CancellationToken, Task<T>> talk, CancellationToken cancellation)
    {
        var transfer = new Transfer(options, clock);
        return await transfer.RunAsync(
            async token =>
            {
                using var ftp = await FtpConnection.OpenAsync(address, transfer, token);
                return await talk(ftp, token);
            },
            address.GiveUp, cancellation);
    }

    // A server that tells neither size nor time may still have the file: only fetching it will show.
    private static async Task<MediaStat> StatAsync(
        FtpConnection ftp, FtpAddress source, CancellationToken cancellation)
    {
        var reply = await ftp.AskAsync($"SIZE {source.Path}", cancellation);
        if (reply.Code == 550)
            throw source.ErrorFor(reply);
        return await FtpDownload.StatAsync(ftp, source.Path, cancellation);
    }

    /// <returns>True when nothing of earlier attempts is left, as far as the server tells.</returns>
    private static async Task<bool> RemoveEarlierAsync(
        FtpConnection ftp, FtpAddress dest, OutputTag tag, CancellationToken cancellation)
    {
        var areGone = true;
        foreach (var stale in PartName.OfEarlierAttempts(dest.FileName, tag))
        {
            // "550" says both that there is none and that it may not be deleted.
            areGone &= (await ftp.AskAsync($"DELE {dest.Folder}{stale}", cancellation)).IsDone
                || await ftp.SizeAsync(dest.Folder + stale, cancellation) is null;
        }

        return areGone;
    }

    /// <summary>FTP tells what it allows only when it is tried: writes an empty file and takes it away again.</summary>
    private static async Task TryWritingAsync(
        FtpConnection ftp, FtpAddress dest, string part, CancellationToken cancellation)
    {
        try
        {
            await WriteNothingAsync(ftp, part, cancellation);
        }
        catch (MediaStorageException) when (dest.Folder.Length > 1)
        {
            for (var slash = dest.Folder.IndexOf('/', 1); slash > 0; slash = NextSlash(dest.Folder, slash))
                await ftp.AskAsync($"MKD {dest.Folder[..slash]}", cancellation);
            await WriteNothingAsync(ftp, part, cancellation);
        }

        await ftp.RequireAsync($"DELE {part}", cancellation);
    }

    private static int NextSlash(string path, int slash) =>
        slash + 1 < path.Length ? path.IndexOf('/', slash + 1) : -1;

    private static async Task WriteNothingAsync(FtpConnection ftp, string part, CancellationToken cancellation)
    {
        var (data, _) = await ftp.BeginTransferAsync($"STOR {part}", 0, cancellation);
        await data.DisposeAsync();
        await ftp.EndTransferAsync(cancellation);
    }
}
