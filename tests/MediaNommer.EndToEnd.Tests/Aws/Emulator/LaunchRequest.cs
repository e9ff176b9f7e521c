using System.Text;
using System.Text.RegularExpressions;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>What a RunInstances asks for.</summary>
internal sealed partial record LaunchRequest
{
    private const int LargestUserData = 16384;

    public required int MinCount { get; init; }

    public required int MaxCount { get; init; }

    public string? ClientToken { get; init; }

    public required string ImageId { get; init; }

    public required string InstanceType { get; init; }

    public string? KeyName { get; init; }

    public IReadOnlyList<string> GroupNames { get; init; } = [];

    public IReadOnlyList<string> GroupIds { get; init; } = [];

    public string? SubnetId { get; init; }

    public string? Zone { get; init; }

    public string? InstanceProfile { get; init; }

    public string UserData { get; init; } = "";

    public bool IsSpot { get; init; }

    public bool TerminatesOnShutdown { get; init; }

    public string HttpTokens { get; init; } = "optional";

    public IReadOnlyList<VolumeRequest> Volumes { get; init; } = [];

    /// <summary>Tags by the type of what they are for, for example <c>instance</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Tags { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    public static LaunchRequest Read(QueryParameters parameters)
    {
        var profile = parameters.Below("IamInstanceProfile");
        var market = parameters.Below("InstanceMarketOptions");
        var metadata = parameters.Below("MetadataOptions");
        var request = new LaunchRequest
        {
            MinCount = Count(parameters, "MinCount"),
            MaxCount = Count(parameters, "MaxCount"),
            ClientToken = parameters.Text("ClientToken"),
            ImageId = parameters.Required("ImageId"),
            InstanceType = parameters.Text("InstanceType") ?? "m1.small",
            KeyName = parameters.Text("KeyName"),
            GroupNames = parameters.List("SecurityGroup"),
            GroupIds = parameters.List("SecurityGroupId"),
            SubnetId = parameters.Text("SubnetId"),
            Zone = parameters.Below("Placement").Text("AvailabilityZone"),
            InstanceProfile = profile.Text("Name") ?? profile.Text("Arn")?.Split('/')[^1],
            UserData = ReadUserData(parameters.Text("UserData")),
            IsSpot = ReadMarket(market),
            TerminatesOnShutdown = OneOf(parameters, "InstanceInitiatedShutdownBehavior", "stop", "terminate") == "terminate",
            HttpTokens = OneOf(metadata, "HttpTokens", "optional", "required"),
            Volumes = [.. parameters.Each("BlockDeviceMapping").Select(VolumeRequest.Read)],
            Tags = ReadTags(parameters),
        };
        OneOf(metadata, "HttpEndpoint", "enabled", "disabled");
        OneOf(metadata, "InstanceMetadataTags", "disabled", "enabled");
        if (metadata.Number("HttpPutResponseHopLimit") is < 1 or > 64)
            throw new Ec2Error("InvalidParameterValue", "The HttpPutResponseHopLimit must be between 1 and 64.");
        request.CheckCombinations();
        return request;
    }

    private void CheckCombinations()
    {
        if (MinCount > MaxCount)
            throw new Ec2Error("InvalidParameterCombination", "MinCount must not be greater than MaxCount");
        if (ClientToken is { Length: > 64 } || ClientToken?.Any(letter => !char.IsAscii(letter)) == true)
            throw new Ec2Error("InvalidParameterValue", "The client token must have at most 64 ASCII characters.");
        if (SubnetId is not null && GroupNames.Count > 0)
            throw new Ec2Error("InvalidParameterCombination", "The parameter groupName cannot be used with the parameter subnet");
        if (!ImageName().IsMatch(ImageId))
            throw new Ec2Error("InvalidAMIID.Malformed", $"Invalid id: \"{ImageId}\" (expecting \"ami-...\")");
    }

    private static int Count(QueryParameters parameters, string name)
    {
        parameters.Required(name);
        return parameters.Number(name) is > 0 and var count ? count
            : throw new Ec2Error("InvalidParameterValue", $"Value for parameter {name} must be at least 1.");
    }

    private static string ReadUserData(string? base64)
    {
        try
        {
            var bytes = Convert.FromBase64String(base64 ?? "");
            return bytes.Length <= LargestUserData ? Encoding.UTF8.GetString(bytes) : throw new Ec2Error(
                "InvalidParameterValue", $"User data is limited to {LargestUserData} bytes");
        }
        catch (FormatException)
        {
            throw new Ec2Error("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
        }
    }

    private static bool ReadMarket(QueryParameters market)
    {
        var options = market.Below("SpotOptions");
        OneOf(options, "SpotInstanceType", "one-time", "persistent");
        OneOf(options, "InstanceInterruptionBehavior", "terminate", "stop", "hibernate");
        options.Text("MaxPrice");
        return OneOf(market, "MarketType", "", "spot") == "spot";
    }

    private static Dictionary<string, IReadOnlyDictionary<string, string>> ReadTags(QueryParameters parameters)
    {
        var result = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        foreach (var specification in parameters.Each("TagSpecification"))
        {
            var tags = TagSet.Read(specification, "Tag");
            if (!result.TryAdd(OneOf(specification, "ResourceType", "", "instance", "volume", "network-interface", "spot-instances-request"), tags))
                throw new Ec2Error("InvalidParameterValue", "Tag specification resource type must have unique values");
        }

        return result;
    }

    // The first is what is meant when nothing is said.
    private static string OneOf(QueryParameters parameters, string name, params string[] allowed) =>
        parameters.Text(name) is not { } value ? allowed[0]
        : allowed.Contains(value) ? value
        : throw new Ec2Error("InvalidParameterValue", $"Value ({value}) for parameter {name} is invalid.");

    [GeneratedRegex("^ami-[0-9a-f]{8,17}$")]
    private static partial Regex ImageName();
}

/// <summary>A disk that is asked for.</summary>
internal sealed record VolumeRequest(string Device, int? Gib, string Type, bool Encrypted, bool DeleteOnTermination)
{
    public static VolumeRequest Read(QueryParameters mapping)
    {
        var ebs = mapping.Below("Ebs");
        return new(
            mapping.Required("DeviceName"), ebs.Number("VolumeSize"), ebs.Text("VolumeType") ?? "gp2",
            ebs.Flag("Encrypted"), ebs.Text("DeleteOnTermination") is null || ebs.Flag("DeleteOnTermination"));
    }
}

/// <summary>Tags of something.</summary>
internal static class TagSet
{
    public static Dictionary<string, string> Read(QueryParameters parameters, string name)
    {
        var tags = new Dictionary<string, string>();
        foreach (var tag in parameters.Each(name))
        {
            var key = tag.Required("Key");
            if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) || key.Length > 128)
                throw new Ec2Error("InvalidParameterValue", $"Value ({key}) for parameter key is invalid.");
            if (!tags.TryAdd(key, tag.Text("Value") ?? ""))
                throw new Ec2Error("InvalidParameterValue", $"Duplicate tag key '{key}' specified.");
        }

        return tags;
    }
}
