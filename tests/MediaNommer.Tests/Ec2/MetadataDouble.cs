using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Tests.Ec2;

/// <summary>The instance metadata service of a machine, version 2: who shows no token of its own gets nothing.</summary>
internal sealed class MetadataDouble : IAsyncDisposable
{
    private readonly WebApplication app;
    private string token = "";

    private MetadataDouble(WebApplication app) => this.app = app;

    public string Url => app.Urls.Single();

    /// <summary>What there is below <c>/latest/meta-data/</c>.</summary>
    public ConcurrentDictionary<string, string> Data { get; } = new(StringComparer.Ordinal)
    {
        ["instance-id"] = "i-0123456789abcdef0",
        ["instance-type"] = "c7a.large",
        ["placement/availability-zone"] = "eu-central-1b",
        ["instance-life-cycle"] = "on-demand",
    };

    /// <summary>The status of every answer, or null: as it should be.</summary>
    public int? Trouble { get; set; }

    public int TokensGiven { get; private set; }

    public static async Task<MetadataDouble> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var metadata = new MetadataDouble(builder.Build());
        metadata.app.Run(metadata.AnswerAsync);
        await metadata.app.StartAsync();
        return metadata;
    }

    /// <summary>Makes every token invalid that was given so far.</summary>
    public void ForgetTokens() => token = "";

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var path = request.Path.Value!;
        if (Trouble is { } status)
        {
            response.StatusCode = status;
        }
        else if (path == "/latest/api/token")
        {
            var isAsked = request.Method == "PUT" && int.TryParse(request.Headers["X-aws-ec2-metadata-token-ttl-seconds"], out _);
            response.StatusCode = isAsked ? 200 : 400;
            token = $"token{++TokensGiven}";
            await response.WriteAsync(token);
        }
        else if (token.Length == 0 || request.Headers["X-aws-ec2-metadata-token"] != token)
        {
            response.StatusCode = 401;
        }
        else if (Data.TryGetValue(path["/latest/meta-data/".Length..], out var value))
        {
            await response.WriteAsync(value);
        }
        else
        {
            response.StatusCode = 404;
        }
    }
}
