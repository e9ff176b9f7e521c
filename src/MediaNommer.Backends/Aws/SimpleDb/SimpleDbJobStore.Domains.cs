namespace MediaNommer.Backends.Aws.SimpleDb;

/// <content>The domains as a whole.</content>
internal sealed partial class SimpleDbJobStore : IAwsStateStore
{
    public string Place => $"SimpleDB domains {jobs.Name} and {nodes.Name}";

    public async Task<bool> ExistsAsync(CancellationToken cancellation) =>
        await client.HasDomainAsync(jobs.Name, cancellation) && await client.HasDomainAsync(nodes.Name, cancellation);

    public async Task DropAsync(CancellationToken cancellation)
    {
        await client.DeleteDomainAsync(jobs.Name, cancellation);
        await client.DeleteDomainAsync(nodes.Name, cancellation);
    }
}
