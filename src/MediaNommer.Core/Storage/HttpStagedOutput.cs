using System.Net;

namespace MediaNommer.Core.Storage;

/// <summary>An output that still lies on the worker's disk; promoting it sends it by PUT.</summary>
internal sealed class HttpStagedOutput(
    HttpExchange exchange, HttpAddress dest, string path, Transfer transfer, IProgress<TransferProgress>? progress)
    : IStagedOutput
{
    private const long WorthAsking = 1 << 20;

    /// <inheritdoc/>
    public Task PromoteAsync(CancellationToken cancellation) =>
        transfer.RunAsync(PutAsync, dest.GiveUp, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // PUT says "this is the content": sending it twice is the same as once, so a broken one is simply sent again.
    private async Task<bool> PutAsync(CancellationToken cancellation)
    {
        var response = await SendAsync(cancellation);
        if (response.StatusCode == HttpStatusCode.Conflict)
        {
            // What WebDAV says when the folder is missing.
            response.Dispose();
            await MakeFoldersAsync(cancellation);
            response = await SendAsync(cancellation);
        }

        using (response)
            return response.IsSuccessStatusCode ? true : throw dest.ErrorFor(response);
    }

    private Task<HttpResponseMessage> SendAsync(CancellationToken cancellation) => exchange.SendAsync(
        HttpMethod.Put, dest,
        request =>
        {
            var content = new Body(path, transfer, progress);
            request.Content = content;
            // Hear of a refusal before gigabytes were sent in vain.
            request.Headers.ExpectContinue = content.Length >= WorthAsking;
        },
        cancellation);

    private async Task MakeFoldersAsync(CancellationToken cancellation)
    {
        var path = dest.Uri.AbsolutePath;
        for (var slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            var folder = dest with { Uri = new Uri(dest.Uri, path[..(slash + 1)]) };
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
