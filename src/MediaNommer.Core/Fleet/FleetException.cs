namespace MediaNommer.Core.Fleet;

/// <summary>
/// A fleet cannot do what it was asked for. The message is one sentence for the operator: the culprit and the remedy.
/// Unlike a <see cref="Jobs.BackendUnavailableException"/> it says nothing about store and queue, which work on.
/// </summary>
/// <param name="message">The sentence.</param>
/// <param name="inner">What the fleet's own client threw, or null.</param>
public sealed class FleetException(string message, Exception? inner = null) : Exception(message, inner);
