using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// Which jobs write to a destination: an item for each destination, written before the job, as SimpleDB writes no two items
/// together. An item whose job is not there yet counts for a while, then as what somebody left who died in between. Nothing
/// is written when the job ends: whoever finds the item of a job that has ended takes it over.
/// </summary>
/// <param name="jobs">The domain of the jobs.</param>
/// <param name="find">Reads a job.</param>
/// <param name="clock">Tells how old an item is.</param>
internal sealed class DestinationHolds(
    SdbDomain jobs, Func<string, CancellationToken, Task<Job?>> find, TimeProvider clock)
{
    /// <summary>Items of destinations begin with it.</summary>
    public const string Prefix = "dest/";

    private const string Holders = "holder";
    private const string Since = "since";
    private const int MaxTries = 50;

    // Longer than anybody takes to write the job for which he has taken a destination, and than clocks may differ.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>Takes the destination that a change wants, if any.</summary>
    /// <exception cref="DestinationTakenException">Another unfinished job has it.</exception>
    public async Task TakeAsync(JobChange change, CancellationToken cancellation)
    {
        if (change.Hold is not { } hold)
            return;
        var (item, id) = (Prefix + hold.Key, change.Job.Id);
        IReadOnlyList<string> others = [];
        var condition = new SdbCondition(SdbDomain.Token, null);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            SdbAttribute[] attributes =
            [
                new(JobAttributes.Job, SdbName.Of(id)), new(Holders, DestinationHolders.Write(others, id)),
                new(Since, SdbName.Time(clock.GetUtcNow())),
            ];
            if (await jobs.TryPutAsync(item, attributes, condition, cancellation) is not null)
                return;
            var found = await jobs.GetAsync(item, cancellation);
            others = found?[Holders] is { } holders
                ? await DestinationHolders.UnfinishedAsync(
                    holders, async holder => holder != id && await IsHeldAsync(holder, found, cancellation))
                : [];
            if (!hold.MayShare && others.Count > 0)
                throw new DestinationTakenException(others[0]);
            condition = new SdbCondition(SdbDomain.Token, found?[SdbDomain.Token]);
        }

        throw new BackendUnavailableException("SimpleDB: a destination was taken by others again and again.");
    }

    private async Task<bool> IsHeldAsync(string holder, SdbItem found, CancellationToken cancellation) =>
        await find(holder, cancellation) is { } job
            ? !job.State.IsFinished()
            : string.CompareOrdinal(found[Since], SdbName.Time(clock.GetUtcNow() - Grace)) > 0;
}
