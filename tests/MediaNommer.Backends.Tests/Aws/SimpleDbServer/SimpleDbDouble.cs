using System.Collections.Concurrent;
using MediaNommer.Core.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

/// <summary>How a double behaves.</summary>
internal sealed record SimpleDbDoubleOptions
{
    public SdbKeys Keys { get; init; } = new();

    /// <summary>How far reads that do not ask for consistency lag behind.</summary>
    public TimeSpan Lag { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The most items of a page.</summary>
    public int PageItems { get; init; } = 2500;

    /// <summary>The most bytes of a page.</summary>
    public int PageBytes { get; init; } = 1 << 20;

    /// <summary>Of so many requests one is refused with 503; 0: none.</summary>
    public int RefuseEvery { get; init; }

    /// <summary>Of so many writes one is done without an answer; 0: none.</summary>
    public int LoseEvery { get; init; }

    /// <summary>Of so many selects one begins with an empty page; 0: none.</summary>
    public int EmptyPageEvery { get; init; }

    /// <summary>The only way of writing conditions that counts, or empty: both. <c>strict</c>: the other is an error.</summary>
    public string Conditions { get; init; } = "";
}

/// <summary>
/// A server that speaks SimpleDB's protocol of 2009-04-15 on loopback, written from AWS's Developer Guide: signatures,
/// conditions, limits and the select language are all enforced.
/// </summary>
internal sealed class SimpleDbDouble : IAsyncDisposable
{
    private readonly SimpleDbDoubleOptions options;
    private readonly SdbActions actions;
    private readonly WebApplication app;
    private int requests;
    private int writes;
    private int selects;

    private SimpleDbDouble(SimpleDbDoubleOptions options)
    {
        this.options = options;
        actions = new SdbActions(new SdbData(TimeProvider.System, options.Lag), options);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    /// <summary>Where it listens.</summary>
    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Is asked before each request is looked at; what it throws is the answer.</summary>
    public Action<SdbRequest>? Before { get; set; }

    /// <summary>Whether the next write is done without an answer.</summary>
    public bool LosesNext { get; set; }

    /// <summary>How often each action was done.</summary>
    public ConcurrentDictionary<string, int> Done { get; } = new();

    /// <summary>Machine hours that AWS would have charged, by its known formulas.</summary>
    public double BoxUsage => actions.BoxUsage;

    public SdbData Data => actions.Data;

    public static async Task<SimpleDbDouble> StartAsync(SimpleDbDoubleOptions? options = null)
    {
        var started = new SimpleDbDouble(options ?? new());
        await started.app.StartAsync();
        return started;
    }

    /// <summary>Settings that lead to it.</summary>
    public AwsOptions Settings() => new()
    {
        AccessKeyId = options.Keys.Id, SecretAccessKey = options.Keys.Secret, SessionToken = options.Keys.Token,
        Region = "eu-west-1", StateStore = "SimpleDb", SimpleDb = { EndpointUrl = Url },
    };

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            var request = await ReadAsync(context.Request);
            if (options.RefuseEvery > 0 && Interlocked.Increment(ref requests) % options.RefuseEvery == 0)
                throw new SdbFault("ServiceUnavailable", 503, "Service AmazonSimpleDB is currently unavailable. Please try again later.");
            var isLost = request.IsWrite && options.LoseEvery > 0 && Interlocked.Increment(ref writes) % options.LoseEvery == 0;
            Before?.Invoke(request);
            SignatureCheck.Require(
                request, context.Request.Method, context.Request.Host.Value!, context.Request.Path.Value!, options.Keys,
                TimeProvider.System.GetUtcNow());
            var isEmpty = request.Action == "Select" && options.EmptyPageEvery > 0
                && Interlocked.Increment(ref selects) % options.EmptyPageEvery == 0;
            var answer = actions.Answer(request, isEmpty);
            Done.AddOrUpdate(request.Action, 1, (_, count) => count + 1);
            if (isLost || (request.IsWrite && LosesNext))
            {
                LosesNext = false;
                context.Abort();
            }
            else
                await WriteAsync(context, 200, answer);
        }
        catch (SdbFault fault)
        {
            await WriteAsync(context, fault.Status, SdbAnswers.Error(fault));
        }
    }

    // Not by ASP.NET's reader of forms, which takes no zero characters.
    private static async Task<SdbRequest> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var pairs = $"{request.QueryString.Value?.TrimStart('?')}&{await reader.ReadToEndAsync()}"
            .Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2));
        return new SdbRequest(pairs.ToDictionary(pair => Decode(pair[0]), pair => Decode(pair[^1]), StringComparer.Ordinal));

        static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
    }

    private static Task WriteAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/xml";
        return context.Response.WriteAsync(body);
    }
}
