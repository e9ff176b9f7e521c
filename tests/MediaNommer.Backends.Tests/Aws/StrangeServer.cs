using System.Collections.Concurrent;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>A server that answers as other servers than Amazon's, and proxies before them, may answer.</summary>
internal sealed class StrangeServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private StrangeServer(WebApplication app)
    {
        this.app = app;
        Options = new NommerOptions
        {
            Backend = "Aws",
            Aws = new() { AccessKeyId = "test", SecretAccessKey = "hush", Region = "eu-central-1" },
        };
    }

    /// <summary>Settings that lead to it.</summary>
    public NommerOptions Options { get; }

    public AwsAccess Access => new(Options.Aws);

    /// <summary>The body of each request.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <param name="answer">Answers a request, whose body it gets.</param>
    public static async Task<StrangeServer> StartAsync(Func<HttpContext, string, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new StrangeServer(builder.Build());
        server.app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            server.Requests.Enqueue(body);
            await answer(context, body);
        });
        await server.app.StartAsync();
        server.Options.Aws.EndpointUrl = server.app.Urls.Single();
        return server;
    }

    /// <summary>One that always answers the same.</summary>
    public static Task<StrangeServer> StartAsync(int status, string body, params (string Name, string Value)[] headers) =>
        StartAsync((context, _) =>
        {
            context.Response.StatusCode = status;
            foreach (var (name, value) in headers)
                context.Response.Headers[name] = value;
            return context.Response.WriteAsync(body);
        });

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
