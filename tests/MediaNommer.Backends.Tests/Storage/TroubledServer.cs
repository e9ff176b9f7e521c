using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Tests.Storage;

/// <summary>A web server with one file, whose answers a test can spoil in every way, and that counts what it sent.</summary>
internal sealed class TroubledServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private string? encoding;
    private byte[] packed = [];
    private long sent;

    private TroubledServer(WebApplication app) => this.app = app;

    public byte[] Content { get; set; } = [];

    public string? ETag { get; set; } = "\"1\"";

    public string? LastModified { get; set; }

    /// <summary>Send the whole file compressed in this way, whatever the client accepts; the content comes first.</summary>
    public string? Encoding
    {
        get => encoding;
        // Not at each answer: clients' patience is short here.
        set => (encoding, packed) = (value, value is null ? [] : Compressed(Content, value));
    }

    public bool KnowsRanges { get; set; } = true;

    /// <summary>Break the connection after so many bytes of an answer's body: one entry for each answer to come.</summary>
    public ConcurrentQueue<int> Cuts { get; } = new();

    /// <summary>How much the client has of the file: what is on its way when a connection breaks gets lost.</summary>
    public long Arrived { get; set; } = long.MaxValue;

    /// <summary>Called before each answer; returns true when it has answered itself.</summary>
    public Func<HttpContext, Task<bool>> Trouble { get; set; } = _ => Task.FromResult(false);

    public ConcurrentQueue<string> Requests { get; } = new();

    public byte[]? Received { get; private set; }

    public long Sent => Interlocked.Read(ref sent);

    public string Address => app.Urls.Single() + "/movie.mp4";

    public static async Task<TroubledServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        var server = new TroubledServer(builder.Build());
        server.app.Run(server.AnswerAsync);
        await server.app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var range = context.Request.Headers.Range.ToString();
        Requests.Enqueue($"{context.Request.Method} {range}".TrimEnd());
        if (await Trouble(context))
            return;
        if (context.Request.Method == "OPTIONS")
            return;
        if (context.Request.Method == "PUT")
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            Received = body.ToArray();
            context.Response.StatusCode = 201;
            return;
        }

        await SendAsync(context, StartOf(range, context.Request.Headers.IfRange.ToString()));
    }

    private static byte[] Compressed(byte[] content, string encoding)
    {
        using var result = new MemoryStream();
        using (Stream packed = encoding switch
        {
            "deflate" => new ZLibStream(result, CompressionLevel.Fastest),
            "br" => new BrotliStream(result, CompressionLevel.Fastest),
            _ => new GZipStream(result, CompressionLevel.Fastest),
        })
            packed.Write(content);
        return result.ToArray();
    }

    private int StartOf(string range, string ifRange)
    {
        if (!KnowsRanges || range.Length == 0 || (ifRange.Length > 0 && ifRange != ETag && ifRange != LastModified))
            return -1;
        return int.Parse(range["bytes=".Length..].Split('-')[0]);
    }

    private async Task SendAsync(HttpContext context, int start)
    {
        var response = context.Response;
        var body = Encoding is null ? Content.AsMemory(Math.Max(start, 0)) : packed;
        if (Encoding is not null)
            (start, response.Headers.ContentEncoding) = (-1, Encoding);
        response.Headers.ETag = ETag;
        response.Headers.LastModified = LastModified;
        response.ContentLength = body.Length;
        if (start >= 0)
        {
            response.StatusCode = 206;
            response.Headers.ContentRange = $"bytes {start}-{Content.Length - 1}/{Content.Length}";
        }

        if (context.Request.Method == "HEAD")
            return;
        if (!Cuts.TryDequeue(out var cut))
            cut = int.MaxValue;
        for (var at = 0; at < body.Length; at += 8192)
        {
            if (at >= cut)
            {
                await response.Body.FlushAsync();
                while (Arrived < Math.Max(start, 0) + at && !context.RequestAborted.IsCancellationRequested)
                    await Task.Delay(1);
                context.Abort();
                return;
            }

            var part = body.Slice(at, Math.Min(8192, body.Length - at));
            await response.Body.WriteAsync(part);
            Interlocked.Add(ref sent, part.Length);
        }
    }
}
