using System.Net.Http.Headers;
using MediaNommer.Core.Settings;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Web addresses. Sources come by GET and go on where a broken connection left off. Outputs go by PUT: on a server that
/// offers WebDAV under a hidden name beside the destination, from which they are moved; elsewhere to the destination
/// itself, when they are promoted, because plain HTTP knows no move (see <see cref="HttpStagedOutput"/> for what that
/// cannot give). Whether a half-sent file can be seen there is up to such a server; S3 and most others show only whole
/// ones. User name and password in an address are sent as Basic authentication, to its own host alone.
/// </summary>
public sealed class HttpStorage : IMediaStorage, IDisposable
{
    private readonly StorageOptions options;
    private readonly TimeProvider clock;
    private readonly HttpClient client;
    private readonly HttpExchange exchange;

    /// <summary>Makes one; it keeps its connections open for reuse until disposed.</summary>
    /// <param name="options">Time-outs and retries.</param>
    /// <param name="clock">Measures time-outs and pauses.</param>
    /// <param name="guard">Whom jobs may reach; all when it is left out.</param>
    public HttpStorage(StorageOptions options, TimeProvider clock, AddressGuard? guard = null)
    {
        this.options = options;
        this.clock = clock;
        guard ??= AddressGuard.Open;
        client = new HttpClient(guard.Outgoing.NewHandler(
            TimeSpan.FromSeconds(options.TransferTimeout), connectionLifetime: TimeSpan.FromMinutes(5)))
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var version = typeof(HttpStorage).Assembly.GetName().Version!.ToString(3);
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("media-nommer", version));
        client.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
        exchange = new HttpExchange(client, guard);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Schemes { get; } = ["http", "https"];

    /// <summary>
    /// Links that work only once are common, and any request may be that one. What is fetched has the source's time instead.
    /// </summary>
    /// <inheritdoc/>
    public bool AllowsStat => false;

    /// <inheritdoc/>
    public Task<MediaStat> StatAsync(string address, CancellationToken cancellation)
    {
        var source = HttpAddress.Source(address);
        return new Transfer(options, clock).RunAsync(token => StatAsync(source, token), source.GiveUp, cancellation);
    }

    /// <inheritdoc/>
    public async Task FetchAsync(
        string address, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        var source = HttpAddress.Source(address);
        var transfer = new Transfer(options, clock);
        var download = new HttpDownload(exchange, source, transfer, progress);
        await LocalFile.FetchAsync(
            path, source.Display,
            target => transfer.RunAsync(
                token => download.ContinueAsync(target, token), source.GiveUp, cancellation));
        await ContentDecoding.DecodeAsync(path, source.Display, download.Encoding, progress, cancellation);
        if (download.ModifiedAt is { } at)
            File.SetLastWriteTimeUtc(path, at.UtcDateTime);
    }

    /// <inheritdoc/>
    public async Task<IMediaContent?> OpenAsync(string address, CancellationToken cancellation)
    {
        var source = HttpAddress.Source(address);
        return new HttpMediaContent(exchange, source, await StatAsync(address, cancellation), options, clock);
    }

    /// <summary>Finds out whether the server answers at all; what it allows is only known once it was tried.</summary>
    /// <inheritdoc/>
    public async Task PrepareAsync(string address, OutputTag tag, CancellationToken cancellation)
    {
        var dest = HttpAddress.Dest(address);
        await RemoveEarlierAsync(dest, tag, cancellation);
        await new Transfer(options, clock).RunAsync(
            token => new HttpOccupancy(exchange, dest, tag).RequireFreeAsync(sent: null, token), dest.GiveUp, cancellation);
    }

    /// <inheritdoc/>
    public string IdentityOf(string address)
    {
        var uri = HttpAddress.Dest(address).Uri;
        // Who signs an address anew for each upload means the same place.
        return $"{uri.Scheme}://{uri.IdnHost.ToLowerInvariant()}:{uri.Port}{Uri.UnescapeDataString(uri.AbsolutePath)}"
            + HttpSignature.RemoveFrom(uri.Query);
    }

    /// <inheritdoc/>
    public async Task<bool> ExistsAsync(string address, CancellationToken cancellation) =>
        await new HttpOccupancy(exchange, HttpAddress.Dest(address), new OutputTag("", 0)).LookAsync(sent: null, cancellation)
            != Occupant.Nothing;

    /// <summary>Does nothing on a server without WebDAV: there nothing is staged.</summary>
    /// <inheritdoc/>
    public async Task CleanUpAsync(string address, OutputTag tag, CancellationToken cancellation)
    {
        var dest = HttpAddress.Dest(address);
        if (!await RemoveEarlierAsync(dest, tag with { Attempt = tag.Attempt + 1 }, cancellation))
            throw dest.Refuse("the server does not let us delete what was staged there.");
    }

    /// <inheritdoc/>
    public async Task<IStagedOutput> StageAsync(
        string path, string address, OutputTag tag, IProgress<TransferProgress>? progress,
        CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        LocalFile.RequireRegular(path);
        var dest = HttpAddress.Dest(address);
        var transfer = new Transfer(options, clock);
        var upload = new HttpUpload(exchange, path, transfer, progress);
        var occupancy = new HttpOccupancy(exchange, dest, tag);
        var direct = new HttpStagedOutput(upload, dest, occupancy, transfer);
        if (!await transfer.RunAsync(token => OffersDavAsync(dest, token), dest.GiveUp, cancellation))
            return direct;

        var server = new WebDav(exchange, dest);
        var part = server.PartOf(tag);
        var staged = new DavStagedOutput(server, part, upload.Length, occupancy, direct, transfer, clock);
        try
        {
            await transfer.RunAsync(
                token => upload.PutAsync(part, onlyNew: false, token), dest.GiveUp, cancellation);
            return staged;
        }
        catch (MediaStorageException e) when (!e.IsTransient)
        {
            // It may take no hidden names, and still take this one.
            return direct;
        }
        catch
        {
            await staged.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    /// <returns>True when nothing of earlier attempts is left.</returns>
    private Task<bool> RemoveEarlierAsync(HttpAddress dest, OutputTag tag, CancellationToken cancellation) =>
        new Transfer(options, clock).RunAsync(
            async token => !await OffersDavAsync(dest, token) || await new WebDav(exchange, dest).RemoveEarlierAsync(tag, token),
            dest.GiveUp, cancellation);

    private async Task<bool> OffersDavAsync(HttpAddress dest, CancellationToken cancellation)
    {
        using var response = await exchange.SendAsync(HttpMethod.Options, dest, null, cancellation);
        return response.StatusCode == System.Net.HttpStatusCode.Unauthorized
            ? throw dest.ErrorFor(response)
            : WebDav.IsOfferedBy(response, dest);
    }

    // Not every server answers HEAD, and signed addresses are often good for GET alone.
    private async Task<MediaStat> StatAsync(HttpAddress source, CancellationToken cancellation)
    {
        using var head = await exchange.SendAsync(HttpMethod.Head, source, null, cancellation);
        if (head.IsSuccessStatusCode && head.Content.Headers.ContentLength > 0)
            return HttpDownload.StatOf(head);

        using var get = await exchange.SendAsync(
            HttpMethod.Get, source, request => request.Headers.Range = new RangeHeaderValue(0, 0), cancellation);
        if (get.StatusCode == System.Net.HttpStatusCode.RequestedRangeNotSatisfiable)
            return new MediaStat(get.Content.Headers.ContentRange?.Length, null);
        return get.IsSuccessStatusCode ? HttpDownload.StatOf(get) : throw source.ErrorFor(get);
    }
}
