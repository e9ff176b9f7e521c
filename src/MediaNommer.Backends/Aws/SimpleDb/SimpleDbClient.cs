using System.Runtime.CompilerServices;
using System.Xml.Linq;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// The operations of SimpleDB that we use; see the ADR about clients of our own.
/// All reads are consistent. Every method may throw <see cref="AwsException"/>.
/// </summary>
/// <seealso href="https://docs.aws.amazon.com/AmazonSimpleDB/latest/DeveloperGuide/Welcome.html"/>
internal sealed class SimpleDbClient(AwsHttp http) : IDisposable
{
    /// <summary>Items in one batch.</summary>
    public const int MaxBatch = 25;

    /// <summary>Attributes of one item, and of one write.</summary>
    public const int MaxAttributes = 256;

    /// <summary>What SimpleDB says when an item has no room for more attributes.</summary>
    public const string ItemIsFull = "NumberItemAttributesExceeded";

    /// <summary>Conditions as the Developer Guide writes them, though there is never a second one.</summary>
    public const string Numbered = "Expected.1";

    /// <summary>Conditions as the SDKs write them.</summary>
    public const string Unnumbered = "Expected";

    private const string Version = "2009-04-15";

    // Well within a lease, so that a worker learns in time that it must do without.
    private static readonly AwsPatience Patience = new(Try: TimeSpan.FromSeconds(10), All: TimeSpan.FromSeconds(20));

    /// <summary>Where it is reached.</summary>
    public Uri Endpoint => http.Service.Endpoint;

    /// <summary>How conditions are written; SimpleDB understands both ways, others may know only one.</summary>
    public string ConditionPrefix { get; set; } = Numbered;

    /// <summary>Makes a domain; does nothing when it is there.</summary>
    public Task CreateDomainAsync(string domain, CancellationToken cancellation) =>
        CallAsync(Form("CreateDomain", domain), cancellation);

    /// <summary>Deletes a domain with all that it holds; does nothing when there is none.</summary>
    public Task DeleteDomainAsync(string domain, CancellationToken cancellation) =>
        CallAsync(Form("DeleteDomain", domain), cancellation);

    /// <summary>Whether there is such a domain. Needs no right to list those of others.</summary>
    public async Task<bool> HasDomainAsync(string domain, CancellationToken cancellation)
    {
        try
        {
            await GetAsync(domain, SdbDomain.Probe, cancellation);
            return true;
        }
        catch (AwsException e) when (e.Code == "NoSuchDomain")
        {
            return false;
        }
    }

    /// <summary>An item with all its attributes, or null.</summary>
    public async Task<SdbItem?> GetAsync(string domain, string item, CancellationToken cancellation)
    {
        var form = Form("GetAttributes", domain).With("ItemName", item).With("ConsistentRead", "true");
        var answer = await CallAsync(form, cancellation);
        var values = SdbXml.Values(answer.Down("GetAttributesResult"));
        return values.Count == 0 ? null : new SdbItem(item, values);
    }

    /// <summary>Writes attributes of one item, all or none.</summary>
    public Task<SdbOutcome> PutAsync(
        string domain, string item, IReadOnlyList<SdbAttribute> attributes, SdbCondition? condition,
        CancellationToken cancellation)
    {
        var form = Form("PutAttributes", domain).With("ItemName", item);
        AddAttributes(form, "", attributes);
        return ChangeAsync(form, condition, cancellation);
    }

    /// <summary>Deletes attributes of one item, or the whole item.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="item">The item.</param>
    /// <param name="attributes">Their names; none: the whole item.</param>
    /// <param name="condition">What must hold, or null.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<SdbOutcome> DeleteAsync(
        string domain, string item, IReadOnlyList<string> attributes, SdbCondition? condition,
        CancellationToken cancellation)
    {
        var form = Form("DeleteAttributes", domain).With("ItemName", item);
        foreach (var (index, name) in attributes.Index())
            form.With($"Attribute.{index + 1}.Name", name);
        return ChangeAsync(form, condition, cancellation);
    }

    /// <summary>Writes up to <see cref="MaxBatch"/> items, 1 MB in all, each for itself and without conditions.</summary>
    public Task BatchPutAsync(
        string domain, IReadOnlyList<(string Item, IReadOnlyList<SdbAttribute> Attributes)> items,
        CancellationToken cancellation)
    {
        var form = Form("BatchPutAttributes", domain);
        foreach (var (index, (item, attributes)) in items.Index())
        {
            form.With($"Item.{index + 1}.ItemName", item);
            AddAttributes(form, $"Item.{index + 1}.", attributes);
        }

        return CallAsync(form, cancellation);
    }

    /// <summary>Deletes up to <see cref="MaxBatch"/> whole items, without conditions.</summary>
    public Task BatchDeleteAsync(string domain, IReadOnlyList<string> items, CancellationToken cancellation)
    {
        var form = Form("BatchDeleteAttributes", domain);
        foreach (var (index, item) in items.Index())
            form.With($"Item.{index + 1}.ItemName", item);
        return CallAsync(form, cancellation);
    }

    /// <summary>One page of what an expression finds.</summary>
    public async Task<SdbPage> SelectAsync(string expression, string? nextToken, CancellationToken cancellation)
    {
        var form = new QueryForm("Select", Version)
            .With("SelectExpression", expression).With("ConsistentRead", "true").With("NextToken", nextToken);
        var result = (await CallAsync(form, cancellation)).Down("SelectResult");
        var items = result?.All("Item").Select(item => new SdbItem(SdbXml.Text(item.Down("Name")), SdbXml.Values(item)));
        return new SdbPage([.. items ?? []], result?.Child("NextToken") is { Length: > 0 } next ? next : null);
    }

    /// <summary>What an expression finds, page by page as it is asked for.</summary>
    public async IAsyncEnumerable<SdbItem> SelectAllAsync(
        string expression, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? next = null;
        do
        {
            var page = await SelectAsync(expression, next, cancellation);
            foreach (var item in page.Items)
                yield return item;
            next = page.NextToken;
        }
        while (next is not null);
    }

    public void Dispose() => http.Dispose();

    private static QueryForm Form(string action, string domain) =>
        new QueryForm(action, Version).With("DomainName", domain);

    private static void AddAttributes(QueryForm form, string prefix, IReadOnlyList<SdbAttribute> attributes)
    {
        if (attributes.Count > MaxAttributes)
            throw new RecordTooLargeException(
                $"A record of {attributes.Count} KB does not fit into an item of SimpleDB, which takes {MaxAttributes} KB. "
                + "Set Aws:StateStore to DynamoDb for jobs as large as that.");
        foreach (var (index, attribute) in attributes.Index())
        {
            form.With($"{prefix}Attribute.{index + 1}.Name", attribute.Name)
                .With($"{prefix}Attribute.{index + 1}.Value", attribute.Value)
                .With($"{prefix}Attribute.{index + 1}.Replace", attribute.Replace ? "true" : null);
        }
    }

    private async Task<SdbOutcome> ChangeAsync(QueryForm form, SdbCondition? condition, CancellationToken cancellation)
    {
        if (condition is not null)
            form.With($"{ConditionPrefix}.Name", condition.Name)
                .With($"{ConditionPrefix}.Value", condition.Value)
                .With($"{ConditionPrefix}.Exists", condition.Value is null ? "false" : null);
        var sent = 0;
        try
        {
            await CallAsync(form, cancellation, () => sent++);
            return SdbOutcome.Done;
        }
        catch (AwsException e) when (condition is not null && e.Code is "ConditionalCheckFailed" or "AttributeDoesNotExist")
        {
            return sent > 1 ? SdbOutcome.Doubtful : SdbOutcome.Refused;
        }
    }

    private async Task<XElement> CallAsync(QueryForm form, CancellationToken cancellation, Action? onSend = null)
    {
        var call = new AwsCall(form.Action, (keys, now) =>
        {
            onSend?.Invoke();
            return new HttpRequestMessage(HttpMethod.Post, Endpoint)
            {
                Content = QueryForm.Content(SignatureV2.SignedBody(form, Endpoint, keys, now)),
            };
        });
        try
        {
            return Xml.ParseAnswer(http.Service, form.Action, await http.SendAsync(call, Patience, cancellation));
        }
        catch (AwsException e) when (e.Code == "NoSuchDomain")
        {
            throw new AwsException(
                $"{e.Message} Somebody deleted a domain that Aws:SimpleDb names; it is made again when feederd or nommerd "
                + "starts.", e.Code, e.Status, e);
        }
    }
}
