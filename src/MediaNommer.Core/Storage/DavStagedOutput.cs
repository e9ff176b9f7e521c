using System.Net;

namespace MediaNommer.Core.Storage;

/// <summary>An output that lies on a WebDAV server under its hidden name; promoting it moves it there.</summary>
/// <param name="server">The server and where on it.</param>
/// <param name="part">The hidden name.</param>
/// <param name="length">The output's size in bytes.</param>
/// <param name="occupancy">What is at the destination.</param>
/// <param name="direct">Used instead when the server, against what it announced, refuses to move.</param>
/// <param name="transfer">The patience with the server.</param>
/// <param name="clock">Limits the time for cleaning up.</param>
internal sealed class DavStagedOutput(
    WebDav server, HttpAddress part, long length, HttpOccupancy occupancy, HttpStagedOutput direct, Transfer transfer, TimeProvider clock)
    : IStagedOutput
{
    private static readonly TimeSpan CleanUpTime = TimeSpan.FromSeconds(10);

    private bool moved;

    /// <inheritdoc/>
    public bool IsMarked => false;

    /// <inheritdoc/>
    public async Task PromoteAsync(Func<CancellationToken, Task> confirm, CancellationToken cancellation)
    {
        var hasTried = false;
        moved = await transfer.RunAsync(
            async token =>
            {
                // What has our size can be ours only after a try whose answer got lost.
                var onlyNew = await occupancy.RequireFreeAsync(hasTried ? length : null, token);
                await confirm(cancellation);
                hasTried = true;
                var status = await server.MoveAsync(part, onlyNew, token);
                if (onlyNew && HttpOccupancy.IsRefusal(status))
                    throw occupancy.Exists();
                if (status is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NoContent)
                    return true;
                if (status is not HttpStatusCode.NotFound)
                    return false;
                // Either an earlier try moved it and the answer got lost, or a later attempt removed it.
                return await server.SizeAsync(token) == length ? true : throw Superseded();
            },
            server.Dest.GiveUp, cancellation);
        if (!moved)
            await direct.PromoteAsync(confirm, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (moved)
            return;
        using var timeout = new CancellationTokenSource(CleanUpTime, clock);
        try
        {
            await server.DeleteAsync(part, timeout.Token);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException
            or TransferBrokenException or MediaStorageException)
        {
            // The server is out of reach; the next attempt of the job removes the part.
        }
    }

    private MediaStorageException Superseded() => new(
        MediaStorageErrors.Superseded,
        $"{server.Dest.Display}: the output was taken away before it was put in place: a later attempt took over.");
}
