using System.Globalization;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>
/// Launches machines: goes from choice to choice until it has as many as it was asked for, and writes each call down
/// before it is made.
/// </summary>
internal sealed partial class Ec2Launcher(
    Ec2Client client, LaunchJournal journal, AwsEc2Options settings, string system, WorkerProvision provision,
    TimeProvider clock, ILogger<Ec2Fleet> logger)
{
    /// <summary>The tag by which machines are known to be ours; its value tells several systems of an account apart.</summary>
    public const string Tag = "media-nommer";

    private readonly SemaphoreSlim gate = new(1, 1);
    private int firstSubnet;

    /// <summary>
    /// Launches up to that many machines, at least one. Begins with calls that were never answered, because EC2 or feederd
    /// went away: made again with the same token, they launch nothing twice.
    /// </summary>
    /// <exception cref="FleetException">Not one is to be had, and why.</exception>
    public async Task<IReadOnlyList<FleetMember>> LaunchAsync(int count, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            var round = new LaunchRound(new Ec2Surroundings(client, settings));
            foreach (var entry in journal.Entries.Where(entry => entry.IsOpen))
                await SettleAsync(entry, count - round.Launched.Count, round, cancellation);
            if (round.Launched.Count < count)
                await RequireProvisionAsync(round, cancellation);
            foreach (var part in Parts(round.IsOver ? 0 : count - round.Launched.Count))
                await LaunchPartAsync(part, round, cancellation);
            return round.Launched.Count > 0 || count == 0 ? round.Launched : throw round.Failure;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Asks EC2 whether it would launch a machine as it is set, without launching it.</summary>
    /// <exception cref="FleetException">It would not; says why and what to do.</exception>
    public async Task RehearseAsync(CancellationToken cancellation)
    {
        provision.RequireKeys();
        var surroundings = new Ec2Surroundings(client, settings);
        var choice = Ec2Choice.All(settings.Market == "Spot", settings.InstanceType, settings.Subnets, 0).First();
        try
        {
            var parameters = await ParametersAsync(choice, 1, Guid.NewGuid().ToString("N"), surroundings, cancellation);
            await client.RunInstancesAsync(
                new Dictionary<string, string>(parameters) { ["DryRun"] = "true" }, cancellation);
        }
        catch (AwsException e) when (e.Code == Ec2Client.DryRun)
        {
            // That is how EC2 says yes.
        }
        catch (AwsException e)
        {
            throw Ec2Errors.Explain(e, choice);
        }
    }

    public static FleetMember MemberOf(Ec2Instance instance) =>
        new(instance.Id, instance.LaunchedAt, instance.State == "running")
        {
            MachineType = instance.Type, Zone = instance.Zone, IsSpot = instance.IsSpot,
        };

    /// <summary>
    /// Finds out what came of a call. As long as that is open nothing else is launched, for there might be too many then.
    /// </summary>
    private async Task SettleAsync(JournalEntry entry, int room, LaunchRound round, CancellationToken cancellation)
    {
        var asked = int.Parse(entry.Parameters!["MaxCount"], CultureInfo.InvariantCulture);
        var age = clock.GetUtcNow() - entry.At;
        if (age > JournalEntry.OpenFor)
        {
            journal.Forget(entry.Token);
            return;
        }

        if (asked > room)
        {
            round.End(new FleetException(
                $"EC2 never answered a call for {asked} machines {age.TotalMinutes:0} minutes ago, and only {room} are wanted now: "
                + $"nothing is launched until they show or {JournalEntry.OpenFor.TotalMinutes:0} minutes are over."));
            return;
        }

        try
        {
            var members = await RunAsync(entry, cancellation);
            round.Launched.AddRange(members);
            Log.Settled(logger, string.Join(", ", members.Select(member => member.Id)));
        }
        catch (AwsException e) when (e.Code.StartsWith("Idempotent", StringComparison.Ordinal)
            || (Ec2Errors.ScopeOf(e) != RefusalScope.Everything && !Ec2Errors.IsUncertain(e)))
        {
            // What it launched has ended since, or is listed. Or it launched nothing: EC2 answers a token that it knows by
            // what was launched for it, and looks for machines, and finds none, only for a new one.
            journal.Forget(entry.Token);
            Log.NotSettled(logger, e.Message);
        }
        catch (AwsException e)
        {
            // Also when it is refused: the refusal is of this call, and says nothing of what the first one did.
            round.End(Ec2Errors.Explain(e));
        }
    }

    private async Task RequireProvisionAsync(LaunchRound round, CancellationToken cancellation)
    {
        if (round.IsOver)
            return;
        try
        {
            provision.RequireKeys();
            await provision.RequireSettingsAsync(cancellation);
        }
        catch (FleetException e)
        {
            round.End(e);
        }
    }

    /// <summary>As even parts for the subnets, beginning with another one each time.</summary>
    private IEnumerable<(int Count, int FirstSubnet)> Parts(int count)
    {
        var ways = Math.Max(1, Math.Min(count, settings.Subnets.Count));
        var first = firstSubnet;
        firstSubnet += count;
        return Enumerable.Range(0, ways).Select(way => ((count + ways - 1 - way) / ways, first + way));
    }

    private async Task LaunchPartAsync((int Count, int FirstSubnet) part, LaunchRound round, CancellationToken cancellation)
    {
        var left = part.Count;
        var choices = Ec2Choice.All(settings.Market == "Spot", settings.InstanceType, settings.Subnets, part.FirstSubnet);
        foreach (var choice in choices)
        {
            while (left > 0 && !round.HasRefused(choice))
            {
                var members = await TryAsync(choice, left, round, cancellation);
                left -= members.Count;
                round.Launched.AddRange(members);
            }
        }
    }

    private async Task<IReadOnlyList<FleetMember>> TryAsync(
        Ec2Choice choice, int count, LaunchRound round, CancellationToken cancellation)
    {
        try
        {
            var entry = new JournalEntry(Guid.NewGuid().ToString("N"), clock.GetUtcNow(), null, []);
            var parameters = await ParametersAsync(choice, count, entry.Token, round.Surroundings, cancellation);
            var members = await RunFirstAsync(entry with { Parameters = parameters }, cancellation);
            if (members.Count == 0)
                round.Refuse(choice, RefusalScope.Choice, new($"EC2 ended {choice} as soon as it was launched."));
            return members;
        }
        catch (AwsException e)
        {
            Log.Refused(logger, choice, e.Message);
            round.Refuse(
                choice, Ec2Errors.IsUncertain(e) ? RefusalScope.Everything : Ec2Errors.ScopeOf(e), Ec2Errors.Explain(e, choice));
        }
        catch (FleetException e)
        {
            // No image for this type, or no security group in this network.
            round.Refuse(choice, RefusalScope.Choice, e);
        }

        return [];
    }

    private async Task<IReadOnlyDictionary<string, string>> ParametersAsync(
        Ec2Choice choice, int count, string token, Ec2Surroundings surroundings, CancellationToken cancellation)
    {
        var tags = new Dictionary<string, string> { [Tag] = system, ["Name"] = "media-nommer worker" };
        foreach (var tag in settings.Tags)
            tags[tag.Split('=')[0]] = tag[(tag.IndexOf('=', StringComparison.Ordinal) + 1)..];
        var image = await surroundings.ImageForAsync(choice.Type, cancellation);
        await provision.RequireProgramAsync(
            image.Architecture.Length > 0 ? image.Architecture : Ec2Surroundings.ArchitectureOf(choice.Type), cancellation);
        var groups = choice.Subnet is null ? null : await surroundings.GroupsInAsync(choice.Subnet, cancellation);
        return Ec2LaunchForm.Parameters(settings, choice, image, groups, tags, provision.Script(), count, token);
    }

    /// <summary>A call that was not made before: certainly refused, it is forgotten.</summary>
    private async Task<IReadOnlyList<FleetMember>> RunFirstAsync(JournalEntry entry, CancellationToken cancellation)
    {
        try
        {
            return await RunAsync(entry, cancellation);
        }
        catch (AwsException e) when (!Ec2Errors.IsUncertain(e))
        {
            journal.Forget(entry.Token);
            throw;
        }
    }

    /// <summary>One call, written down before and after; without an answer it stays open.</summary>
    private async Task<IReadOnlyList<FleetMember>> RunAsync(JournalEntry entry, CancellationToken cancellation)
    {
        journal.Put(entry);
        var instances = await client.RunInstancesAsync(entry.Parameters!, cancellation);
        var members = instances.Where(instance => instance.State is "pending" or "running").Select(MemberOf).ToList();
        journal.Put(entry with { At = clock.GetUtcNow(), Parameters = null, Members = members });
        return members;
    }

    private static partial class Log
    {
        [LoggerMessage(160, LogLevel.Warning, "No machine was to be had as {Choice}: {Reason}")]
        public static partial void Refused(ILogger logger, Ec2Choice choice, string reason);

        [LoggerMessage(161, LogLevel.Information, "A launch that had not been answered was asked for again; it has: {Instances}")]
        public static partial void Settled(ILogger logger, string instances);

        [LoggerMessage(162, LogLevel.Information, "A launch that had not been answered has no machines: {Reason}")]
        public static partial void NotSettled(ILogger logger, string reason);
    }
}
