namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>The calls that concern security groups.</summary>
internal sealed class SecurityGroupCalls(Cloud cloud)
{
    private readonly Landscape land = cloud.Land;

    public object?[] Describe(QueryParameters parameters)
    {
        var (ids, names) = (parameters.List("GroupId"), parameters.List("GroupName"));
        var filters = new Filters<SecurityGroup>(parameters, FilterNames.Of);
        InstanceCalls.Accept(parameters);
        lock (cloud.Gate)
        {
            var named = ids.Select(id => land.FindGroup(id, null)).Concat(names.Select(name => land.FindGroup(null, name))).ToList();
            return
            [
                Ec2Xml.Set("securityGroupInfo", (ids.Count + names.Count > 0 ? named : land.Groups).Where(filters.Fit).Select(group => (object?[])
                [
                    Ec2Xml.Node("ownerId", Landscape.Account),
                    Ec2Xml.Node("groupId", group.Id),
                    Ec2Xml.Node("groupName", group.Name),
                    Ec2Xml.Node("groupDescription", group.Description),
                    Ec2Xml.Node("vpcId", Landscape.Vpc),
                    Ec2Xml.Node("ipPermissions"),
                    Ec2Xml.Tags(group.Tags),
                ])),
            ];
        }
    }

    public object?[] Create(QueryParameters parameters)
    {
        var (name, description, vpc) = (
            parameters.Required("GroupName"), parameters.Required("GroupDescription"), parameters.Text("VpcId"));
        var tags = parameters.Each("TagSpecification").Where(specification => specification.Required("ResourceType") == "security-group")
            .Select(specification => TagSet.Read(specification, "Tag")).FirstOrDefault() ?? [];
        InstanceCalls.Accept(parameters);
        if (vpc is not (null or Landscape.Vpc))
            throw new Ec2Error("InvalidVpcID.NotFound", $"The vpc ID '{vpc}' does not exist");
        lock (cloud.Gate)
        {
            if (land.Groups.Exists(group => group.Name == name))
                throw new Ec2Error("InvalidGroup.Duplicate", $"The security group '{name}' already exists for VPC '{Landscape.Vpc}'");
            var created = new SecurityGroup(Instance.NewId("sg"), name, description) { Tags = tags };
            land.Groups.Add(created);
            return [Ec2Xml.Node("return", true), Ec2Xml.Node("groupId", created.Id), Ec2Xml.Tags(tags)];
        }
    }

    public object?[] Delete(QueryParameters parameters)
    {
        var (id, name) = (parameters.Text("GroupId"), parameters.Text("GroupName"));
        InstanceCalls.Accept(parameters);
        if (id is null && name is null)
            throw new Ec2Error("MissingParameter", "The request must contain the parameter groupName or groupId");
        lock (cloud.Gate)
        {
            var group = land.FindGroup(id, name);
            if (cloud.Instances.Any(instance => instance.State != InstanceState.Terminated && instance.Groups.Contains(group)))
                throw new Ec2Error("DependencyViolation", $"resource {group.Id} has a dependent object");
            land.Groups.Remove(group);
            return [Ec2Xml.Node("return", true), Ec2Xml.Node("groupId", group.Id)];
        }
    }
}
