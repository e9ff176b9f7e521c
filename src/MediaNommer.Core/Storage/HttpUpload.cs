using System.Net;
using System.Net.Http.Headers;

namespace MediaNommer.Core.Storage;

/// <summary>Sends a local file by PUT, and makes the folders on the way the WebDAV way where one is missing.</summary>
internal sealed class HttpUpload(
    HttpExchange exchange, string path, Transfer transfer, IProgress<TransferProgress>? progress)
{
    private const long WorthAsking = 1 << 20;

    /// <summary>The size of the file in bytes.</summary>
    public long Length { get; } = new FileInfo(path).Length;

    /// <summary>One try. PUT says "this is the content": sending it twice is the same as once.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="onlyNew">True to replace nothing, where the server knows how.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>False when something was there that was not to be replaced.</returns>
    /// <exception cref="MediaStorageException">The server refuses for good.</exception>
    /// <exception cref="TransferBrokenException">Trying again may help.</exception>
    public async Task<bool> PutAsync(HttpAddress to, bool onlyNew, CancellationToken cancellation)
    {
        var response = await SendAsync(to, onlyNew, cancellation);
        if (onlyNew && response.StatusCode == HttpStatusCode.NotImplemented)
        {
            // Some stores know no conditions; that there was nothing a moment ago has to do.
            response.Dispose();
            onlyNew = false;
            response = await SendAsync(to, onlyNew, cancellation);
        }

        if (response.StatusCode == HttpStatusCode.Conflict)
        {
            // What WebDAV says when the folder is missing.
            response.Dispose();
            await MakeFoldersAsync(to, cancellation);
            response = await SendAsync(to, onlyNew, cancellation);
        }

        using (response)
        {
            if (onlyNew && HttpOccupancy.IsRefusal(response.StatusCode))
                return false;
            return response.IsSuccessStatusCode ? true : throw to.ErrorFor(response);
        }
    }

    private Task<HttpResponseMessage> SendAsync(HttpAddress to, bool onlyNew, CancellationToken cancellation) => exchange.SendAsync(
        HttpMethod.Put, to,
        request =>
        {
            var content = new Body(path, transfer, progress);
            request.Content = content;
            if (onlyNew)
                request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
            // Hear of a refusal before gigabytes were sent in vain.
            request.Headers.ExpectContinue = content.Length >= WorthAsking;
        },
        cancellation);

    private async Task MakeFoldersAsync(HttpAddress to, CancellationToken cancellation)
    {
        var folders = to.Uri.AbsolutePath;
        for (var slash = folders.IndexOf('/', 1); slash > 0; slash = folders.IndexOf('/', slash + 1))
        {
            var folder = to with { Uri = new Uri(to.Uri, folders[..(slash + 1)]) };
            using var _ = await exchange.SendAsync(new HttpMethod("MKCOL"), folder, null, cancellation);
        }
    }

    private sealed class Body(string path, Transfer transfer, IProgress<TransferProgress>? progress) : HttpContent
    {
        private const int BufferSize = 256 << 10;

        public long Length { get; } = new FileInfo(path).Length;

        protected override bool TryComputeLength(out long length)
        {
            length = Length;
            return true;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellation)
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var buffer = new byte[BufferSize];
            int read;
            while ((read = await file.ReadAsync(buffer, cancellation)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellation);
                transfer.MovedTo(file.Position);
                progress?.Report(new TransferProgress(file.Position, Length));
            }
        }
    }
}
