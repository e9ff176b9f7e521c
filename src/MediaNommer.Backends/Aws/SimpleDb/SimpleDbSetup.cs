using System.Net;
using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>Makes domains that are missing, and sees to it that conditions count: everything here rests on them.</summary>
internal sealed class SimpleDbSetup(SimpleDbClient client, TimeProvider clock)
{
    private const string Probe = "probe";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public async Task RunAsync(IReadOnlyList<string> domains, CancellationToken cancellation)
    {
        await Task.WhenAll(domains.Select(domain => MakeAsync(domain, cancellation)));
        foreach (var prefix in (string[])[SimpleDbClient.Numbered, SimpleDbClient.Unnumbered])
        {
            client.ConditionPrefix = prefix;
            if (await KeepsConditionsAsync(domains[0], cancellation))
                return;
        }

        throw new AwsException(
            "The SimpleDB in use ignores the conditions of writes (Expected), so two workers could take the same job. Choose "
            + "another server with Aws:SimpleDb:EndpointUrl, or Aws:StateStore=DynamoDb.", "NoConditions", status: null);
    }

    /// <summary>Asks first: whoever works with a domain need not have the right to make one.</summary>
    private async Task MakeAsync(string domain, CancellationToken cancellation)
    {
        if (await ExistsAsync(domain, cancellation))
            return;
        await client.CreateDomainAsync(domain, cancellation);
        var deadline = clock.GetUtcNow() + Patience;
        while (!await ExistsAsync(domain, cancellation))
        {
            if (clock.GetUtcNow() > deadline)
                throw new AwsException($"SimpleDB made domain {domain}, but does not find it.", "NoSuchDomain", null);
            await Task.Delay(Pause, clock, cancellation);
        }
    }

    private async Task<bool> ExistsAsync(string domain, CancellationToken cancellation)
    {
        try
        {
            await client.GetAsync(domain, Probe, cancellation);
            return true;
        }
        catch (AwsException e) when (e.Code == "NoSuchDomain")
        {
            return false;
        }
    }

    private async Task<bool> KeepsConditionsAsync(string domain, CancellationToken cancellation)
    {
        var never = new SdbCondition(SdbDomain.Token, "never");
        try
        {
            if (await client.PutAsync(domain, Probe, [new SdbAttribute(Probe, Probe)], never, cancellation) != SdbOutcome.Done)
                return true;
        }
        catch (AwsException e) when (e.Status == HttpStatusCode.BadRequest && client.ConditionPrefix == SimpleDbClient.Numbered)
        {
            // It may know no such parameter.
            return false;
        }

        await client.DeleteAsync(domain, Probe, [], condition: null, cancellation);
        return false;
    }
}
