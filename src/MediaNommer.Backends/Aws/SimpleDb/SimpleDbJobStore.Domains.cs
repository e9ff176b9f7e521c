namespace MediaNommer.Backends.Aws.SimpleDb;

/// <content>The domains as a whole.</content>
internal sealed partial class SimpleDbJobStore : IAwsStateStore
{
    public string Place => $"SimpleDB domains {jobs.Name} and {nodes.Name}";

    public async Task<bool> ExistsAsync(CancellationToken cancellation)
    {
        var there = await client.ListDomainsAsync(cancellation);
        return there.Contains(jobs.Name) && there.Contains(nodes.Name);
    }

    public async Task DropAsync(CancellationToken cancellation)
    {
        await client.DeleteDomainAsync(jobs.Name, cancellation);
        await client.DeleteDomainAsync(nodes.Name, cancellation);
    }
}
