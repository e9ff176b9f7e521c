using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws;

/// <summary>A store of AWS, whose tables or domains <c>nommer aws</c> makes and takes away.</summary>
internal interface IAwsStateStore : IJobStore
{
    /// <summary>What it is and what it is called, for messages: <c>DynamoDB table media_nommer</c>.</summary>
    string Place { get; }

    /// <summary>True when everything that <see cref="IJobStore.InitializeAsync"/> makes is there.</summary>
    Task<bool> ExistsAsync(CancellationToken cancellation);

    /// <summary>
    /// Uses each permission that feederd needs of it once, on something that is no job. Its tables or domains must be there;
    /// when all are tried in this order, nothing is left behind.
    /// </summary>
    IEnumerable<AwsProbe> Probes(CancellationToken cancellation);

    /// <summary>Deletes it with everything in it.</summary>
    Task DropAsync(CancellationToken cancellation);
}
