namespace MediaNommer.Backends.Aws.SimpleDb;

/// <content>The domains as a whole.</content>
internal sealed partial class SimpleDbJobStore : IAwsStateStore
{
    public string Place => $"SimpleDB domains {jobs.Name} and {nodes.Name}";

    public async Task<bool> ExistsAsync(CancellationToken cancellation) =>
        await client.HasDomainAsync(jobs.Name, cancellation) && await client.HasDomainAsync(nodes.Name, cancellation);

    public IEnumerable<AwsProbe> Probes(CancellationToken cancellation)
    {
        const string item = "doctor";
        SdbAttribute[] attributes = [new(item, item)];
        foreach (var domain in (string[])[jobs.Name, nodes.Name])
        {
            yield return new("sdb:CreateDomain", () => client.CreateDomainAsync(domain, cancellation));
            yield return new("sdb:GetAttributes", () => client.GetAsync(domain, item, cancellation));
            yield return new("sdb:Select", () => client.SelectAsync($"select itemName() from `{domain}` limit 1", null, cancellation));
            yield return new("sdb:PutAttributes", () => client.PutAsync(domain, item, attributes, condition: null, cancellation));
            yield return new("sdb:DeleteAttributes", () => client.DeleteAsync(domain, item, [], condition: null, cancellation));
            yield return new("sdb:BatchPutAttributes", () => client.BatchPutAsync(domain, [(item, attributes)], cancellation));
            yield return new("sdb:BatchDeleteAttributes", () => client.BatchDeleteAsync(domain, [item], cancellation));
        }
    }

    public async Task DropAsync(CancellationToken cancellation)
    {
        await client.DeleteDomainAsync(jobs.Name, cancellation);
        await client.DeleteDomainAsync(nodes.Name, cancellation);
    }
}
