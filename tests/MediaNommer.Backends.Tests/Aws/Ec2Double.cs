using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>
/// As much of EC2 as the fleet uses, with what moto lacks: client tokens, capacity that runs out, quotas, lists that lag
/// behind, answers that never arrive. Checks every signature by working it out itself.
/// </summary>
internal sealed class Ec2Double : IAsyncDisposable
{
    public const string KeyId = "AKIDEXAMPLE";
    public const string Secret = "a secret";

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, (string Parameters, string[] Ids)> tokens = new();
    private int made;

    private Ec2Double(WebApplication app) => this.app = app;

    public string Url => app.Urls.Single();

    /// <summary>Every call, by its parameters.</summary>
    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Calls { get; } = new();

    /// <summary>What there is, by id: its state and the parameters that it was launched with.</summary>
    public ConcurrentDictionary<string, (string State, IReadOnlyDictionary<string, string> Launch)> Machines { get; } = new();

    /// <summary>Refuses a call with a status and a code, or null.</summary>
    public Func<IReadOnlyDictionary<string, string>, (int Status, string Code, string Message)?> Refuse { get; set; } = _ => null;

    /// <summary>How many machines one call gets at most.</summary>
    public int Capacity { get; set; } = int.MaxValue;

    /// <summary>Whether what was launched is listed.</summary>
    public bool IsListing { get; set; } = true;

    /// <summary>What the configuration bucket holds.</summary>
    public HashSet<string> Published { get; } = ["nommer.json", "nommer-linux-x64.tar.gz", "nommer-linux-arm64.tar.gz"];

    /// <summary>How often it was asked for that.</summary>
    public int Looks { get; private set; }

    /// <summary>Does what a call asks for, and breaks its connection.</summary>
    public Func<IReadOnlyDictionary<string, string>, bool> LosesAnswer { get; set; } = _ => false;

    /// <summary>Why machines that are terminated were.</summary>
    public (string Code, string Message) EndedBy { get; set; } = ("Client.UserInitiatedShutdown", "User initiated shutdown");

    /// <summary>Each image of DescribeImages: id, name, architecture and time.</summary>
    public List<(string Id, string Name, string CreatedAt)> Images { get; } =
        [("ami-1", "debian-12-amd64-20250101-1", "2025-01-01T00:00:00.000Z")];

    public IEnumerable<IReadOnlyDictionary<string, string>> CallsOf(string action) =>
        Calls.Where(call => call["Action"] == action);

    public static async Task<Ec2Double> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var ec2 = new Ec2Double(builder.Build());
        ec2.app.Run(ec2.AnswerAsync);
        await ec2.app.StartAsync();
        return ec2;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            // That is S3.
            Looks++;
            context.Response.StatusCode = Published.Contains(context.Request.Path.Value!.Split('/')[^1]) ? 200 : 404;
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var call = body.Split('&').Select(pair => pair.Split('=')).ToDictionary(
            pair => Uri.UnescapeDataString(pair[0]), pair => Uri.UnescapeDataString(pair[1]));
        Calls.Enqueue(call);
        var refusal = IsSigned(context.Request, body)
            ? Refuse(call)
            : (403, "SignatureDoesNotMatch", "The signature is another one.");
        var (status, answer) = refusal is { } given
            ? (given.Status, ErrorXml(given.Code, given.Message))
            : Do(call);
        if (LosesAnswer(call))
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "text/xml";
        await context.Response.WriteAsync(answer);
    }

    private (int Status, string Xml) Do(IReadOnlyDictionary<string, string> call) => call["Action"] switch
    {
        "RunInstances" => Run(call),
        "DescribeInstances" => (200, Wrap(call, "<reservationSet><item><instancesSet>"
            + string.Concat(IsListing ? Machines.Keys.Select(Xml) : []) + "</instancesSet></item></reservationSet>")),
        "TerminateInstances" => Terminate(call),
        "DescribeImages" => (200, Wrap(call, "<imagesSet>" + string.Concat(Images.Where(image => IsMeant(image.Id, image.Name, call)).Select(image =>
            $"<item><imageId>{image.Id}</imageId><name>{image.Name}</name><rootDeviceName>/dev/xvda</rootDeviceName>"
            + $"<creationDate>{image.CreatedAt}</creationDate></item>")) + "</imagesSet>")),
        "DescribeSubnets" => (200, Wrap(call, "<subnetSet><item><vpcId>vpc-1</vpcId></item></subnetSet>")),
        "DescribeSecurityGroups" => (200, Wrap(call, "<securityGroupInfo><item><groupId>sg-1</groupId>"
            + "<groupName>media_nommer</groupName></item></securityGroupInfo>")),
        var other => (400, ErrorXml("InvalidAction", other)),
    };

    private static bool IsMeant(string id, string name, IReadOnlyDictionary<string, string> call) =>
        call.TryGetValue("ImageId.1", out var wanted)
            ? id == wanted
            : name.StartsWith(call["Filter.1.Value.1"].TrimEnd('*'), StringComparison.Ordinal);

    private (int Status, string Xml) Run(IReadOnlyDictionary<string, string> call)
    {
        var token = call["ClientToken"];
        var parameters = string.Join('&', call.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        var known = tokens.GetOrAdd(token, _ =>
        {
            var ids = Enumerable.Range(0, Math.Min(Capacity, int.Parse(call["MaxCount"], null)))
                .Select(_ => $"i-{Interlocked.Increment(ref made):x8}").ToArray();
            foreach (var id in ids)
                Machines[id] = ("pending", call);
            return (parameters, ids);
        });
        if (known.Parameters != parameters)
            return (400, ErrorXml("IdempotentParameterMismatch", "The token was used with other parameters."));
        if (known.Ids.All(id => Machines[id].State == "terminated"))
            return (400, ErrorXml("IdempotentInstanceTerminated", "The machines of this token have ended."));
        return (200, Wrap(call, $"<instancesSet>{string.Concat(known.Ids.Select(Xml))}</instancesSet>"));
    }

    private (int Status, string Xml) Terminate(IReadOnlyDictionary<string, string> call)
    {
        var ids = call.Where(pair => pair.Key.StartsWith("InstanceId.", StringComparison.Ordinal)).Select(pair => pair.Value).ToList();
        if (ids.FirstOrDefault(id => !Machines.ContainsKey(id)) is { } unknown)
            return (400, ErrorXml("InvalidInstanceID.NotFound", $"The instance ID '{unknown}' does not exist"));
        foreach (var id in ids)
            Machines[id] = ("terminated", Machines[id].Launch);
        return (200, Wrap(call, ""));
    }

    private string Xml(string id)
    {
        var (state, launch) = Machines[id];
        var reason = state == "terminated"
            ? $"<stateReason><code>{EndedBy.Code}</code><message>{EndedBy.Message}</message></stateReason>"
            : "";
        var spot = launch.ContainsKey("InstanceMarketOptions.MarketType") ? "<instanceLifecycle>spot</instanceLifecycle>" : "";
        return $"<item><instanceId>{id}</instanceId><clientToken>{launch["ClientToken"]}</clientToken><instanceState><name>{state}</name></instanceState>{reason}{spot}"
            + $"<instanceType>{launch["InstanceType"]}</instanceType><launchTime>2026-01-01T00:00:00.000Z</launchTime>"
            + "<placement><availabilityZone>us-east-1a</availabilityZone></placement></item>";
    }

    private static string Wrap(IReadOnlyDictionary<string, string> call, string inner) =>
        $"<{call["Action"]}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>1</requestId>{inner}"
        + $"</{call["Action"]}Response>";

    private static string ErrorXml(string code, string message) =>
        $"<Response><Errors><Error><Code>{code}</Code><Message>{WebUtility.HtmlEncode(message)}</Message></Error></Errors>"
        + "<RequestID>1</RequestID></Response>";

    /// <summary>Works the signature out as the documentation of AWS tells it, with nothing of the client's.</summary>
    private static bool IsSigned(HttpRequest request, string body)
    {
        var parts = request.Headers.Authorization.ToString().Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
            .Where(part => part.Contains('=', StringComparison.Ordinal))
            .ToDictionary(part => part[..part.IndexOf('=', StringComparison.Ordinal)], part => part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        var scope = parts["Credential"][(KeyId.Length + 1)..];
        var names = parts["SignedHeaders"].Split(';');
        if (!names.Contains("host") || !names.Contains("x-amz-date") || !names.Contains("content-type"))
            return false;
        var headers = string.Concat(names.Select(name => $"{name}:{request.Headers[name].ToString().Trim()}\n"));
        var canonical = $"{request.Method}\n{request.Path}\n\n{headers}\n{parts["SignedHeaders"]}\n{Hash(body)}";
        var text = $"AWS4-HMAC-SHA256\n{request.Headers["x-amz-date"]}\n{scope}\n{Hash(canonical)}";
        var key = Encoding.UTF8.GetBytes("AWS4" + Secret);
        foreach (var word in scope.Split('/'))
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(word));
        return scope.EndsWith("/us-east-1/ec2/aws4_request", StringComparison.Ordinal)
            && parts["Signature"] == Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
