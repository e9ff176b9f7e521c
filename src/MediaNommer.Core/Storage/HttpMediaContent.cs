using System.Net;
using System.Net.Http.Headers;
using MediaNommer.Core.Settings;

namespace MediaNommer.Core.Storage;

/// <summary>What lies at a web address, read in parts where the server sends parts.</summary>
internal sealed class HttpMediaContent(
    HttpExchange exchange, HttpAddress source, MediaStat stat, StorageOptions options, TimeProvider clock) : IMediaContent
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
        using var response = await transfer.RunAsync(token => AskAsync(from, length, token), source.GiveUp, cancellation);
        if (from > 0 && response.StatusCode != HttpStatusCode.PartialContent)
            throw source.Refuse("the server does not send parts of files.");
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        if (!await ExactCopy.RunAsync(body.ReadAsync, length, target, cancellation))
            throw source.GiveUp("the connection ended early", new IOException());
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<HttpResponseMessage> AskAsync(long from, long length, CancellationToken cancellation)
    {
        var response = await exchange.SendAsync(
            HttpMethod.Get, source, request => request.Headers.Range = new RangeHeaderValue(from, from + length - 1), cancellation);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw source.ErrorFor(response);
    }
}
