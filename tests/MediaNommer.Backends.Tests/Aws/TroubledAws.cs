using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>
/// Stands between a client and a server that speaks one of AWS's JSON protocols, and answers in its place, or loses its
/// answer, where a test says so.
/// </summary>
internal sealed class TroubledAws : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient server;

    private TroubledAws(WebApplication app, string address)
    {
        this.app = app;
        server = new HttpClient { BaseAddress = new Uri(address) };
    }

    /// <summary>What to answer in place of the server: a status and a body, or null to let it answer.</summary>
    public Func<AwsRequest, (int Status, string Body)?> Refuse { get; set; } = _ => null;

    /// <summary>True when a request is to get no answer for as long as its sender waits.</summary>
    public Func<AwsRequest, bool> Hangs { get; set; } = _ => false;

    /// <summary>True when the answer is to get lost after the server has done what was asked for.</summary>
    public Func<AwsRequest, bool> LosesAnswer { get; set; } = _ => false;

    public ConcurrentQueue<AwsRequest> Requests { get; } = new();

    public string Address => app.Urls.Single();

    /// <param name="server">The address of the server behind it.</param>
    public static async Task<TroubledAws> StartAsync(string server)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = new TroubledAws(builder.Build(), server);
        proxy.app.Run(proxy.AnswerAsync);
        await proxy.app.StartAsync();
        return proxy;
    }

    /// <summary>An error as AWS's JSON protocols write it.</summary>
    public static (int Status, string Body) Error(string code, string message = "") =>
        (400, $$"""{"__type":"com.amazonaws.dynamodb.v20120810#{{code}}","message":"{{message}}"}""");

    /// <summary>A function that answers so the given number of times, to one action.</summary>
    public static Func<AwsRequest, (int Status, string Body)?> Times(
        int times, string action, (int Status, string Body) answer)
    {
        var left = times;
        return asked => asked.Action == action && Interlocked.Decrement(ref left) >= 0 ? answer : null;
    }

    /// <summary>How often an action was asked for.</summary>
    public int Count(string action) => Requests.Count(request => request.Action == action);

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        server.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var request = new AwsRequest(
            context.Request.Headers["X-Amz-Target"].ToString().Split('.')[^1], await reader.ReadToEndAsync());
        Requests.Enqueue(request);
        if (Hangs(request))
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        if (Refuse(request) is { } refusal)
        {
            context.Response.StatusCode = refusal.Status;
            context.Response.ContentType = "application/x-amz-json-1.0";
            await context.Response.WriteAsync(refusal.Body);
            return;
        }

        using var answer = await AskServerAsync(context.Request, request.Body);
        if (LosesAnswer(request))
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await answer.Content.CopyToAsync(context.Response.Body);
    }

    private Task<HttpResponseMessage> AskServerAsync(HttpRequest request, string body)
    {
        var copy = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent(body) };
        foreach (var name in (string[])["X-Amz-Target", "Authorization", "X-Amz-Date"])
            copy.Headers.TryAddWithoutValidation(name, request.Headers[name].ToString());
        copy.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(request.ContentType!);
        return server.SendAsync(copy);
    }
}

/// <summary>A request: its action, for example <c>PutItem</c>, and its body.</summary>
internal sealed record AwsRequest(string Action, string Body);
