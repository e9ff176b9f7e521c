namespace MediaNommer.Core.Leases;

/// <summary>
/// One process's claim to a lease. No clock is compared with another machine's: a holder counts from just before it
/// wrote, others from when they first saw what it wrote, each by its own monotonic time. So the holder always stops
/// before anybody else begins.
/// </summary>
/// <param name="store">Keeps the lease.</param>
/// <param name="wanted">Its name, our name and process, and how long it lasts; its version does not matter.</param>
/// <param name="isGone">Whether the process of another holder is known to have ended.</param>
/// <param name="clock">The time.</param>
public sealed class LeaseClaim(ILeaseStore store, Lease wanted, Func<string, bool> isGone, TimeProvider clock)
{
    // Clocks of two machines do not run equally fast.
    private const double Margin = 1.05;

    private Lease? mine;
    private long writtenAt;
    private Lease? seen;
    private long seenAt;

    /// <summary>Who held the lease at the last look, us included; null when nobody did.</summary>
    public string? Holder => mine?.Owner ?? (seen is { Owner.Length: > 0 } ? seen.Owner : null);

    /// <summary>How much longer we surely hold it; zero when we do not.</summary>
    public TimeSpan TimeLeft
    {
        get
        {
            var left = mine is null ? TimeSpan.Zero : LengthOf(mine) - clock.GetElapsedTime(writtenAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Takes the lease if it is free, or renews it.</summary>
    /// <returns>True when we hold it.</returns>
    /// <exception cref="Jobs.BackendUnavailableException">The store cannot be asked; nothing is known then.</exception>
    public async Task<bool> TryAcquireAsync(CancellationToken cancellation)
    {
        if (mine is not null && await TryPutAsync(mine.Version, cancellation))
            return true;
        mine = null;
        var found = await store.GetLeaseAsync(wanted.Name, cancellation);
        return MayTake(found) && await TryPutAsync(found?.Version ?? 0, cancellation);
    }

    /// <summary>Gives the lease up, so that another may take it at once. Does nothing when we do not hold it.</summary>
    public async Task ReleaseAsync(CancellationToken cancellation)
    {
        if (mine is not { } held)
            return;
        mine = null;
        await store.TryPutLeaseAsync(
            held with { Owner = "", Process = null, Version = held.Version + 1 }, held.Version, cancellation);
    }

    private bool MayTake(Lease? found)
    {
        if (found?.Version != seen?.Version || found?.Owner != seen?.Owner)
            (seen, seenAt) = (found, clock.GetTimestamp());
        // Our own name: a write of ours whose answer got lost.
        return found is null || found.Owner.Length == 0 || found.Owner == wanted.Owner
            || clock.GetElapsedTime(seenAt) >= LengthOf(found) * Margin
            || (found.Process is { } process && isGone(process));
    }

    private async Task<bool> TryPutAsync(long expectedVersion, CancellationToken cancellation)
    {
        var began = clock.GetTimestamp();
        var next = wanted with { Version = expectedVersion + 1 };
        if (!await store.TryPutLeaseAsync(next, expectedVersion, cancellation))
            return false;
        (mine, writtenAt) = (next, began);
        return true;
    }

    private static TimeSpan LengthOf(Lease lease) => TimeSpan.FromSeconds(lease.Seconds);
}
