using System.Text;
using System.Text.Json;
using MediaNommer.Client.Wire;

namespace MediaNommer.Feederd.Api;

/// <summary>One listener's stream of server-sent events. Writing waits until the listener has room for it.</summary>
internal sealed class EventStream
{
    /// <summary>A comment is sent after this long without an event, so that both sides notice a dead connection.</summary>
    public static readonly TimeSpan HeartbeatPause = TimeSpan.FromSeconds(15);

    private readonly HttpResponse response;
    private readonly TimeProvider clock;
    private long lastWrite;

    private EventStream(HttpContext context, TimeProvider clock)
    {
        response = context.Response;
        Site = context.SiteAddress();
        this.clock = clock;
    }

    /// <summary>feederd's address as the listener knows it, without a slash at its end.</summary>
    public string Site { get; }

    public static async Task<EventStream> StartAsync(
        HttpContext context, TimeProvider clock, CancellationToken cancellation)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        // Proxies that would collect events before passing them on are told not to.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        var stream = new EventStream(context, clock);
        await stream.WriteAsync("retry: 1000\n\n", cancellation);
        return stream;
    }

    public Task SendAsync(string kind, string? id, JobEventResponse data, CancellationToken cancellation)
    {
        var json = JsonSerializer.Serialize(data, WireJson.Readable.JobEventResponse);
        var idLine = id is null ? "" : $"id: {id}\n";
        return WriteAsync($"event: {kind}\n{idLine}data: {json}\n\n", cancellation);
    }

    /// <summary>Sends a comment if nothing was sent for long.</summary>
    public Task KeepAliveAsync(CancellationToken cancellation) =>
        clock.GetElapsedTime(lastWrite) < HeartbeatPause
            ? Task.CompletedTask
            : WriteAsync(": still here\n\n", cancellation);

    private async Task WriteAsync(string text, CancellationToken cancellation)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await response.Body.FlushAsync(cancellation);
        lastWrite = clock.GetTimestamp();
    }
}
