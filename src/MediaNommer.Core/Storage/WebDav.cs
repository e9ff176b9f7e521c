using System.Net;

namespace MediaNommer.Core.Storage;

/// <summary>What WebDAV adds to HTTP, for one destination: files can be moved and deleted.</summary>
internal sealed class WebDav(HttpExchange exchange, HttpAddress dest)
{
    /// <summary>The destination.</summary>
    public HttpAddress Dest => dest;

    /// <summary>
    /// Whether an answer to OPTIONS offers WebDAV at the destination. An address with a query is good for itself alone
    /// (often it is signed), and one that redirects has its hidden names elsewhere: both get a plain PUT.
    /// </summary>
    public static bool IsOfferedBy(HttpResponseMessage response, HttpAddress dest) =>
        response.IsSuccessStatusCode
        && response.Headers.TryGetValues("DAV", out var classes)
        && string.Join(',', classes).Split(',').Any(each => each.Trim() == "1")
        && dest.Uri.Query.Length == 0 && NameIn(dest.Uri).Length > 0
        && response.RequestMessage?.RequestUri == dest.Uri;

    /// <summary>The address of the hidden name of one attempt, beside the destination.</summary>
    public HttpAddress PartOf(OutputTag tag) => At(PartName.For(Uri.UnescapeDataString(NameIn(dest.Uri)), tag));

    /// <summary>Removes what earlier attempts staged, so that none of them can move it any more.</summary>
    /// <returns>True when nothing of it is left.</returns>
    public async Task<bool> RemoveEarlierAsync(OutputTag tag, CancellationToken cancellation)
    {
        var areGone = true;
        foreach (var name in PartName.OfEarlierAttempts(Uri.UnescapeDataString(NameIn(dest.Uri)), tag))
            areGone &= await DeleteAsync(At(name), cancellation);
        return areGone;
    }

    /// <summary>Deletes a file, if it is there and the server lets us.</summary>
    /// <returns>True when it is not there any more.</returns>
    /// <exception cref="TransferBrokenException">The server is busy; trying again may help.</exception>
    public async Task<bool> DeleteAsync(HttpAddress file, CancellationToken cancellation)
    {
        using var response = await exchange.SendAsync(HttpMethod.Delete, file, null, cancellation);
        if (response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
            return true;
        return dest.ErrorFor(response) is TransferBrokenException busy ? throw busy : false;
    }

    /// <summary>Moves a file to the destination.</summary>
    /// <param name="file">The file.</param>
    /// <param name="onlyNew">True to be refused when something is there, else that is replaced.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The status of the answer, whatever it is.</returns>
    /// <exception cref="TransferBrokenException">The server is busy; trying again may help.</exception>
    public async Task<HttpStatusCode> MoveAsync(HttpAddress file, bool onlyNew, CancellationToken cancellation)
    {
        var response = await MoveAsync(file, dest.Uri.AbsoluteUri, onlyNew, cancellation);
        if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.BadGateway)
        {
            // Behind a proxy, a server may know itself by another name; a path alone fits any, but not all take it.
            response.Dispose();
            response = await MoveAsync(file, dest.Uri.AbsolutePath, onlyNew, cancellation);
        }

        using (response)
        {
            return response.IsSuccessStatusCode || dest.ErrorFor(response) is not TransferBrokenException busy
                ? response.StatusCode
                : throw busy;
        }
    }

    /// <summary>The size of what is at the destination, in bytes, or null.</summary>
    public async Task<long?> SizeAsync(CancellationToken cancellation)
    {
        using var response = await exchange.SendAsync(HttpMethod.Head, dest, null, cancellation);
        return response.IsSuccessStatusCode ? response.Content.Headers.ContentLength : null;
    }

    private Task<HttpResponseMessage> MoveAsync(
        HttpAddress file, string to, bool onlyNew, CancellationToken cancellation) =>
        exchange.SendAsync(
            new HttpMethod("MOVE"), file,
            request =>
            {
                request.Headers.Add("Destination", to);
                request.Headers.Add("Overwrite", onlyNew ? "F" : "T");
            },
            cancellation);

    private static string NameIn(Uri uri) => uri.AbsolutePath[(uri.AbsolutePath.LastIndexOf('/') + 1)..];

    private HttpAddress At(string name)
    {
        var path = dest.Uri.AbsolutePath;
        var folder = path[..(path.LastIndexOf('/') + 1)];
        return dest with { Uri = new Uri(dest.Uri, folder + Uri.EscapeDataString(name)) };
    }
}
