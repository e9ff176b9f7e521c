using System.Globalization;
using System.Xml.Linq;
using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>A machine as EC2 describes it.</summary>
/// <param name="Id">For example <c>i-0123456789abcdef0</c>.</param>
/// <param name="State">EC2's word: pending, running, shutting-down, terminated, stopping, stopped.</param>
/// <param name="Type">For example <c>c7a.large</c>.</param>
/// <param name="LaunchedAt">When it was launched.</param>
internal sealed record Ec2Instance(string Id, string State, string Type, DateTimeOffset LaunchedAt)
{
    /// <summary>The ClientToken of the call that launched it, or null.</summary>
    public string? ClientToken { get; init; }

    /// <summary>Its availability zone, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>True for one that was bought on the spot market.</summary>
    public bool IsSpot { get; init; }

    /// <summary>EC2's word for why it changed its state last, for example <c>Client.UserInitiatedShutdown</c>, or null.</summary>
    public string? ReasonCode { get; init; }

    /// <summary>The same as a sentence, or null.</summary>
    public string? Reason { get; init; }
}

/// <summary>An image as EC2 describes it.</summary>
internal sealed record Ec2Image(string Id, string Name, string RootDevice, string Architecture, string CreatedAt);

/// <summary>One condition of a question to EC2: it holds when one of the values is met; <c>*</c> stands for anything.</summary>
internal sealed record Ec2Filter(string Name, params string[] Values);

/// <summary>
/// The operations of EC2 that we use, in its query protocol. AWSSDK.EC2 would take its place; see the ADR about clients
/// of our own. Every method may throw <see cref="AwsException"/>.
/// </summary>
/// <seealso href="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html"/>
internal sealed class Ec2Client(AwsHttp http, AwsAccess access) : IDisposable
{
    /// <summary>The code of the answer to a rehearsed call that would have been done.</summary>
    public const string DryRun = "DryRunOperation";

    private const string Version = "2016-11-15";
    private const int LargestPage = 1000;

    private static readonly AwsPatience Patience = new(Try: TimeSpan.FromSeconds(30), All: TimeSpan.FromSeconds(60));

    /// <summary>All machines that meet every filter, those that ended within the last hour included.</summary>
    /// <param name="filters">The conditions.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <param name="pageSize">How many one request asks for, from 5 to 1000.</param>
    public async Task<IReadOnlyList<Ec2Instance>> DescribeInstancesAsync(
        IReadOnlyList<Ec2Filter> filters, CancellationToken cancellation, int pageSize = LargestPage)
    {
        var reservations = await ListAsync(
            Form("DescribeInstances", filters).With("MaxResults", pageSize), "reservationSet", cancellation);
        return [.. reservations.SelectMany(group => Items(group, "instancesSet")).Select(ReadInstance)];
    }

    /// <summary>Launches machines.</summary>
    /// <param name="parameters">All parameters of the call; the same with the same ClientToken launch nothing twice.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>From MinCount to MaxCount machines.</returns>
    public async Task<IReadOnlyList<Ec2Instance>> RunInstancesAsync(
        IReadOnlyDictionary<string, string> parameters, CancellationToken cancellation)
    {
        var form = new QueryForm("RunInstances", Version);
        foreach (var (name, value) in parameters)
            form.With(name, value);
        return [.. Items(await CallAsync(form, cancellation), "instancesSet").Select(ReadInstance)];
    }

    /// <summary>Ends machines; none, when one of the ids is unknown.</summary>
    public Task TerminateInstancesAsync(IReadOnlyList<string> ids, CancellationToken cancellation) =>
        CallAsync(new QueryForm("TerminateInstances", Version).WithEach("InstanceId", ids), cancellation);

    /// <summary>Asks whether a machine may be ended, without ending it.</summary>
    public async Task RehearseTerminationAsync(string id, CancellationToken cancellation)
    {
        try
        {
            await CallAsync(new QueryForm("TerminateInstances", Version).With("InstanceId.1", id).With("DryRun", "true"), cancellation);
        }
        catch (AwsException e) when (e.Code == DryRun)
        {
            // That is how EC2 says yes.
        }
    }

    /// <summary>The image of that id, or null.</summary>
    public async Task<Ec2Image?> FindImageAsync(string id, CancellationToken cancellation)
    {
        var answer = await CallAsync(new QueryForm("DescribeImages", Version).With("ImageId.1", id), cancellation);
        return Items(answer, "imagesSet").Select(ReadImage).FirstOrDefault();
    }

    /// <summary>The images of an owner that meet every filter.</summary>
    public async Task<IReadOnlyList<Ec2Image>> DescribeImagesAsync(
        string owner, IReadOnlyList<Ec2Filter> filters, CancellationToken cancellation)
    {
        var images = await ListAsync(Form("DescribeImages", filters).With("Owner.1", owner), "imagesSet", cancellation);
        return [.. images.Select(ReadImage)];
    }

    /// <summary>The network that a subnet belongs to.</summary>
    public async Task<string?> FindVpcAsync(string subnetId, CancellationToken cancellation)
    {
        var answer = await CallAsync(new QueryForm("DescribeSubnets", Version).With("SubnetId.1", subnetId), cancellation);
        return Items(answer, "subnetSet").Select(subnet => subnet.Child("vpcId")).FirstOrDefault();
    }

    /// <summary>The network that machines without a subnet get, or null when the region has none.</summary>
    public async Task<string?> FindDefaultVpcAsync(CancellationToken cancellation)
    {
        var networks = await ListAsync(Form("DescribeVpcs", [new("is-default", "true")]), "vpcSet", cancellation);
        return networks.FirstOrDefault(network => network.Child("isDefault") == "true")?.Child("vpcId");
    }

    /// <summary>
    /// The security groups that meet every filter, as their ids by name; of several networks' groups of one name the first.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, string>> DescribeSecurityGroupsAsync(
        IReadOnlyList<Ec2Filter> filters, CancellationToken cancellation)
    {
        var groups = await ListAsync(Form("DescribeSecurityGroups", filters), "securityGroupInfo", cancellation);
        return groups.DistinctBy(group => Text(group, "groupName"))
            .ToDictionary(group => Text(group, "groupName"), group => Text(group, "groupId"));
    }

    public void Dispose() => http.Dispose();

    /// <summary>Any other call, for <c>nommer aws</c> and for tests.</summary>
    public async Task<XElement> CallAsync(QueryForm form, CancellationToken cancellation)
    {
        var body = form.ToBody();
        var answer = await http.SendAsync(
            new AwsCall(form.Action, (keys, now) =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, http.Service.Endpoint)
                {
                    Content = QueryForm.Content(body),
                };
                SignatureV4.Sign(request, body, keys, access.Region, "ec2", now);
                return request;
            }),
            Patience, cancellation);
        return Xml.ParseAnswer(http.Service, form.Action, answer);
    }

    public static QueryForm Form(string action, IReadOnlyList<Ec2Filter> filters)
    {
        var form = new QueryForm(action, Version);
        foreach (var (index, filter) in filters.Index())
            form.With($"Filter.{index + 1}.Name", filter.Name).WithEach($"Filter.{index + 1}.Value", filter.Values);
        return form;
    }

    /// <summary>The entries of a list, page by page.</summary>
    private async Task<IReadOnlyList<XElement>> ListAsync(QueryForm form, string list, CancellationToken cancellation)
    {
        var items = new List<XElement>();
        string? next;
        do
        {
            var answer = await CallAsync(form, cancellation);
            items.AddRange(Items(answer, list));
            next = answer.Child("nextToken");
            form.With("NextToken", next);
        }
        while (!string.IsNullOrEmpty(next));
        return items;
    }

    private static IEnumerable<XElement> Items(XElement parent, string list) => parent.Down(list)?.All("item") ?? [];

    private static string Text(XElement parent, string name) => parent.Child(name) ?? "";

    private static Ec2Image ReadImage(XElement item) => new(
        Text(item, "imageId"), Text(item, "name"), Text(item, "rootDeviceName"), Text(item, "architecture"),
        Text(item, "creationDate"));

    private static Ec2Instance ReadInstance(XElement item) => new(
        Text(item, "instanceId"), item.Down("instanceState")?.Child("name") ?? "pending", Text(item, "instanceType"),
        ReadTime(item.Child("launchTime")))
    {
        ClientToken = item.Child("clientToken"),
        Zone = item.Down("placement")?.Child("availabilityZone"),
        IsSpot = item.Child("instanceLifecycle") == "spot",
        ReasonCode = item.Down("stateReason")?.Child("code"),
        Reason = item.Down("stateReason")?.Child("message"),
    };

    // A machine without a time passes for one that was launched just now: nobody takes it for one that hangs.
    private static DateTimeOffset ReadTime(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : DateTimeOffset.MaxValue;
}
