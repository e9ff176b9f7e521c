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
    Ec2Client client, LaunchJournal journal, AwsEc2Options settings, string system, Func<string> userData,
    TimeProvider clock, ILogger<Ec2Fleet> logger)
{
    /// <summary>The tag by which machines are known to be ours; its value tells several systems of an account apart.</summary>
    public const string Tag = "media-nommer";

    // By then the list of EC2 shows whatever a call launched.
    private static readonly TimeSpan OpenFor = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim gate = new(1, 1);
    private int firstSubnet;
    private bool mayBeOpen = true;

    /// <summary>Launches up to that many machines, at least one.</summary>
    /// <exception cref="FleetException">Not one is to be had, and why.</exception>
    public async Task<IReadOnlyList<FleetMember>> LaunchAsync(int count, CancellationToken cancellation)
    {
        await SettleAsync(cancellation);
        await gate.WaitAsync(cancellation);
        try
        {
            var round = new LaunchRound(new Ec2Surroundings(client, settings));
            foreach (var part in Parts(count))
                await LaunchPartAsync(part, round, cancellation);
            return round.Launched.Count > 0 || count == 0 ? round.Launched : throw round.Failure;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>
    /// Finds out what came of calls that were never answered, because EC2 or feederd went away: makes them again with the
    /// same token, which launches nothing twice.
    /// </summary>
    /// <exception cref="FleetException">EC2 does not answer now either.</exception>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        if (!mayBeOpen)
            return;
        await gate.WaitAsync(cancellation);
        try
        {
            foreach (var entry in journal.Entries.Where(entry => entry.IsOpen))
            {
                if (clock.GetUtcNow() - entry.At > OpenFor)
                    journal.Forget(entry.Token);
                else
                    await SettleAsync(entry, cancellation);
            }

            mayBeOpen = false;
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
        var surroundings = new Ec2Surroundings(client, settings);
        var choice = Ec2Choice.All(settings.Market == "Spot", settings.InstanceType, settings.Subnets, 0).First();
        try
        {
            var parameters = await ParametersAsync(choice, 1, Guid.NewGuid().ToString("N"), surroundings, cancellation);
            await client.RunInstancesAsync(
                new Dictionary<string, string>(parameters) { ["DryRun"] = "true" }, cancellation);
        }
        catch (AwsException e) when (e.Code == "DryRunOperation")
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

    private async Task SettleAsync(JournalEntry entry, CancellationToken cancellation)
    {
        try
        {
            var members = await RunAsync(entry, cancellation);
            Log.Settled(logger, string.Join(", ", members.Select(member => member.Id)));
        }
        catch (AwsException e) when (!Ec2Errors.IsUncertain(e))
        {
            // It launched nothing, or what it launched has ended since (IdempotentInstanceTerminated), or it is listed.
            Log.NotSettled(logger, e.Message);
        }
        catch (AwsException e)
        {
            throw Ec2Errors.Explain(e);
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
            var members = await RunAsync(entry with { Parameters = parameters }, cancellation);
            if (members.Count == 0)
                round.Refuse(choice, RefusalScope.Choice, new($"EC2 ended {choice} as soon as it was launched."));
            return members;
        }
        catch (AwsException e)
        {
            Log.Refused(logger, choice, e.Message);
            round.Refuse(choice, Ec2Errors.ScopeOf(e), Ec2Errors.Explain(e, choice));
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
        var groups = choice.Subnet is null ? null : await surroundings.GroupsInAsync(choice.Subnet, cancellation);
        return Ec2LaunchForm.Parameters(settings, choice, image, groups, tags, userData(), count, token);
    }

    /// <summary>One call, written down before and after.</summary>
    private async Task<IReadOnlyList<FleetMember>> RunAsync(JournalEntry entry, CancellationToken cancellation)
    {
        journal.Put(entry);
        try
        {
            var instances = await client.RunInstancesAsync(entry.Parameters!, cancellation);
            var members = instances.Where(instance => instance.State is "pending" or "running").Select(MemberOf).ToList();
            journal.Put(entry with { At = clock.GetUtcNow(), Parameters = null, Members = members });
            return members;
        }
        catch (AwsException e) when (!Ec2Errors.IsUncertain(e))
        {
            journal.Forget(entry.Token);
            throw;
        }
        catch
        {
            mayBeOpen = true;
            throw;
        }
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
