using System.Collections.Concurrent;
using System.Net;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>The other side of <c>notify_url</c>: takes requests and remembers them.</summary>
internal sealed class WebhookReceiver : IDisposable
{
    private readonly HttpListener listener = new();

    public WebhookReceiver()
    {
        Url = $"http://127.0.0.1:{FreePort.Next()}/";
        listener.Prefixes.Add(Url);
        listener.Start();
        _ = AnswerAsync();
    }

    public string Url { get; }

    /// <summary>Method, path with query, body and name of the delivery of each request, in their order.</summary>
    public ConcurrentQueue<(string Method, string Path, string Body, string Delivery)> Requests { get; } = new();

    public void Dispose() => listener.Close();

    private async Task AnswerAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                var body = await reader.ReadToEndAsync();
                Requests.Enqueue((context.Request.HttpMethod, context.Request.Url!.PathAndQuery, body, context.Request.Headers["Nommer-Delivery-Id"] ?? ""));
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
