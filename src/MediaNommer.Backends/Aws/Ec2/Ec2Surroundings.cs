using System.Text.RegularExpressions;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>What a launch refers to: looks up images and security groups, each once for all calls of one launch.</summary>
internal sealed partial class Ec2Surroundings(Ec2Client client, AwsEc2Options settings)
{
    // Debian's own account: https://wiki.debian.org/Cloud/AmazonEC2Image/Bookworm
    private const string DebianOwner = "136693071363";

    private readonly Dictionary<string, Ec2Image> images = [];
    private readonly Dictionary<string, IReadOnlyList<string>> groups = [];

    /// <summary>The image for machines of a type: the one of the settings, or the newest Debian 12 of the region.</summary>
    public async Task<Ec2Image> ImageForAsync(string type, CancellationToken cancellation)
    {
        var architecture = ArchitectureOf(type);
        var key = settings.AmiId.Length > 0 ? settings.AmiId : architecture;
        if (!images.TryGetValue(key, out var image))
            images[key] = image = settings.AmiId.Length > 0
                ? await FindOwnAsync(cancellation)
                : await FindDebianAsync(architecture, cancellation);
        return image;
    }

    /// <summary>The ids of the security groups in the network of a subnet.</summary>
    public async Task<IReadOnlyList<string>> GroupsInAsync(string subnet, CancellationToken cancellation)
    {
        if (!groups.TryGetValue(subnet, out var ids))
            groups[subnet] = ids = await FindGroupsAsync(subnet, cancellation);
        return ids;
    }

    /// <summary>Whether a security group is named by its id.</summary>
    public static bool IsGroupId(string group) => group.StartsWith("sg-", StringComparison.Ordinal);

    /// <summary>amd64 or arm64, in Debian's words: after the number of its generation, Graviton's types have a g.</summary>
    public static string ArchitectureOf(string type) => Graviton().IsMatch(type) ? "arm64" : "amd64";

    private async Task<Ec2Image> FindOwnAsync(CancellationToken cancellation) =>
        await client.FindImageAsync(settings.AmiId, cancellation)
        ?? throw new FleetException($"There is no image {settings.AmiId} in this region: correct Aws:Ec2:AmiId.");

    private async Task<Ec2Image> FindDebianAsync(string architecture, CancellationToken cancellation)
    {
        var found = await client.DescribeImagesAsync(
            DebianOwner, [new("name", $"debian-12-{architecture}-*"), new("state", "available")], cancellation);
        return found.MaxBy(image => image.CreatedAt, StringComparer.Ordinal)
            ?? throw new FleetException(
                $"This region has no image debian-12-{architecture}-* of Debian (account {DebianOwner}): name an image in "
                + "Aws:Ec2:AmiId.");
    }

    private async Task<IReadOnlyList<string>> FindGroupsAsync(string subnet, CancellationToken cancellation)
    {
        var names = settings.SecurityGroups.Where(group => !IsGroupId(group)).ToArray();
        if (names.Length == 0)
            return settings.SecurityGroups;
        var vpc = await client.FindVpcAsync(subnet, cancellation)
            ?? throw new FleetException($"There is no subnet {subnet}: correct Aws:Ec2:Subnets.");
        var found = await client.DescribeSecurityGroupsAsync(
            [new("group-name", names), new("vpc-id", vpc)], cancellation);
        return
        [
            .. settings.SecurityGroups.Select(group => IsGroupId(group) ? group : found.GetValueOrDefault(group)
                ?? throw new FleetException(
                    $"The network {vpc} of {subnet} has no security group named '{group}': run nommer aws setup, or correct "
                    + "Aws:Ec2:SecurityGroups.")),
        ];
    }

    [GeneratedRegex(@"^(a1|[a-z]+[0-9]+g[a-z]*)\.")]
    private static partial Regex Graviton();
}
