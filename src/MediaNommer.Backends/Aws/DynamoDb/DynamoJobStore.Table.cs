namespace MediaNommer.Backends.Aws.DynamoDb;

/// <content>The table as a whole.</content>
internal sealed partial class DynamoJobStore : IAwsStateStore
{
    public string Place => $"DynamoDB table {connection.Table}";

    public Task<bool> ExistsAsync(CancellationToken cancellation) => setup.ExistsAsync(cancellation);

    public IEnumerable<AwsProbe> Probes(CancellationToken cancellation) => new TableProbes(connection, setup, cancellation).All();

    public Task DropAsync(CancellationToken cancellation) => setup.DropAsync(cancellation);
}
