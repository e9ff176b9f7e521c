using System.Net;
using System.Net.Http.Headers;

namespace MediaNommer.Core.Storage;

/// <summary>
/// One download over as many connections as it takes. After a break it asks for the rest, on the condition that the
/// content is still the same; a server that cannot do that sends it from the start.
/// </summary>
internal sealed class HttpDownload(
    HttpExchange exchange, HttpAddress address, Transfer transfer, IProgress<TransferProgress>? progress)
{
    private const int BufferSize = 256 << 10;

    private readonly byte[] buffer = new byte[BufferSize];
    private string? revision;
    private RangeConditionHeaderValue? condition;
    private long? total;

    /// <summary>Goes on with the download into the file.</summary>
    /// <returns>The number of bytes of the whole.</returns>
    /// <exception cref="TransferBrokenException">It broke off; call again to go on.</exception>
    public async Task<long> ContinueAsync(FileStream target, CancellationToken cancellation)
    {
        var have = condition is null ? 0 : target.Position;
        using var response = await exchange.SendAsync(
            HttpMethod.Get, address, request => AskForRest(request, have), cancellation);
        if (have > 0 && IsBeyondEnd(response, have))
            return have;
        if (!response.IsSuccessStatusCode)
            throw address.ErrorFor(response);

        target.Position = StartOf(response, have);
        target.SetLength(target.Position);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        int read;
        while ((read = await body.ReadAsync(buffer, cancellation)) > 0)
        {
            await target.WriteAsync(buffer.AsMemory(0, read), cancellation);
            transfer.MovedTo(target.Position);
            progress?.Report(new TransferProgress(target.Position, total));
        }

        if (total is { } all && target.Position != all)
            throw new TransferBrokenException($"the connection ended after {target.Position} of {all} bytes");
        return target.Position;
    }

    /// <summary>Size and revision that an answer's headers tell.</summary>
    public static MediaStat StatOf(HttpResponseMessage response)
    {
        var range = response.Content.Headers.ContentRange;
        var size = response.StatusCode == HttpStatusCode.PartialContent
            ? range?.Length
            : response.Content.Headers.ContentLength;
        var stamp = response.Headers.ETag?.ToString() ?? response.Content.Headers.LastModified?.ToString("r");
        return new MediaStat(size, stamp);
    }

    private void AskForRest(HttpRequestMessage request, long have)
    {
        if (have == 0)
            return;
        request.Headers.Range = new RangeHeaderValue(have, null);
        request.Headers.IfRange = condition;
    }

    // All that a broken connection lacked was the sign that this was the end.
    private static bool IsBeyondEnd(HttpResponseMessage response, long have) =>
        response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable
        && response.Content.Headers.ContentRange?.Length == have;

    /// <summary>Where in the file the body of the answer belongs.</summary>
    private long StartOf(HttpResponseMessage response, long have)
    {
        var (size, stamp) = StatOf(response);
        var isSame = revision == stamp && (total is null || size is null || total == size);
        if (have > 0 && !isSame)
        {
            throw new MediaStorageException(
                MediaStorageErrors.SourceChanged, $"{address.Display}: the source changed while it was fetched.",
                isTransient: true);
        }

        var isRest = response.StatusCode == HttpStatusCode.PartialContent;
        if (isRest && response.Content.Headers.ContentRange?.From != have)
        {
            condition = null;
            throw new TransferBrokenException("the server sent another part than it was asked for");
        }

        (total, revision, condition) = (size ?? total, stamp, ConditionFrom(response));
        return isRest ? have : 0;
    }

    // A weak tag does not promise the same bytes, so it cannot vouch that two parts fit together.
    private static RangeConditionHeaderValue? ConditionFrom(HttpResponseMessage response)
    {
        if (response.Headers.ETag is { IsWeak: false } tag)
            return new RangeConditionHeaderValue(tag);
        return response.Content.Headers.LastModified is { } time ? new RangeConditionHeaderValue(time) : null;
    }
}
