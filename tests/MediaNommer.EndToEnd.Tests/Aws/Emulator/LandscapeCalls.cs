namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>The calls that concern everything but machines.</summary>
internal sealed class LandscapeCalls(Cloud cloud, TimeProvider clock)
{
    private readonly Landscape land = cloud.Land;

    public object?[] DescribeImages(QueryParameters parameters)
    {
        var ids = parameters.List("ImageId");
        var owners = parameters.List("Owner").Select(owner => owner == "self" ? Landscape.Account : owner).ToList();
        var filters = new Filters<Image>(parameters, FilterNames.Of);
        parameters.Number("MaxResults");
        InstanceCalls.Accept(parameters);
        foreach (var id in ids)
            land.FindImage(id);
        return
        [
            Ec2Xml.Set("imagesSet", land.Images
                .Where(image => (ids.Count == 0 || ids.Contains(image.Id)) && (owners.Count == 0 || owners.Contains(image.Owner)))
                .Where(filters.Fit).Select(Write)),
        ];
    }

    public object?[] DescribeSubnets(QueryParameters parameters)
    {
        var ids = parameters.List("SubnetId");
        var filters = new Filters<Subnet>(parameters, FilterNames.Of);
        InstanceCalls.Accept(parameters);
        foreach (var id in ids)
            land.FindSubnet(id);
        return
        [
            Ec2Xml.Set("subnetSet", land.Subnets.Where(subnet => ids.Count == 0 || ids.Contains(subnet.Id)).Where(filters.Fit).Select(subnet => (object?[])
            [
                Ec2Xml.Node("subnetId", subnet.Id),
                Ec2Xml.Node("state", "available"),
                Ec2Xml.Node("vpcId", Landscape.Vpc),
                Ec2Xml.Node("cidrBlock", subnet.Cidr),
                Ec2Xml.Node("availabilityZone", subnet.Zone),
                Ec2Xml.Node("availableIpAddressCount", 4091),
                Ec2Xml.Node("defaultForAz", true),
                Ec2Xml.Node("mapPublicIpOnLaunch", true),
            ])),
        ];
    }

    public object?[] DescribeVpcs(QueryParameters parameters)
    {
        parameters.Each("Filter").Select(filter => (filter.Text("Name"), filter.List("Value"))).ToList();
        InstanceCalls.Accept(parameters);
        return [Ec2Xml.Set("vpcSet", [[Ec2Xml.Node("vpcId", Landscape.Vpc), Ec2Xml.Node("state", "available"), Ec2Xml.Node("isDefault", true)]])];
    }

    public object?[] DescribeInstanceTypes(QueryParameters parameters)
    {
        var names = parameters.List("InstanceType");
        InstanceCalls.Accept(parameters);
        foreach (var name in names)
        {
            if (land.Types.TrueForAll(type => type.Name != name))
                throw new Ec2Error("InvalidInstanceType", $"The following supplied instance types do not exist: [{name}]");
        }

        return
        [
            Ec2Xml.Set("instanceTypeSet", land.Types.Where(type => names.Count == 0 || names.Contains(type.Name)).Select(type => (object?[])
            [
                Ec2Xml.Node("instanceType", type.Name),
                Ec2Xml.Node("processorInfo", Ec2Xml.Set("supportedArchitectures", []), Ec2Xml.Node("manufacturer", "AMD")),
                Ec2Xml.Node("vCpuInfo", Ec2Xml.Node("defaultVCpus", type.Vcpus)),
                Ec2Xml.Node("memoryInfo", Ec2Xml.Node("sizeInMiB", type.MemoryMib)),
            ])),
        ];
    }

    public object?[] DescribeSpotPriceHistory(QueryParameters parameters)
    {
        var names = parameters.List("InstanceType");
        parameters.List("ProductDescription");
        parameters.Text("StartTime");
        parameters.Text("EndTime");
        parameters.Text("AvailabilityZone");
        parameters.Number("MaxResults");
        InstanceCalls.Accept(parameters);
        return
        [
            Ec2Xml.Set("spotPriceHistorySet",
                from type in land.Types
                where names.Count == 0 || names.Contains(type.Name)
                from subnet in land.Subnets
                select (object?[])
                [
                    Ec2Xml.Node("instanceType", type.Name),
                    Ec2Xml.Node("productDescription", "Linux/UNIX"),
                    Ec2Xml.Node("spotPrice", type.SpotPrice + "00"),
                    Ec2Xml.Node("timestamp", Ec2Xml.Time(clock.GetUtcNow())),
                    Ec2Xml.Node("availabilityZone", subnet.Zone),
                ]),
            Ec2Xml.Node("nextToken"),
        ];
    }

    private static object?[] Write(Image image) =>
    [
        Ec2Xml.Node("imageId", image.Id),
        Ec2Xml.Node("imageState", "available"),
        Ec2Xml.Node("imageOwnerId", image.Owner),
        Ec2Xml.Node("creationDate", Ec2Xml.Time(image.CreatedAt)),
        Ec2Xml.Node("isPublic", image.Owner != Landscape.Account),
        Ec2Xml.Node("architecture", image.Architecture),
        Ec2Xml.Node("imageType", "machine"),
        Ec2Xml.Node("name", image.Name),
        Ec2Xml.Node("rootDeviceType", "ebs"),
        Ec2Xml.Node("rootDeviceName", image.RootDevice),
        Ec2Xml.Set("blockDeviceMapping", [[Ec2Xml.Node("deviceName", image.RootDevice), Ec2Xml.Node("ebs", Ec2Xml.Node("volumeSize", 8))]]),
        Ec2Xml.Node("virtualizationType", "hvm"),
    ];
}
