namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>How the emulated cloud behaves.</summary>
internal sealed record CloudSettings
{
    /// <summary>How long a machine is pending.</summary>
    public TimeSpan PendingFor { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a machine gets to shut down before it is switched off.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How many DescribeInstances overlook a new machine: EC2 is consistent only in the end.</summary>
    public int DescribesUntilVisible { get; init; }

    /// <summary>The account's limit on processors that run at the same time.</summary>
    public int VcpuLimit { get; init; } = 256;

    /// <summary>How many machines of this kind are to be had for a request.</summary>
    public Func<LaunchRequest, int> RoomFor { get; init; } = _ => int.MaxValue;

    /// <summary>Below it every machine gets a folder, and boots there; null: machines are only pretended.</summary>
    public string? MachineFolder { get; init; }
}
