using System.Globalization;
using System.Text;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>The parameters of RunInstances.</summary>
internal static class Ec2LaunchForm
{
    private const int LongestUserData = 16384;

    /// <summary>Everything that the call carries beside its name.</summary>
    /// <param name="settings">What machines are like.</param>
    /// <param name="choice">How to get them.</param>
    /// <param name="image">What they start from.</param>
    /// <param name="groups">Ids of security groups, or null: as the settings name them.</param>
    /// <param name="tags">All tags, ours included.</param>
    /// <param name="userData">What they do at their first start.</param>
    /// <param name="count">The most machines; one is enough.</param>
    /// <param name="token">Launches nothing twice.</param>
    public static IReadOnlyDictionary<string, string> Parameters(
        AwsEc2Options settings, Ec2Choice choice, Ec2Image image, IReadOnlyList<string>? groups,
        IReadOnlyDictionary<string, string> tags, string userData, int count, string token)
    {
        var form = new Dictionary<string, string>
        {
            ["ClientToken"] = token,
            ["ImageId"] = image.Id,
            ["InstanceType"] = choice.Type,
            ["MinCount"] = "1",
            ["MaxCount"] = Number(count),
            ["UserData"] = Encode(userData),
            // A machine that powers itself off is gone: the last resort of a worker that cannot end its machine.
            ["InstanceInitiatedShutdownBehavior"] = "terminate",
            ["MetadataOptions.HttpTokens"] = "required",
            ["MetadataOptions.HttpPutResponseHopLimit"] = "1",
            ["MetadataOptions.HttpEndpoint"] = "enabled",
            ["BlockDeviceMapping.1.DeviceName"] = image.RootDevice.Length > 0 ? image.RootDevice : "/dev/xvda",
            ["BlockDeviceMapping.1.Ebs.VolumeSize"] = Number(settings.VolumeGib),
            ["BlockDeviceMapping.1.Ebs.VolumeType"] = "gp3",
            ["BlockDeviceMapping.1.Ebs.Encrypted"] = "true",
            ["BlockDeviceMapping.1.Ebs.DeleteOnTermination"] = "true",
        };
        if (choice.Subnet is not null)
            form["SubnetId"] = choice.Subnet;
        if (settings.KeyName.Length > 0)
            form["KeyName"] = settings.KeyName;
        if (settings.InstanceProfile.Length > 0)
            form["IamInstanceProfile.Name"] = settings.InstanceProfile;
        if (choice.IsSpot)
        {
            form["InstanceMarketOptions.MarketType"] = "spot";
            form["InstanceMarketOptions.SpotOptions.SpotInstanceType"] = "one-time";
            form["InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior"] = "terminate";
        }

        AddGroups(form, groups ?? settings.SecurityGroups);
        AddTags(form, 1, "instance", tags);
        AddTags(form, 2, "volume", tags);
        return form;
    }

    private static void AddGroups(Dictionary<string, string> form, IReadOnlyList<string> groups)
    {
        foreach (var (index, id) in groups.Where(Ec2Surroundings.IsGroupId).Index())
            form[$"SecurityGroupId.{Number(index + 1)}"] = id;
        foreach (var (index, name) in groups.Where(group => !Ec2Surroundings.IsGroupId(group)).Index())
            form[$"SecurityGroup.{Number(index + 1)}"] = name;
    }

    private static void AddTags(
        Dictionary<string, string> form, int place, string resource, IReadOnlyDictionary<string, string> tags)
    {
        var prefix = $"TagSpecification.{Number(place)}";
        form[$"{prefix}.ResourceType"] = resource;
        foreach (var (index, (name, value)) in tags.Index())
        {
            form[$"{prefix}.Tag.{Number(index + 1)}.Key"] = name;
            form[$"{prefix}.Tag.{Number(index + 1)}.Value"] = value;
        }
    }

    private static string Encode(string userData)
    {
        var bytes = Encoding.UTF8.GetBytes(userData);
        return bytes.Length <= LongestUserData
            ? Convert.ToBase64String(bytes)
            : throw new FleetException(
                $"The user data of a machine would have {bytes.Length} bytes, and EC2 takes {LongestUserData}: set fewer "
                + "settings, or let the machines fetch them from Aws:ConfigS3Bucket.");
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
