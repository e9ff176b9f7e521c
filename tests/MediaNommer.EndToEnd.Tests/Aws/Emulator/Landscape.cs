namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>A subnet of the default VPC.</summary>
internal sealed record Subnet(string Id, string Zone, string Cidr);

/// <summary>A security group; all are in the default VPC.</summary>
internal sealed record SecurityGroup(string Id, string Name, string Description)
{
    public Dictionary<string, string> Tags { get; init; } = [];
}

/// <summary>An image.</summary>
internal sealed record Image(string Id, string Name, string Owner, string Architecture, DateTimeOffset CreatedAt)
{
    public string RootDevice { get; init; } = "/dev/xvda";
}

/// <summary>A type of machine.</summary>
/// <param name="Name">For example <c>c7a.large</c>.</param>
/// <param name="Vcpus">Its virtual processors.</param>
/// <param name="MemoryMib">Its memory.</param>
/// <param name="Architecture"><c>x86_64</c> or <c>arm64</c>.</param>
/// <param name="SpotPrice">US dollars an hour.</param>
internal sealed record MachineType(string Name, int Vcpus, int MemoryMib, string Architecture, string SpotPrice);

/// <summary>What is there before anybody launches anything: an account as Amazon hands it out.</summary>
internal sealed class Landscape
{
    public const string Account = "123456789012";
    public const string Region = "us-east-1";
    public const string Vpc = "vpc-0a1b2c3d4e5f60718";

    /// <summary>The owner of Debian's images.</summary>
    public const string Debian = "136693071363";

    public List<Subnet> Subnets { get; } =
    [
        new("subnet-00000000000000001", Region + "a", "172.31.0.0/20"),
        new("subnet-00000000000000002", Region + "b", "172.31.16.0/20"),
        new("subnet-00000000000000003", Region + "c", "172.31.32.0/20"),
    ];

    public List<SecurityGroup> Groups { get; } =
    [
        new("sg-00000000000000001", "default", "default VPC security group"),
        new("sg-00000000000000002", "media_nommer", "Workers of media-nommer"),
    ];

    public List<Image> Images { get; } =
    [
        new("ami-00000000000000001", "debian-12-amd64-20260101-2000", Debian, "x86_64", new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)),
        new("ami-00000000000000002", "debian-12-amd64-20260601-2100", Debian, "x86_64", new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero)),
        new("ami-00000000000000003", "debian-12-arm64-20260601-2100", Debian, "arm64", new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero)),
        new("ami-00000000000000004", "debian-12-amd64-impostor", "999999999999", "x86_64", new(2026, 9, 1, 0, 0, 0, TimeSpan.Zero)),
        new("ami-00000000000000005", "media-nommer-worker", Account, "x86_64", new(2026, 8, 1, 0, 0, 0, TimeSpan.Zero)),
    ];

    public List<MachineType> Types { get; } =
    [
        new("m1.small", 1, 1740, "x86_64", "0.0044"),
        new("m1.large", 2, 7680, "x86_64", "0.0175"),
        new("c7a.large", 2, 4096, "x86_64", "0.0412"),
        new("c7a.xlarge", 4, 8192, "x86_64", "0.0801"),
        new("c7a.2xlarge", 8, 16384, "x86_64", "0.1603"),
        new("c7i.large", 2, 4096, "x86_64", "0.0398"),
        new("c6a.large", 2, 4096, "x86_64", "0.0341"),
        new("c7g.large", 2, 4096, "arm64", "0.0310"),
    ];

    public HashSet<string> KeyNames { get; } = ["operator"];

    /// <summary>Instance profiles; the role of each has the same name.</summary>
    public HashSet<string> Profiles { get; } = ["media-nommer-worker"];

    public Image FindImage(string id) => Images.Find(image => image.Id == id)
        ?? throw new Ec2Error("InvalidAMIID.NotFound", $"The image id '[{id}]' does not exist");

    public MachineType FindType(string name) => Types.Find(type => type.Name == name)
        ?? throw new Ec2Error("InvalidParameterValue", $"Invalid value '{name}' for InstanceType.");

    public Subnet FindSubnet(string id) => Subnets.Find(subnet => subnet.Id == id)
        ?? throw new Ec2Error("InvalidSubnetID.NotFound", $"The subnet ID '{id}' does not exist");

    public Subnet FindSubnetOf(string zone) => Subnets.Find(subnet => subnet.Zone == zone)
        ?? throw new Ec2Error("InvalidParameterValue", $"Invalid availability zone: [{zone}]");

    public SecurityGroup FindGroup(string? id, string? name) =>
        Groups.Find(group => group.Id == id || (id is null && group.Name == name)) ?? throw (id is not null
            ? Ec2Error.Missing("security group", "InvalidGroup.NotFound", id)
            : new Ec2Error("InvalidGroup.NotFound", $"The security group '{name}' does not exist in default VPC '{Vpc}'"));
}
