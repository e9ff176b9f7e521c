using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Fleet;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>Workers as machines of EC2, known by a tag.</summary>
internal sealed partial class Ec2Fleet(
    Ec2Client client, Ec2Launcher launcher, LaunchJournal journal, string system, IReadOnlyList<string> machineTypes, TimeProvider clock,
    ILogger<Ec2Fleet> logger) : IFleet, IDisposable
{
    // EC2 lists a machine some seconds after its launch. One that is not listed by then will never be.
    private static readonly TimeSpan UnlistedFor = TimeSpan.FromMinutes(5);

    // When one machine of a call is listed, the others soon are.
    private static readonly TimeSpan OthersShow = TimeSpan.FromMinutes(1);

    // Whoever looks at the fleet, and however many they are, EC2 is asked no more often.
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private (DateTimeOffset At, IReadOnlyList<Ec2Instance> Instances) listed = (DateTimeOffset.MinValue, []);

    public string Name => "ec2";

    // A stock image that gets ffmpeg and the program first; the scaler soon knows better.
    public FleetMachine Machine { get; } = new(machineTypes.FirstOrDefault() ?? "", TimeSpan.FromSeconds(75))
    {
        OtherTypes = [.. machineTypes.Skip(1)],
    };

    public async Task<IReadOnlyList<FleetMember>> ListAsync(CancellationToken cancellation)
    {
        var instances = await DescribeAsync(cancellation);
        var members = instances.Where(IsAlive).Select(Ec2Launcher.MemberOf).ToList();
        return [.. members, .. KeepUnlisted(instances)];
    }

    public async Task<IReadOnlyList<FleetMember>> LaunchAsync(int count, CancellationToken cancellation)
    {
        var members = await launcher.LaunchAsync(count, cancellation);
        Forget();
        return members;
    }

    /// <summary>
    /// Ends machines. Their operating systems shut down first, which lets a worker hand its jobs back.
    /// </summary>
    public async Task TerminateAsync(IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        if (ids.Count == 0)
            return;
        try
        {
            await client.TerminateInstancesAsync(ids, cancellation);
            Log.Terminated(logger, string.Join(", ", ids));
        }
        catch (AwsException e) when (e.Code.StartsWith("InvalidInstanceID", StringComparison.Ordinal))
        {
            // One unknown id keeps EC2 from ending the others: each for itself.
            foreach (var id in ids.Count == 1 ? [] : ids)
                await TerminateAsync([id], cancellation);
        }
        catch (AwsException e)
        {
            throw Ec2Errors.Explain(e);
        }

        foreach (var id in ids)
            journal.Keep(entry => Without(entry, [id]));
        Forget();
    }

    /// <summary>Asks EC2 whether it would launch a machine as it is set, without launching it.</summary>
    /// <exception cref="FleetException">It would not; says why and what to do.</exception>
    public Task RehearseAsync(CancellationToken cancellation) => launcher.RehearseAsync(cancellation);

    public string? WhyEnded(string id)
    {
        Ec2Instance? instance;
        lock (gate)
            instance = listed.Instances.FirstOrDefault(one => one.Id == id);
        return instance is { Reason: { Length: > 0 } reason } && !IsAlive(instance) ? $"EC2 says: {reason}" : null;
    }

    public void Dispose() => client.Dispose();

    private static bool IsAlive(Ec2Instance instance) => instance.State is "pending" or "running";

    private async Task<IReadOnlyList<Ec2Instance>> DescribeAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            if (clock.GetUtcNow() - listed.At < Freshness)
                return listed.Instances;
        }

        try
        {
            var instances = await client.DescribeInstancesAsync([new($"tag:{Ec2Launcher.Tag}", system)], cancellation);
            lock (gate)
                listed = (clock.GetUtcNow(), instances);
            return instances;
        }
        catch (AwsException e)
        {
            throw Ec2Errors.Explain(e);
        }
    }

    private void Forget()
    {
        lock (gate)
            listed.At = DateTimeOffset.MinValue;
    }

    /// <summary>
    /// Strikes from the journal what is listed or too old; returns what is left. A call whose answer got lost is settled
    /// when something with its token is listed; if nothing ever is, it launched nothing.
    /// </summary>
    private IEnumerable<FleetMember> KeepUnlisted(IReadOnlyList<Ec2Instance> instances)
    {
        var ids = instances.Select(instance => instance.Id).ToHashSet();
        var tokens = instances.Select(instance => instance.ClientToken).ToHashSet();
        var now = clock.GetUtcNow();
        journal.Keep(entry => entry.IsOpen
            ? now - entry.At > (tokens.Contains(entry.Token) ? OthersShow : JournalEntry.OpenFor) ? null : entry
            : now - entry.At > UnlistedFor ? null : Without(entry, ids));
        return journal.Entries.SelectMany(entry => entry.Members);
    }

    private static JournalEntry? Without(JournalEntry entry, IReadOnlyCollection<string> ids)
    {
        var left = entry.Members.Where(member => !ids.Contains(member.Id)).ToList();
        return left.Count == entry.Members.Count ? entry
            : left.Count > 0 ? entry with { Members = left }
            : null;
    }

    private static partial class Log
    {
        [LoggerMessage(163, LogLevel.Information, "Machines were told to end: {Instances}.")]
        public static partial void Terminated(ILogger logger, string instances);
    }
}
