using System.Net;
using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>Makes domains that are missing, and sees to it that conditions count: everything here rests on them.</summary>
internal sealed class SimpleDbSetup(SimpleDbClient client, TimeProvider clock)
{
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
        if (await client.HasDomainAsync(domain, cancellation))
            return;
        await client.CreateDomainAsync(domain, cancellation);
        var deadline = clock.GetUtcNow() + Patience;
        while (!await client.HasDomainAsync(domain, cancellation))
        {
            if (clock.GetUtcNow() > deadline)
                throw new AwsException($"SimpleDB made domain {domain}, but does not find it.", "NoSuchDomain", null);
            await Task.Delay(Pause, clock, cancellation);
        }
    }

    private async Task<bool> KeepsConditionsAsync(string domain, CancellationToken cancellation)
    {
        var never = new SdbCondition(SdbDomain.Token, "never");
        try
        {
            SdbAttribute[] nothing = [new(SdbDomain.Probe, "nothing")];
            if (await client.PutAsync(domain, SdbDomain.Probe, nothing, never, cancellation) != SdbOutcome.Done)
                return true;
        }
        catch (AwsException e) when (e.Status == HttpStatusCode.BadRequest && client.ConditionPrefix == SimpleDbClient.Numbered)
        {
            // It may know no such parameter.
            return false;
        }

        await client.DeleteAsync(domain, SdbDomain.Probe, [], condition: null, cancellation);
        return false;
    }
}
