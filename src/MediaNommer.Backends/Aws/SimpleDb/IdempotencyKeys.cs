using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// Creates jobs. A key is an item that holds the whole new job, so that whoever finds the key can finish what it
/// promises: when its writer died before it wrote the job itself, the next one with the same key does.
/// </summary>
internal sealed class IdempotencyKeys(SdbDomain jobs)
{
    /// <summary>Items of keys begin with it.</summary>
    public const string Prefix = "key/";

    private const string Used = "used";
    private const int MaxTries = 50;

    private static readonly TimeSpan KeysLast = TimeSpan.FromHours(24);

    // Longer than anybody may take between finding a key and finishing its job.
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    /// <summary>Stores a new job, unless its key was used in the last 24 hours.</summary>
    /// <returns>The id of the job that has the key.</returns>
    public async Task<string> StoreAsync(
        JobChange change, string key, string? log, CancellationToken cancellation)
    {
        var item = Prefix + SdbName.Hash(key);
        var condition = new SdbCondition(SdbDomain.Token, null);
        SdbAttribute[] attributes =
        [
            new(JobAttributes.Job, SdbName.Of(change.Job.Id)), new(Used, SdbName.Time(change.Job.CreatedAt)),
            .. SdbText.Attributes(JobAttributes.Doc, Documents.Write(change)),
        ];
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (await jobs.TryPutAsync(item, attributes, condition, cancellation) is not null)
            {
                await InsertAsync(change, KeyUntil(change), log, cancellation);
                return change.Job.Id;
            }

            var found = await jobs.GetAsync(item, cancellation);
            if (found is not null && IsValid(found, change.Job.CreatedAt))
                return await FinishAsync(found, cancellation);
            condition = new SdbCondition(SdbDomain.Token, found?[SdbDomain.Token]);
        }

        throw new BackendUnavailableException("SimpleDB: an idempotency key was written by others again and again.");
    }

    /// <summary>The id of the job for which a key was used in the 24 hours before a time, or null.</summary>
    public async Task<string?> FindAsync(string key, DateTimeOffset at, CancellationToken cancellation) =>
        await jobs.GetAsync(Prefix + SdbName.Hash(key), cancellation) is { } found && IsValid(found, at)
            ? await FinishAsync(found, cancellation)
            : null;

    /// <summary>Stores a new job; does nothing when it is there.</summary>
    public Task InsertAsync(
        JobChange change, DateTimeOffset? keyUntil, string? log, CancellationToken cancellation) => jobs.TryPutAsync(
        SdbName.Of(change.Job.Id), JobAttributes.OfNew(change, keyUntil, log), new SdbCondition(JobAttributes.Job, null),
        cancellation);

    private static bool IsValid(SdbItem key, DateTimeOffset at) =>
        string.CompareOrdinal(key[Used], SdbName.Time(at - KeysLast)) > 0;

    private static DateTimeOffset KeyUntil(JobChange change) => change.Job.CreatedAt + KeysLast + Grace;

    private async Task<string> FinishAsync(SdbItem key, CancellationToken cancellation)
    {
        var change = Documents.ReadChange(SdbText.Read(key, JobAttributes.Doc)
            ?? throw new InvalidDataException($"A part of item {key.Name} of SimpleDB is missing."));
        if (await jobs.GetAsync(SdbName.Of(change.Job.Id), cancellation) is null)
            await InsertAsync(change, KeyUntil(change), log: null, cancellation);
        return change.Job.Id;
    }
}
