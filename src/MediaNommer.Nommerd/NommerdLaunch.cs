using MediaNommer.Nommerd.Ec2;

namespace MediaNommer.Nommerd;

/// <summary>How this worker was started; not a setting, because it differs between workers of one system.</summary>
public sealed record NommerdLaunch
{
    /// <summary>
    /// True on a machine of one's own (<c>nommer nommerd -l</c>): the worker never ends itself however idle it is.
    /// </summary>
    public bool IsLocal { get; init; }

    /// <summary>True for a process that a fleet started on this machine: it ends when it has been idle too long.</summary>
    public bool Managed { get; init; }

    /// <summary>
    /// The EC2 machine that it runs on, which ends with it when it has been idle too long; null elsewhere. See
    /// <see cref="NommerdHost.FindMachineAsync"/>.
    /// </summary>
    public Ec2Machine? Machine { get; init; }

    /// <summary>How many jobs run side by side; null: <c>Scaling:MaxEncodingJobsPerEc2Instance</c>.</summary>
    public int? Slots { get; init; }

    /// <summary>Listen for SIGTERM and SIGINT; false when another part of the process does.</summary>
    public bool HandleSignals { get; init; } = true;
}
