using System.Globalization;
using System.Security.Cryptography;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>States of a machine, with the numbers that EC2 gives them.</summary>
internal enum InstanceState
{
    Pending = 0,
    Running = 16,
    ShuttingDown = 32,
    Terminated = 48,
    Stopping = 64,
    Stopped = 80,
}

/// <summary>An emulated machine: what was asked for, and what became of it.</summary>
internal sealed class Instance
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public required LaunchRequest Request { get; init; }

    public required Image Image { get; init; }

    public required string ReservationId { get; init; }

    public required int LaunchIndex { get; init; }

    public required DateTimeOffset LaunchedAt { get; init; }

    public required Subnet Subnet { get; init; }

    public required IReadOnlyList<SecurityGroup> Groups { get; init; }

    public string Id { get; } = NewId("i");

    public string VolumeId { get; } = NewId("vol");

    public string? SpotRequestId => Request.IsSpot ? $"sir-{Id[^8..]}" : null;

    public string PrivateIp { get; } = string.Create(
        CultureInfo.InvariantCulture, $"172.31.{Random.Shared.Next(256)}.{Random.Shared.Next(4, 255)}");

    public string PrivateName => $"ip-{PrivateIp.Replace('.', '-')}.ec2.internal";

    public Dictionary<string, string> Tags { get; init; } = [];

    public InstanceState State { get; private set; }

    /// <summary>Why it left its last state: a code and a sentence, or null.</summary>
    public (string Code, string Message)? StateReason { get; private set; }

    /// <summary>The process of a booted machine, or null.</summary>
    public Machine? Machine { get; set; }

    /// <summary>What the machine can ask about itself, or null.</summary>
    public MetadataService? Metadata { get; set; }

    /// <summary>How many more times DescribeInstances overlooks it.</summary>
    public int OverlookedFor { get; set; }

    /// <summary>Comes when it has terminated or stopped.</summary>
    public Task Ended => ended.Task;

    public bool IsAlive => State is InstanceState.Pending or InstanceState.Running;

    public string StateName => NameOf(State);

    /// <summary>The keys of its role, or null when it has none.</summary>
    public AccessKeys? RoleKeys { get; set; }

    public static string NameOf(InstanceState state) =>
        state == InstanceState.ShuttingDown ? "shutting-down" : state.ToString().ToLowerInvariant();

    public static string NewId(string kind) => $"{kind}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(9))[..17]}";

    public void Enter(InstanceState state, (string Code, string Message)? reason = null)
    {
        State = state;
        StateReason = reason ?? StateReason;
        if (state is InstanceState.Terminated or InstanceState.Stopped)
            ended.TrySetResult();
    }

    public override string ToString() => $"{Id} {StateName} {StateReason?.Message}";
}
