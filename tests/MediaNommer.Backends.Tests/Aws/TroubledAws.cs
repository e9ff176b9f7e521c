using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>
/// Stands between a client and moto, and answers in its place, or loses its answer, where a test says so. Knows requests
/// of AWS's JSON protocols by their action, for example <c>PutItem</c>.
/// </summary>
internal sealed class TroubledAws : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient moto;

    private TroubledAws(WebApplication app, string address)
    {
        this.app = app;
        moto = new HttpClient { BaseAddress = new Uri(address) };
    }

    /// <summary>What to answer in place of moto: a status and a body, or null to let it answer.</summary>
    public Func<string, (int Status, string Body)?> Refuse { get; set; } = _ => null;

    /// <summary>True when the answer to this action is to get lost after moto has done what was asked for.</summary>
    public Func<string, bool> LosesAnswer { get; set; } = _ => false;

    public ConcurrentQueue<string> Actions { get; } = new();

    public string Address => app.Urls.Single();

    public static async Task<TroubledAws> StartAsync()
    {
        var options = await MotoServer.OptionsAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = new TroubledAws(builder.Build(), options.EndpointUrl);
        proxy.app.Run(proxy.AnswerAsync);
        await proxy.app.StartAsync();
        return proxy;
    }

    /// <summary>An error as AWS's JSON protocols write it.</summary>
    public static (int Status, string Body) Error(string code, string message = "") =>
        (400, $$"""{"__type":"com.amazonaws.dynamodb.v20120810#{{code}}","message":"{{message}}"}""");

    /// <summary>A function that answers so the given number of times, to one action.</summary>
    public static Func<string, (int Status, string Body)?> Times(
        int times, string action, (int Status, string Body) answer)
    {
        var left = times;
        return asked => asked == action && Interlocked.Decrement(ref left) >= 0 ? answer : null;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        moto.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var action = context.Request.Headers["X-Amz-Target"].ToString().Split('.')[^1];
        Actions.Enqueue(action);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (Refuse(action) is { } refusal)
        {
            context.Response.StatusCode = refusal.Status;
            context.Response.ContentType = "application/x-amz-json-1.0";
            await context.Response.WriteAsync(refusal.Body);
            return;
        }

        using var answer = await AskMotoAsync(context.Request, body.ToArray());
        if (LosesAnswer(action))
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await answer.Content.CopyToAsync(context.Response.Body);
    }

    private Task<HttpResponseMessage> AskMotoAsync(HttpRequest request, byte[] body)
    {
        var copy = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(body) };
        foreach (var name in (string[])["X-Amz-Target", "Authorization", "X-Amz-Date"])
            copy.Headers.TryAddWithoutValidation(name, request.Headers[name].ToString());
        copy.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(request.ContentType!);
        return moto.SendAsync(copy);
    }
}
