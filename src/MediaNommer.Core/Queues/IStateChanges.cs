namespace MediaNommer.Core.Queues;

/// <summary>
/// Where news of changed jobs go: in feederd straight to those who listen there, in a worker to the state-change queue.
/// It is only news; the store holds the truth, and who missed one finds it there.
/// </summary>
public interface IStateChanges
{
    /// <summary>Passes a change on. Neither waits nor fails.</summary>
    void Announce(StateChangeMessage change);
}
