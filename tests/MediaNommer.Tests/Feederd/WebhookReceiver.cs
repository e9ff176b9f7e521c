using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Tests.Feederd;

/// <summary>A web server on a free port that writes down what it is called with and answers as the test says.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;

    private WebhookReceiver(WebApplication app) => this.app = app;

    public ConcurrentQueue<ReceivedCall> Calls { get; } = new();

    /// <summary>Answers a call; 200 unless the test says otherwise.</summary>
    public Func<ReceivedCall, HttpContext, Task<int>> Answer { get; set; } = (_, _) => Task.FromResult(200);

    public string Url => app.Urls.Single();

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new WebhookReceiver(builder.Build());
        receiver.app.Run(receiver.HandleAsync);
        await receiver.app.StartAsync();
        return receiver;
    }

    public void AnswerWith(Func<ReceivedCall, int> status) => Answer = (call, _) => Task.FromResult(status(call));

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        request.EnableBuffering();
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        request.Body.Position = 0;
        var form = request.HasFormContentType
            ? (await request.ReadFormAsync()).ToDictionary(field => field.Key, field => field.Value.ToString())
            : [];
        var headers = request.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var call = new ReceivedCall(request.Method, request.Path + request.QueryString, form, headers)
        {
            Body = body.ToArray(),
        };
        Calls.Enqueue(call);
        context.Response.StatusCode = await Answer(call, context);
    }
}

internal sealed record ReceivedCall(
    string Method, string Path, Dictionary<string, string> Form, Dictionary<string, string> Headers)
{
    public byte[] Body { get; init; } = [];

    public string State => Headers["Nommer-Job-State"];
}
