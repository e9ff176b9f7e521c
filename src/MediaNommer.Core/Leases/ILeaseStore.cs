namespace MediaNommer.Core.Leases;

/// <summary>Who may do something that only one process does at a time.</summary>
public sealed record Lease
{
    /// <summary>What it is about.</summary>
    public required string Name { get; init; }

    /// <summary>Who holds it; empty after it was given up.</summary>
    public required string Owner { get; init; }

    /// <summary>
    /// Names the holder's process within its machine, so that others there see at once when it is gone; null where that
    /// cannot be told.
    /// </summary>
    public string? Process { get; init; }

    /// <summary>How long it lasts from each write on, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>Counts the writes; 1 for the first.</summary>
    public long Version { get; init; }
}

/// <summary>
/// Keeps leases. It knows nothing of time: <see cref="LeaseClaim"/> decides when one has ended. Every method may throw
/// <see cref="Jobs.BackendUnavailableException"/>.
/// </summary>
public interface ILeaseStore
{
    /// <summary>The lease as it was written last (a consistent read), or null.</summary>
    Task<Lease?> GetLeaseAsync(string name, CancellationToken cancellation);

    /// <summary>
    /// Writes the lease if its stored version is still <paramref name="expectedVersion"/> (0: if it does not exist).
    /// </summary>
    /// <returns>False when somebody else wrote it first.</returns>
    Task<bool> TryPutLeaseAsync(Lease lease, long expectedVersion, CancellationToken cancellation);
}
