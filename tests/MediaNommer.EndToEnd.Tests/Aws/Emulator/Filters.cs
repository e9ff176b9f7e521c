using System.Globalization;
using System.Text.RegularExpressions;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>
/// The filters of a Describe call: each names a property and values, one of which must fit; <c>*</c> and <c>?</c> are
/// wildcards. All filters must fit.
/// </summary>
internal sealed class Filters<T>(QueryParameters parameters, Func<T, string, IEnumerable<string>?> look)
{
    private readonly List<(string Name, IReadOnlyList<string> Values)> filters =
        [.. parameters.Each("Filter").Select(filter => (filter.Required("Name"), filter.List("Value")))];

    public bool Fit(T item) => filters.TrueForAll(filter =>
    {
        var found = look(item, filter.Name)
            ?? throw new Ec2Error("InvalidParameterValue", $"The filter '{filter.Name}' is invalid");
        return found.Any(value => filter.Values.Any(pattern => IsMatch(value, pattern)));
    });

    private static bool IsMatch(string value, string pattern) => Regex.IsMatch(
        value, $"^{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal)}$",
        RegexOptions.Singleline);
}

/// <summary>The properties that Describe calls can filter by.</summary>
internal static class FilterNames
{
    public static IEnumerable<string>? Of(Instance instance, string name) => Tag(instance.Tags, name) ?? name switch
    {
        "instance-id" => [instance.Id],
        "instance-state-name" => [instance.StateName],
        "instance-state-code" => [((int)instance.State).ToString(CultureInfo.InvariantCulture)],
        "image-id" => [instance.Request.ImageId],
        "instance-type" => [instance.Request.InstanceType],
        "client-token" => [instance.Request.ClientToken ?? ""],
        "reservation-id" => [instance.ReservationId],
        "instance-lifecycle" => instance.Request.IsSpot ? ["spot"] : [],
        "availability-zone" => [instance.Subnet.Zone],
        "subnet-id" => [instance.Subnet.Id],
        "vpc-id" => [Landscape.Vpc],
        "instance.group-id" => instance.Groups.Select(group => group.Id),
        "instance.group-name" => instance.Groups.Select(group => group.Name),
        _ => null,
    };

    public static IEnumerable<string>? Of(Image image, string name) => name switch
    {
        "image-id" => [image.Id],
        "name" => [image.Name],
        "architecture" => [image.Architecture],
        "owner-id" => [image.Owner],
        "state" => ["available"],
        "virtualization-type" => ["hvm"],
        "root-device-type" => ["ebs"],
        "image-type" => ["machine"],
        _ => null,
    };

    public static IEnumerable<string>? Of(SecurityGroup group, string name) => Tag(group.Tags, name) ?? name switch
    {
        "group-id" => [group.Id],
        "group-name" => [group.Name],
        "vpc-id" => [Landscape.Vpc],
        _ => null,
    };

    public static IEnumerable<string>? Of(Subnet subnet, string name) => name switch
    {
        "subnet-id" => [subnet.Id],
        "availability-zone" => [subnet.Zone],
        "vpc-id" => [Landscape.Vpc],
        "default-for-az" => ["true"],
        "state" => ["available"],
        _ => null,
    };

    private static IEnumerable<string>? Tag(Dictionary<string, string> tags, string name) => name switch
    {
        "tag-key" => tags.Keys,
        _ when name.StartsWith("tag:", StringComparison.Ordinal) => tags.TryGetValue(name[4..], out var value) ? [value] : [],
        _ => null,
    };
}
