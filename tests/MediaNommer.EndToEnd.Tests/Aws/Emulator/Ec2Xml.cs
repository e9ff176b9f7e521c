using System.Globalization;
using System.Xml.Linq;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>Writes answers.</summary>
internal static class Ec2Xml
{
    public static XNamespace Namespace { get; } = "http://ec2.amazonaws.com/doc/2016-11-15/";

    /// <summary>An element; what is null is left out.</summary>
    public static XElement Node(string name, params object?[] content) => new(Namespace + name, content);

    /// <summary>A list, whose entries are called <c>item</c>.</summary>
    public static XElement Set(string name, IEnumerable<object?[]> items) =>
        Node(name, items.Select(item => Node("item", item)).ToArray<object>());

    public static XElement Tags(IEnumerable<KeyValuePair<string, string>> tags) =>
        Set("tagSet", tags.Select(tag => (object?[])[Node("key", tag.Key), Node("value", tag.Value)]));

    /// <summary>A time as EC2 writes it.</summary>
    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static object?[] State(InstanceState state) => [Node("code", (int)state), Node("name", Instance.NameOf(state))];

    public static object?[] Groups(Instance instance) =>
    [
        Set("groupSet", instance.Groups.Select(group => (object?[])[Node("groupId", group.Id), Node("groupName", group.Name)])),
    ];
}

/// <summary>Writes machines.</summary>
internal static class InstanceXml
{
    /// <summary>Machines of one reservation.</summary>
    public static object?[] Reservation(IReadOnlyList<Instance> instances) =>
    [
        Ec2Xml.Node("reservationId", instances[0].ReservationId),
        Ec2Xml.Node("ownerId", Landscape.Account),
        Ec2Xml.Node("groupSet"),
        Ec2Xml.Set("instancesSet", instances.Select(Write)),
    ];

    private static object?[] Write(Instance instance) =>
    [
        Ec2Xml.Node("instanceId", instance.Id),
        Ec2Xml.Node("imageId", instance.Request.ImageId),
        Ec2Xml.Node("instanceState", Ec2Xml.State(instance.State)),
        Ec2Xml.Node("privateDnsName", instance.IsAlive ? instance.PrivateName : ""),
        Ec2Xml.Node("dnsName"),
        Ec2Xml.Node("reason", instance.State > InstanceState.Running ? "User initiated" : ""),
        Optional("keyName", instance.Request.KeyName),
        Ec2Xml.Node("amiLaunchIndex", instance.LaunchIndex),
        Ec2Xml.Node("productCodes"),
        Ec2Xml.Node("instanceType", instance.Request.InstanceType),
        Ec2Xml.Node("launchTime", Ec2Xml.Time(instance.LaunchedAt)),
        Ec2Xml.Node("placement", Ec2Xml.Node("availabilityZone", instance.Subnet.Zone), Ec2Xml.Node("groupName"), Ec2Xml.Node("tenancy", "default")),
        Ec2Xml.Node("monitoring", Ec2Xml.Node("state", "disabled")),
        // A machine that is gone has no place in the network any more.
        instance.State == InstanceState.Terminated ? null : Ec2Xml.Node("subnetId", instance.Subnet.Id),
        instance.State == InstanceState.Terminated ? null : Ec2Xml.Node("vpcId", Landscape.Vpc),
        instance.State == InstanceState.Terminated ? null : Ec2Xml.Node("privateIpAddress", instance.PrivateIp),
        Ec2Xml.Groups(instance),
        instance.StateReason is var (code, message)
            ? Ec2Xml.Node("stateReason", Ec2Xml.Node("code", code), Ec2Xml.Node("message", message)) : null,
        Ec2Xml.Node("architecture", instance.Image.Architecture),
        Ec2Xml.Node("rootDeviceType", "ebs"),
        Ec2Xml.Node("rootDeviceName", instance.Image.RootDevice),
        Optional("instanceLifecycle", instance.Request.IsSpot ? "spot" : null),
        Optional("spotInstanceRequestId", instance.SpotRequestId),
        Ec2Xml.Node("clientToken", instance.Request.ClientToken ?? ""),
        Ec2Xml.Tags(instance.Tags),
        Profile(instance),
        Ec2Xml.Node("metadataOptions", Ec2Xml.Node("state", "applied"), Ec2Xml.Node("httpTokens", instance.Request.HttpTokens), Ec2Xml.Node("httpEndpoint", "enabled")),
    ];

    private static XElement? Profile(Instance instance) => instance.Request.InstanceProfile is { } name
        ? Ec2Xml.Node("iamInstanceProfile", Ec2Xml.Node("arn", $"arn:aws:iam::{Landscape.Account}:instance-profile/{name}"), Ec2Xml.Node("id", "AIPA0000000000000EXMP"))
        : null;

    private static XElement? Optional(string name, string? value) => value is null ? null : Ec2Xml.Node(name, value);
}
