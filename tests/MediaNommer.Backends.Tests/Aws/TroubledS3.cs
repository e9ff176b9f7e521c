using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>A store that stands before another one and can be spoiled in every way.</summary>
internal sealed class TroubledS3 : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly string store;
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private TroubledS3(WebApplication app, string store) => (this.app, this.store) = (app, store);

    public string Endpoint => app.Urls.Single();

    /// <summary>Called before each request is passed on; returns true when it has answered itself.</summary>
    public Func<HttpContext, Task<bool>> Trouble { get; set; } = _ => Task.FromResult(false);

    /// <summary>Called when the store has answered; returns true when the answer is to get lost.</summary>
    public Func<HttpContext, Task<bool>> Loses { get; set; } = _ => Task.FromResult(false);

    /// <summary>Changes what an answer carries.</summary>
    public Func<HttpContext, byte[], byte[]> Spoils { get; set; } = (_, body) => body;

    /// <summary>Changes what a request carries; null leaves it alone.</summary>
    public Func<HttpContext, byte[], byte[]>? SpoilsRequests { get; set; }

    /// <summary>Break the connection after so many bytes of an answer's body: one entry for each GET to come.</summary>
    public ConcurrentQueue<int> Cuts { get; } = new();

    /// <summary>What was asked, for example <c>GET film.mp4 bytes=0-9</c>; of a query, its names.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>The last Authorization header.</summary>
    public string Authorization { get; private set; } = "";

    public static async Task<TroubledS3> StartAsync(string store)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var server = new TroubledS3(builder.Build(), store);
        server.app.Run(server.AnswerAsync);
        await server.app.StartAsync();
        return server;
    }

    /// <summary>An answer of S3's that says no.</summary>
    public static async Task<bool> RefuseAsync(HttpContext context, int status, string code, string message = "No.")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        if (context.Request.Method != "HEAD")
            await context.Response.WriteAsync($"<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var name = request.Path.Value!.Split('/', 3)[^1];
        Requests.Enqueue(string.Join(' ', ((string[])[request.Method, name, string.Join('&', request.Query.Keys), request.Headers.Range.ToString()])
            .Where(word => word.Length > 0)));
        Authorization = request.Headers.Authorization.ToString();
        if (await Trouble(context) || (await IsGoneAsync(request) && await RefuseAsync(context, 404, "NoSuchUpload")))
            return;
        using var message = new HttpRequestMessage(
            new HttpMethod(request.Method), store + context.Features.Get<IHttpRequestFeature>()!.RawTarget);
        // Without content there would be no place for its type, which is signed.
        if (request.ContentLength is > 0 || request.ContentType is not null)
            message.Content = await ContentOfAsync(context);
        foreach (var header in request.Headers.Where(header => header.Key is not ("Connection" or "Expect")))
        {
            if (!message.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray()))
                message.Content?.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray());
        }

        using var answer = await client.SendAsync(message, context.RequestAborted);
        var body = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
        if (await Loses(context))
            context.Abort();
        else
            await SendAsync(context, answer, Spoils(context, body));
    }

    private async Task<HttpContent> ContentOfAsync(HttpContext context)
    {
        if (SpoilsRequests is null)
            return new StreamContent(context.Request.Body);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        return new ByteArrayContent(SpoilsRequests(context, body.ToArray()));
    }

    // moto answers 500 where S3 says that the upload is gone.
    private async Task<bool> IsGoneAsync(HttpRequest request)
    {
        if (request.Method is not ("PUT" or "POST") || !request.Query.ContainsKey("uploadId"))
            return false;
        using var question = new HttpRequestMessage(HttpMethod.Get, $"{store}{request.Path}?uploadId={request.Query["uploadId"]}");
        question.Headers.TryAddWithoutValidation("Authorization", request.Headers.Authorization.ToString());
        using var parts = await client.SendAsync(question);
        return parts.StatusCode == System.Net.HttpStatusCode.NotFound;
    }

    private async Task SendAsync(HttpContext context, HttpResponseMessage answer, byte[] body)
    {
        var response = context.Response;
        response.StatusCode = (int)answer.StatusCode;
        foreach (var header in answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not ("Transfer-Encoding" or "Connection")))
            response.Headers[header.Key] = header.Value.ToArray();
        if (context.Request.Method == "HEAD" || body.Length == 0)
            return;
        if (context.Request.Method != "GET" || !Cuts.TryDequeue(out var cut) || cut >= body.Length)
        {
            await response.Body.WriteAsync(body);
            return;
        }

        await response.Body.WriteAsync(body.AsMemory(0, cut));
        await response.Body.FlushAsync();
        // What is on its way when a connection is reset gets lost; a moment lets it arrive.
        await Task.Delay(50);
        context.Abort();
    }
}
