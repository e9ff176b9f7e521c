using System.Collections.Concurrent;
using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.WebUtilities;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>
/// EC2 on loopback: its query protocol (2016-11-15) with signatures checked, and machines that are really there when
/// <see cref="CloudSettings.MachineFolder"/> is set.
/// </summary>
internal sealed class Ec2Emulator : IAsyncDisposable
{
    private const string Version = "2016-11-15";

    private static readonly AccessKeys Account = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

    private readonly TimeProvider clock = TimeProvider.System;
    private readonly CloudSettings settings;
    private readonly Cloud cloud;
    private readonly SignatureCheck signatures;
    private readonly WebApplication app;
    private readonly Dictionary<string, Func<QueryParameters, AccessKeys, object?[]>> actions;

    private Ec2Emulator(CloudSettings settings)
    {
        this.settings = settings;
        cloud = new Cloud(new Landscape(), settings, clock);
        signatures = new SignatureCheck(Landscape.Region, "ec2", clock);
        app = Loopback.NewServer(AnswerAsync);
        actions = Actions(cloud, clock);
    }

    /// <summary>The keys of the account.</summary>
    public static AccessKeys Keys => Account;

    public string Url => app.Urls.Single();

    /// <summary>Every machine there ever was, oldest first.</summary>
    public IReadOnlyList<Instance> Instances => cloud.Instances;

    /// <summary>The most machines that were alive at the same time.</summary>
    public int MostAlive => cloud.MostAlive;

    /// <summary>What goes wrong on purpose.</summary>
    public Faults Faults { get; } = new();

    /// <summary>The names of the calls that were answered, refused ones included, in their order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public static async Task<Ec2Emulator> StartAsync(CloudSettings? settings = null)
    {
        var emulator = new Ec2Emulator(settings ?? new CloudSettings());
        await emulator.app.StartAsync();
        return emulator;
    }

    /// <summary>Switches a machine off without warning.</summary>
    public void PullThePlug(string instanceId) => cloud.PullThePlug(Find(instanceId));

    /// <summary>Tells a spot instance that it will be taken away, and takes it away when the time has come.</summary>
    public async Task InterruptAsync(string instanceId, TimeSpan notice)
    {
        var instance = Find(instanceId);
        instance.Metadata!.InterruptionAt = clock.GetUtcNow() + notice;
        await Task.WhenAny(Task.Delay(notice, clock), instance.Ended);
        cloud.Terminate(instance, "Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Instance terminated due to Spot interruption");
    }

    /// <summary>Tells a spot instance that it is likely to be taken away.</summary>
    public void RecommendRebalance(string instanceId) => Find(instanceId).Metadata!.RebalanceAt = clock.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await cloud.DisposeAsync();
    }

    private static Dictionary<string, Func<QueryParameters, AccessKeys, object?[]>> Actions(Cloud cloud, TimeProvider clock)
    {
        var instances = new InstanceCalls(cloud);
        var landscape = new LandscapeCalls(cloud, clock);
        var groups = new SecurityGroupCalls(cloud);
        return new()
        {
            ["RunInstances"] = (parameters, _) => instances.Run(parameters),
            ["DescribeInstances"] = (parameters, _) => instances.Describe(parameters),
            ["TerminateInstances"] = instances.Terminate,
            ["DescribeImages"] = (parameters, _) => landscape.DescribeImages(parameters),
            ["DescribeSubnets"] = (parameters, _) => landscape.DescribeSubnets(parameters),
            ["DescribeVpcs"] = (parameters, _) => landscape.DescribeVpcs(parameters),
            ["DescribeInstanceTypes"] = (parameters, _) => landscape.DescribeInstanceTypes(parameters),
            ["DescribeSpotPriceHistory"] = (parameters, _) => landscape.DescribeSpotPriceHistory(parameters),
            ["DescribeSecurityGroups"] = (parameters, _) => groups.Describe(parameters),
            ["CreateSecurityGroup"] = (parameters, _) => groups.Create(parameters),
            ["DeleteSecurityGroup"] = (parameters, _) => groups.Delete(parameters),
        };
    }

    private Instance Find(string id) => Instances.Single(instance => instance.Id == id);

    private async Task AnswerAsync(HttpContext context)
    {
        var requestId = Guid.NewGuid().ToString();
        var action = "";
        try
        {
            var (request, values) = await ReadAsync(context);
            action = values.GetValueOrDefault("Action") ?? throw new Ec2Error("MissingAction", "The request is missing an Action parameter");
            Calls.Enqueue(action);
            var answer = Answer(action, values, signatures.Check(request, FindKeys));
            await Faults.BeforeAnswerAsync(action, context.RequestAborted);
            await WriteAsync(context, 200, Ec2Xml.Node($"{action}Response", [Ec2Xml.Node("requestId", requestId), .. answer]));
        }
        catch (Ec2Error e)
        {
            await WriteAsync(context, e.Status, new XElement("Response",
                new XElement("Errors", new XElement("Error", new XElement("Code", e.Code), new XElement("Message", e.Message))),
                new XElement("RequestID", requestId)));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone.
        }
    }

    private object?[] Answer(string action, Dictionary<string, string> values, AccessKeys caller)
    {
        var parameters = new QueryParameters(values);
        parameters.Text("Action");
        if (parameters.Text("Version") is var version && version != Version)
            throw new Ec2Error("NoSuchVersion", $"The requested version ({version}) of service AmazonEC2 does not exist");
        if (!actions.TryGetValue(action, out var run))
            throw new Ec2Error("InvalidAction", $"The action {action} is not valid for this web service.");
        // The worker's policy allows no more.
        if (caller.InstanceId is not null && action != "TerminateInstances")
            throw Ec2Error.Unauthorized();
        Faults.Check(action);
        return run(parameters, caller);
    }

    private AccessKeys? FindKeys(string id) => id == Account.Id ? Account : cloud.FindRole(id);

    private static async Task<(SignedRequest Request, Dictionary<string, string> Values)> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var bytes = body.ToArray();
        var headers = context.Request.Headers.ToDictionary(
            header => header.Key.ToLowerInvariant(), header => string.Join(',', header.Value!), StringComparer.Ordinal);
        var request = new SignedRequest(
            context.Request.Method, context.Request.Path.ToUriComponent(), context.Request.QueryString.Value ?? "", headers, bytes);
        var form = QueryHelpers.ParseQuery(System.Text.Encoding.UTF8.GetString(bytes))
            .Concat(context.Request.Query).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        return (request, form);
    }

    private static Task WriteAsync(HttpContext context, int status, XElement answer) => Loopback.WriteAsync(
        context, status, $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{answer}", "text/xml;charset=UTF-8");
}
