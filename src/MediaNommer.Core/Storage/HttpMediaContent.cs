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
        var hasBegun = false;
        await transfer.RunAsync(
            async token =>
            {
                // What was written to the target cannot be taken back, so a broken connection is not made anew.
                if (hasBegun)
                    throw source.GiveUp("the connection broke", new IOException());
                using var response = await AskAsync(from, length, token);
                hasBegun = true;
                await using var body = await response.Content.ReadAsStreamAsync(token);
                return await ExactCopy.RunAsync(transfer.Watch(body), length, target, token)
                    ? true
                    : throw new TransferBrokenException("the connection ended early");
            },
            source.GiveUp, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<HttpResponseMessage> AskAsync(long from, long length, CancellationToken cancellation)
    {
        var response = await exchange.SendAsync(
            HttpMethod.Get, source, request => request.Headers.Range = new RangeHeaderValue(from, from + length - 1), cancellation);
        if (response.StatusCode == HttpStatusCode.PartialContent || (response.IsSuccessStatusCode && from == 0))
            return response;
        using (response)
            throw response.IsSuccessStatusCode ? source.Refuse("the server does not send parts of files.") : source.ErrorFor(response);
    }
}
