using System.Net;
using System.Net.Http.Headers;

namespace MediaNommer.Core.Storage;

/// <summary>
/// One download over as many connections as it takes. After a break it asks for the rest, on the condition that the
/// content is still the same; where that cannot be promised, it begins again, so that every byte of the file comes from
/// one version of the source.
/// </summary>
internal sealed class HttpDownload(
    HttpExchange exchange, HttpAddress address, Transfer transfer, IProgress<TransferProgress>? progress)
{
    private const int BufferSize = 256 << 10;

    private readonly byte[] buffer = new byte[BufferSize];
    private HttpRevision revision;
    private RangeConditionHeaderValue? condition;
    private long? total;

    /// <summary>How what arrived is compressed, or empty.</summary>
    public string Encoding { get; private set; } = "";

    /// <summary>When the server says that the source was last changed, or null.</summary>
    public DateTimeOffset? ModifiedAt { get; private set; }

    /// <summary>Goes on with the download into the file.</summary>
    /// <returns>The number of bytes of the whole.</returns>
    /// <exception cref="TransferBrokenException">It broke off; call again to go on.</exception>
    public async Task<long> ContinueAsync(FileStream target, CancellationToken cancellation)
    {
        var arrived = target.Position;
        var have = condition is null ? 0 : arrived;
        using var response = await exchange.SendAsync(
            HttpMethod.Get, address, request => AskForRest(request, have), cancellation);
        if (have > 0 && IsBeyondEnd(response, have))
            return have;
        if (!response.IsSuccessStatusCode)
            throw address.ErrorFor(response, arrived);

        target.Position = StartOf(response, have);
        target.SetLength(target.Position);
        // Before the first byte: whoever has no room for the whole must know in time.
        progress?.Report(new TransferProgress(target.Position, total));
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
        var stamp = response.Headers.ETag?.ToString() ?? response.Content.Headers.LastModified?.ToString("r");
        return new MediaStat(SizeOf(response), stamp, response.Content.Headers.LastModified);
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
        var size = SizeOf(response);
        var isSameSize = total is null || size is null || total == size;
        var now = HttpRevision.Of(response, revision, isSameSize);
        var isRest = response.StatusCode == HttpStatusCode.PartialContent;
        if (isRest && !(response.Content.Headers.ContentRange?.From == have && isSameSize && now.Continues(revision)))
        {
            condition = null;
            throw new TransferBrokenException("the server sent a part of something other than it was asked for");
        }

        (total, revision) = (isRest ? size ?? total : size, now);
        condition = now.Condition;
        ModifiedAt = response.Content.Headers.LastModified;
        Encoding = ContentDecoding.RequireKnown(response.Content.Headers.ContentEncoding, address.Display);
        return isRest ? have : 0;
    }

    private static long? SizeOf(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.PartialContent
            ? response.Content.Headers.ContentRange?.Length
            : response.Content.Headers.ContentLength;
}
