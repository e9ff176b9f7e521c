using System.Globalization;
using System.Text;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>The calls that concern machines.</summary>
internal sealed class InstanceCalls(Cloud cloud)
{
    public object?[] Run(QueryParameters parameters)
    {
        var request = LaunchRequest.Read(parameters);
        Accept(parameters);
        return InstanceXml.Reservation(cloud.Launch(request, parameters.Fingerprint));
    }

    public object?[] Describe(QueryParameters parameters)
    {
        var ids = parameters.List("InstanceId");
        var filters = new Filters<Instance>(parameters, FilterNames.Of);
        var size = parameters.Number("MaxResults");
        var start = ReadToken(parameters.Text("NextToken"));
        Accept(parameters);
        if (ids.Count > 0 && size is not null)
            throw new Ec2Error("InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults");
        if (size is < 5 or > 1000)
            throw new Ec2Error("InvalidParameterValue", $"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.");

        lock (cloud.Gate)
        {
            var visible = cloud.Instances.Where(IsVisible).ToList();
            CheckIds(ids, visible);
            var found = visible.Where(instance => (ids.Count == 0 || ids.Contains(instance.Id)) && filters.Fit(instance)).ToList();
            var page = found.Skip(start).Take(size ?? int.MaxValue).ToList();
            var next = start + page.Count;
            return
            [
                Ec2Xml.Set("reservationSet", page.GroupBy(instance => instance.ReservationId)
                    .Select(reservation => InstanceXml.Reservation([.. reservation]))),
                next < found.Count ? Ec2Xml.Node("nextToken", WriteToken(next)) : null,
            ];
        }
    }

    public object?[] Terminate(QueryParameters parameters, AccessKeys caller)
    {
        var ids = parameters.List("InstanceId");
        Accept(parameters);
        if (ids.Count == 0)
            throw new Ec2Error("MissingParameter", "The request must contain the parameter InstanceId");
        lock (cloud.Gate)
        {
            CheckIds(ids, cloud.Instances);
            var named = ids.Distinct().Select(id => cloud.Instances.First(instance => instance.Id == id)).ToList();
            CheckRole(caller, named);
            return [Ec2Xml.Set("instancesSet", named.Select(Terminate).ToList())];
        }
    }

    /// <summary>The call is read: refuses what nobody knows, and one that only asks whether it would be allowed.</summary>
    public static void Accept(QueryParameters parameters)
    {
        var isTrial = parameters.Flag("DryRun");
        parameters.RefuseUnknown();
        if (isTrial)
            throw new Ec2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
    }

    private object?[] Terminate(Instance instance)
    {
        var before = instance.State;
        cloud.Terminate(instance, "Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown");
        return
        [
            Ec2Xml.Node("instanceId", instance.Id),
            Ec2Xml.Node("currentState", Ec2Xml.State(instance.State)),
            Ec2Xml.Node("previousState", Ec2Xml.State(before)),
        ];
    }

    // What the worker's policy allows: machines with the same tag as its own.
    private void CheckRole(AccessKeys caller, List<Instance> named)
    {
        const string tag = "media-nommer";
        if (caller.InstanceId is not { } id)
            return;
        var own = cloud.Instances.First(instance => instance.Id == id).Tags.GetValueOrDefault(tag);
        if (own is null || named.Exists(instance => instance.Tags.GetValueOrDefault(tag) != own))
            throw Ec2Error.Unauthorized();
    }

    private static bool IsVisible(Instance instance)
    {
        if (instance.OverlookedFor == 0)
            return true;
        instance.OverlookedFor--;
        return false;
    }

    private static void CheckIds(IReadOnlyList<string> ids, IEnumerable<Instance> known)
    {
        if (ids.FirstOrDefault(id => !id.StartsWith("i-", StringComparison.Ordinal)) is { } malformed)
            throw new Ec2Error("InvalidInstanceID.Malformed", $"Invalid id: \"{malformed}\"");
        var missing = ids.Except(known.Select(instance => instance.Id)).ToList();
        if (missing.Count > 0)
            throw new Ec2Error("InvalidInstanceID.NotFound", missing.Count == 1
                ? $"The instance ID '{missing[0]}' does not exist"
                : $"The instance IDs '{string.Join(", ", missing)}' do not exist");
    }

    private static string WriteToken(int start) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(start.ToString(CultureInfo.InvariantCulture)));

    private static int ReadToken(string? token)
    {
        try
        {
            return token is null ? 0 : int.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(token)), CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            throw new Ec2Error("InvalidNextToken", "The specified token is invalid.");
        }
    }
}
