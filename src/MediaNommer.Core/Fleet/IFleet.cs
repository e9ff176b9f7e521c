namespace MediaNommer.Core.Fleet;

/// <summary>One machine (or local process) that a fleet has launched.</summary>
/// <param name="Id">The fleet's own name for it.</param>
/// <param name="LaunchedAt">When it was launched.</param>
/// <param name="IsRunning">False while it is still starting.</param>
public sealed record FleetMember(string Id, DateTimeOffset LaunchedAt, bool IsRunning)
{
    /// <summary>The type of the machine, for example <c>c7a.large</c>, or null for a process of this machine.</summary>
    public string? MachineType { get; init; }

    /// <summary>The availability zone that the machine is in, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>True for a spot instance, which its owner may take away at two minutes' notice.</summary>
    public bool IsSpot { get; init; }
}

/// <summary>The kind of machine that the next launch gets.</summary>
/// <param name="Type">
/// For example <c>c7a.large</c>, from which its price follows; null for a process of a machine that is there anyway and
/// costs nothing more.
/// </param>
/// <param name="ExpectedStart">From the launch to the first job, as long as nobody has measured it.</param>
public sealed record FleetMachine(string? Type, TimeSpan ExpectedStart)
{
    /// <summary>A process of this machine.</summary>
    public static FleetMachine Local { get; } = new(null, TimeSpan.FromSeconds(2));

    /// <summary>The types that a launch gets when the first is not to be had.</summary>
    public IReadOnlyList<string> OtherTypes { get; init; } = [];
}

/// <summary>
/// Starts and ends workers. Every method may throw <see cref="FleetException"/> when the fleet cannot be reached or
/// refuses.
/// </summary>
public interface IFleet
{
    /// <summary>For example <c>local</c> or <c>none</c>.</summary>
    string Name { get; }

    /// <summary>What the next launch gets first.</summary>
    FleetMachine Machine { get; }

    /// <summary>What it has launched and what has not ended yet.</summary>
    Task<IReadOnlyList<FleetMember>> ListAsync(CancellationToken cancellation);

    /// <summary>Launches workers.</summary>
    /// <returns>Those that were launched; fewer than asked for when it could not do more.</returns>
    Task<IReadOnlyList<FleetMember>> LaunchAsync(int count, CancellationToken cancellation);

    /// <summary>Asks workers to leave: they drain first. Unknown ids are passed over.</summary>
    Task TerminateAsync(IReadOnlyList<string> ids, CancellationToken cancellation);

    /// <summary>Why a member that is no longer listed has ended, in a sentence, or null where nobody knows.</summary>
    string? WhyEnded(string id) => null;
}

/// <summary>The fleet of an operator who starts workers by other means: launches nothing.</summary>
public sealed class NoFleet : IFleet
{
    /// <inheritdoc/>
    public string Name => "none";

    /// <inheritdoc/>
    public FleetMachine Machine => FleetMachine.Local;

    /// <inheritdoc/>
    public Task<IReadOnlyList<FleetMember>> ListAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<FleetMember>>([]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FleetMember>> LaunchAsync(int count, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<FleetMember>>([]);

    /// <inheritdoc/>
    public Task TerminateAsync(IReadOnlyList<string> ids, CancellationToken cancellation) => Task.CompletedTask;
}
