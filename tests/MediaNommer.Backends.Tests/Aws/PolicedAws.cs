using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>
/// Stands between a client and servers that check no permissions, and refuses what a policy does not allow, as AWS does.
/// </summary>
internal sealed class PolicedAws : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient client = new(new HttpClientHandler { AllowAutoRedirect = false });
    private readonly string server;

    private PolicedAws(WebApplication app, string server) => (this.app, this.server) = (app, server);

    /// <summary>What is allowed; everything as long as it is null.</summary>
    public PolicyDocument? Policy { get; set; }

    /// <summary>What is allowed to those who have not these keys, by their access key id, for example to workers.</summary>
    public (string KeyId, PolicyDocument Policy)? Others { get; set; }

    /// <summary>Another server for one service, for example <c>ec2</c>.</summary>
    public Dictionary<string, string> Servers { get; } = [];

    /// <summary>What was refused.</summary>
    public ConcurrentQueue<string> Denied { get; } = new();

    /// <summary>The permissions that were used.</summary>
    public ConcurrentDictionary<string, bool> Used { get; } = new();

    public string Address => app.Urls.Single();

    /// <param name="server">The address of the server behind it.</param>
    public static async Task<PolicedAws> StartAsync(string server)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var proxy = new PolicedAws(builder.Build(), server);
        proxy.app.Run(proxy.AnswerAsync);
        await proxy.app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        client.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var asked = AskedPermissions.Of(context.Request, body.ToArray());
        foreach (var permission in asked)
        {
            Used[permission.Action] = true;
            if (PolicyFor(context.Request) is { } policy && !policy.Allows(permission))
            {
                Denied.Enqueue(permission.ToString());
                await RefuseAsync(context, permission);
                return;
            }
        }

        await ForwardAsync(context, body.ToArray(), asked.FirstOrDefault()?.Action.Split(':')[0] ?? "");
    }

    private PolicyDocument? PolicyFor(HttpRequest request) => Others is var (keyId, policy)
        && !request.Headers.Authorization.ToString().Contains($"Credential={keyId}/", StringComparison.Ordinal) ? policy : Policy;

    private static Task RefuseAsync(HttpContext context, AskedPermission asked)
    {
        var message = $"User: arn:aws:iam::123456789012:user/x is not authorized to perform: {asked.Action} on resource: {asked.Resource}";
        var isJson = context.Request.Headers.ContainsKey("X-Amz-Target");
        context.Response.StatusCode = isJson ? 400 : 403;
        context.Response.ContentType = isJson ? "application/x-amz-json-1.0" : "application/xml";
        var (code, name) = asked.Action.Split(':')[0] switch
        {
            "ec2" => ("UnauthorizedOperation", "Response"),
            "sdb" => ("AuthorizationFailure", "Response"),
            _ => ("AccessDenied", "Error"),
        };
        return context.Response.WriteAsync(
            isJson ? $$"""{"__type":"com.amazonaws.x#AccessDeniedException","message":"{{message}}"}"""
            : name == "Error" ? $"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            : $"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>");
    }

    private async Task ForwardAsync(HttpContext context, byte[] body, string service)
    {
        var from = context.Request;
        using var copy = new HttpRequestMessage(
            new HttpMethod(from.Method), $"{Servers.GetValueOrDefault(service, server).TrimEnd('/')}{from.Path.ToUriComponent()}{from.QueryString}");
        copy.Content = new ByteArrayContent(body);
        foreach (var (name, values) in from.Headers)
        {
            if (!copy.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values))
                copy.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
        }

        using var answer = await client.SendAsync(copy, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not ("Transfer-Encoding" or "Connection")))
            context.Response.Headers[name] = values.ToArray();
        // A HEAD has no body, and neither has 204 or 304.
        if (from.Method != "HEAD" && answer.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified))
            await answer.Content.CopyToAsync(context.Response.Body);
    }
}
