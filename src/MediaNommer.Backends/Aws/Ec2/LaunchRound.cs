using MediaNommer.Core.Fleet;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>What one launch has found out and done so far.</summary>
internal sealed class LaunchRound(Ec2Surroundings surroundings)
{
    private readonly List<Ec2Refusal> refusals = [];

    public Ec2Surroundings Surroundings => surroundings;

    public List<FleetMember> Launched { get; } = [];

    /// <summary>Why not one machine is to be had, for the case that none is.</summary>
    public FleetException Failure { get; private set; } =
        new("Aws:Ec2:InstanceType is empty: name at least one type of machine.");

    public void Refuse(Ec2Choice choice, RefusalScope scope, FleetException why)
    {
        refusals.Add(new(choice, scope));
        Failure = why;
    }

    /// <summary>True when nothing more may be launched.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Launches nothing more.</summary>
    public void End(FleetException why) => (IsOver, Failure) = (true, why);

    public bool HasRefused(Ec2Choice choice) => refusals.Any(refusal => refusal.Covers(choice));
}
