using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>
/// Makes and deletes security groups, in the network of each subnet that machines are launched into; without subnets in the
/// account's default network. Names are unique only within a network.
/// </summary>
internal sealed class SecurityGroups(Ec2Client ec2, IReadOnlyList<string> subnets, string system)
{
    /// <summary>Makes it where it is missing; what is there stays as it is.</summary>
    /// <returns>What was found or done, in a sentence.</returns>
    public async Task<string> MakeAsync(string name, CancellationToken cancellation)
    {
        var done = new List<string>();
        foreach (var network in await NetworksAsync(cancellation))
        {
            done.Add(await FindAsync(name, network, [], cancellation) is { } there
                ? $"{there} in {network}: it was there."
                : $"{await MakeAsync(name, network, cancellation)} in {network}: made; it lets nobody in and everything out.");
        }

        return done.Count > 0 ? string.Join(' ', done) : throw new AwsException(
            "The region has no default network: name subnets in Aws:Ec2:Subnets.", "DefaultVpcDoesNotExist", status: null);
    }

    /// <summary>Deletes it where it carries our tag; anybody else's of that name stays.</summary>
    /// <returns>What was found or done, in a sentence.</returns>
    public async Task<string> DeleteAsync(string name, CancellationToken cancellation)
    {
        var done = new List<string>();
        foreach (var network in await NetworksAsync(cancellation))
        {
            if (await FindAsync(name, network, [new($"tag:{Ec2Launcher.Tag}", system)], cancellation) is { } ours)
            {
                await ec2.CallAsync(Ec2Client.Form("DeleteSecurityGroup", []).With("GroupId", ours), cancellation);
                done.Add($"{ours} in {network}: deleted.");
            }
            else if (await FindAsync(name, network, [], cancellation) is { } other)
            {
                done.Add($"{other} in {network} stays: it has no tag {Ec2Launcher.Tag}={system}, so somebody else may have made it.");
            }
        }

        return done.Count > 0 ? string.Join(' ', done) : "It was not there.";
    }

    private async Task<string?> MakeAsync(string name, string network, CancellationToken cancellation)
    {
        var form = Ec2Client.Form("CreateSecurityGroup", [])
            .With("GroupName", name)
            .With("GroupDescription", "Workers of media-nommer: nobody connects to them.")
            .With("VpcId", network)
            .With("TagSpecification.1.ResourceType", "security-group")
            .With("TagSpecification.1.Tag.1.Key", Ec2Launcher.Tag)
            .With("TagSpecification.1.Tag.1.Value", system);
        return (await ec2.CallAsync(form, cancellation)).Child("groupId");
    }

    private async Task<string?> FindAsync(string name, string network, Ec2Filter[] more, CancellationToken cancellation)
    {
        var found = await ec2.DescribeSecurityGroupsAsync(
            [new("group-name", name), new("vpc-id", network), .. more], cancellation);
        return found.GetValueOrDefault(name);
    }

    private async Task<IEnumerable<string>> NetworksAsync(CancellationToken cancellation)
    {
        var networks = new List<string?>();
        if (subnets.Count == 0)
            networks.Add(await ec2.FindDefaultVpcAsync(cancellation));
        foreach (var subnet in subnets)
            networks.Add(await ec2.FindVpcAsync(subnet, cancellation));
        return networks.OfType<string>().Distinct();
    }
}
