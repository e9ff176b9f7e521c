using System.Collections.Concurrent;
using MediaNommer.Core.Fleet;

namespace MediaNommer.Tests.Ec2;

/// <summary>Machines on paper, and which of them were told to end.</summary>
internal sealed class EndedMachines : IFleet
{
    public List<FleetMember> Members { get; } = [];

    public ConcurrentQueue<string> Ended { get; } = new();

    /// <summary>Why they cannot be listed, or null.</summary>
    public FleetException? Trouble { get; set; }

    public int Tries { get; private set; }

    /// <summary>Called before a machine is ended; may refuse by throwing.</summary>
    public Action<string> BeforeEnd { get; set; } = _ => { };

    public string Name => "paper";

    public FleetMachine Machine => FleetMachine.Local;

    public Task<IReadOnlyList<FleetMember>> ListAsync(CancellationToken cancellation) => Trouble is null
        ? Task.FromResult<IReadOnlyList<FleetMember>>([.. Members])
        : throw Trouble;

    public Task<IReadOnlyList<FleetMember>> LaunchAsync(int count, CancellationToken cancellation) =>
        throw new NotSupportedException("Nobody launches any here.");

    public Task TerminateAsync(IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        Tries++;
        foreach (var id in ids)
        {
            BeforeEnd(id);
            Ended.Enqueue(id);
            Members.RemoveAll(member => member.Id == id);
        }

        return Task.CompletedTask;
    }
}
