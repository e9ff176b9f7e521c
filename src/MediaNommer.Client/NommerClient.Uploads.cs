using System.Net;
using System.Net.Http.Headers;
using MediaNommer.Client.Wire;

namespace MediaNommer.Client;

/// <content>Uploads.</content>
public sealed partial class NommerClient
{
    /// <summary>Sends a file; its <see cref="UploadResponse.SourcePath"/> can then be a job's source.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Is told how many bytes have gone, or null.</param>
    /// <param name="cancellation">Ends the call; what was sent so far is thrown away.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public async Task<UploadResponse> UploadAsync(
        string path, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        await using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0,
            FileOptions.Asynchronous | FileOptions.SequentialScan);
        var request = new HttpRequestMessage(HttpMethod.Post, Query("v1/uploads", ("filename", Path.GetFileName(path))))
        {
            Content = new FileContent(file, progress),
        };
        // feederd can refuse (no space, wrong key) before the first byte is sent.
        request.Headers.ExpectContinue = true;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return await SendAsync(request, WireJson.Default.UploadResponse, cancellation);
    }

    /// <summary>Everything that has been uploaded and not been removed, newest first.</summary>
    public Task<UploadListResponse> ListUploadsAsync(CancellationToken cancellation = default) =>
        GetAsync("v1/uploads", WireJson.Default.UploadListResponse, cancellation);

    /// <summary>Removes an upload.</summary>
    public async Task DeleteUploadAsync(string id, CancellationToken cancellation = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Delete, $"v1/uploads/{Escape(id)}");
        using var response = await ExchangeAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
    }

    private sealed class FileContent(FileStream file, IProgress<long>? progress) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var buffer = new byte[1 << 18];
            long sent = 0;
            int read;
            while ((read = await file.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                sent += read;
                progress?.Report(sent);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = file.Length;
            return true;
        }
    }
}
