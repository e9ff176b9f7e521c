using MediaNommer.Core.Fleet;

namespace MediaNommer.Tests.Fleet;

/// <summary>Machines that exist only on paper, as a cloud's would for these tests.</summary>
internal sealed class Machines(TimeProvider clock) : IFleet
{
    private int launched;

    public List<FleetMember> Running { get; } = [];

    public Exception? Refusal { get; set; }

    public int Tries { get; private set; }

    public FleetException? ListRefusal { get; set; }

    public string? Ending { get; set; }

    public string Name => "paper";

    public FleetMachine Machine { get; set; } = FleetMachine.Local;

    public Task<IReadOnlyList<FleetMember>> ListAsync(CancellationToken cancellation) => ListRefusal is null
        ? Task.FromResult<IReadOnlyList<FleetMember>>([.. Running])
        : throw ListRefusal;

    public string? WhyEnded(string id) => Ending;

    public Task<IReadOnlyList<FleetMember>> LaunchAsync(int count, CancellationToken cancellation)
    {
        Tries++;
        if (Refusal is not null)
            throw Refusal;
        var members = Enumerable.Range(0, count)
            .Select(_ => new FleetMember($"machine{++launched}", clock.GetUtcNow(), IsRunning: true) { MachineType = Machine.Type })
            .ToList();
        Running.AddRange(members);
        return Task.FromResult<IReadOnlyList<FleetMember>>(members);
    }

    public Task TerminateAsync(IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        Running.RemoveAll(member => ids.Contains(member.Id));
        return Task.CompletedTask;
    }
}
