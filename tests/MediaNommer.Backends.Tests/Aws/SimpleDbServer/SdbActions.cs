using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

/// <summary>The actions of SimpleDB.</summary>
internal sealed partial class SdbActions(SdbData data, SimpleDbDoubleOptions options)
{
    private const int DefaultDomains = 100;

    private double boxUsage;

    public SdbData Data => data;

    public double BoxUsage => boxUsage;

    /// <summary>Does what is asked.</summary>
    /// <returns>The answer.</returns>
    public string Answer(SdbRequest request, bool isEmptyPage)
    {
        if (request.Need("Version") != "2009-04-15")
            throw new SdbFault("NoSuchVersion", 400, "SimpleDB does not know this version.");
        var (result, cost) = request.Action switch
        {
            "CreateDomain" => Create(request),
            "DeleteDomain" => Delete(request),
            "ListDomains" => List(request),
            "PutAttributes" => Put(request),
            "BatchPutAttributes" => BatchPut(request),
            "DeleteAttributes" => Remove(request),
            "BatchDeleteAttributes" => BatchRemove(request),
            "GetAttributes" => Get(request),
            "Select" => Select(request, isEmptyPage),
            _ => throw new SdbFault("InvalidAction", 400, $"The action {request.Action} is not valid for this web service."),
        };
        InterlockedAdd(cost);
        return SdbAnswers.Success(request.Action, result, cost);
    }

    [GeneratedRegex("^[A-Za-z0-9_.-]{3,255}$")]
    private static partial Regex DomainName();

    // AWS's charges follow from the numbers of attributes and items alone.
    private static double CostOfWrite(int attributes) => 0.0000219907 + (0.0000000002 * Math.Pow(attributes, 3));

    private static double CostOfRead(int attributes) => 0.0000093202 + (0.0000000020 * Math.Pow(attributes, 2));

    private void InterlockedAdd(double cost)
    {
        lock (data)
            boxUsage += cost;
    }

    private (IEnumerable<XElement>?, double) Create(SdbRequest request)
    {
        var domain = request.Need("DomainName");
        if (!DomainName().IsMatch(domain))
            throw SdbFault.Invalid($"Value ({domain}) for parameter DomainName is invalid.");
        data.Create(domain);
        return (null, 0.0055590278);
    }

    private (IEnumerable<XElement>?, double) Delete(SdbRequest request)
    {
        data.Delete(request.Need("DomainName"));
        return (null, 0.0055590278);
    }

    private (IEnumerable<XElement>?, double) List(SdbRequest request)
    {
        var max = int.Parse(request["MaxNumberOfDomains"] ?? $"{DefaultDomains}", CultureInfo.InvariantCulture);
        var left = data.Domains.SkipWhile(name => string.CompareOrdinal(name, request["NextToken"]) <= 0).ToList();
        var page = left.Take(Math.Min(max, options.PageItems)).Select(name => SdbAnswers.Plain("DomainName", name)).ToList();
        if (page.Count < left.Count)
            page.Add(SdbAnswers.Plain("NextToken", left[page.Count - 1]));
        return (page, 0.0000071759);
    }

    private (IEnumerable<XElement>?, double) Put(SdbRequest request)
    {
        var attributes = request.Attributes("");
        if (attributes.Count == 0)
            throw SdbFault.Missing("Attribute.1.Name");
        data.Put(
            request.Need("DomainName"), [(request.NeedName("ItemName"), attributes)], request.Expectation(options.Conditions));
        return (null, CostOfWrite(attributes.Count));
    }

    private (IEnumerable<XElement>?, double) BatchPut(SdbRequest request)
    {
        var items = request.Items();
        data.Put(request.Need("DomainName"), items, expectation: null);
        return (null, items.Sum(item => CostOfWrite(item.Attributes.Count)));
    }

    private (IEnumerable<XElement>?, double) Remove(SdbRequest request)
    {
        var attributes = request.Attributes("");
        data.Remove(
            request.Need("DomainName"), [(request.NeedName("ItemName"), attributes)], request.Expectation(options.Conditions));
        return (null, CostOfWrite(attributes.Count));
    }

    private (IEnumerable<XElement>?, double) BatchRemove(SdbRequest request)
    {
        var items = request.Items();
        data.Remove(request.Need("DomainName"), items, expectation: null);
        return (null, items.Sum(item => CostOfWrite(item.Attributes.Count)));
    }

    private (IEnumerable<XElement>?, double) Get(SdbRequest request)
    {
        var wanted = request.Parameters.Where(pair => pair.Key.StartsWith("AttributeName", StringComparison.Ordinal))
            .Select(pair => pair.Value).ToHashSet();
        var found = data.Read(request.Need("DomainName"), request.IsConsistent)
            .GetValueOrDefault(request.NeedName("ItemName"), [])
            .Where(pair => wanted.Count == 0 || wanted.Contains(pair.Name)).ToList();
        return (found.Select(SdbAnswers.Attribute), CostOfRead(found.Count));
    }

    private (IEnumerable<XElement>?, double) Select(SdbRequest request, bool isEmptyPage)
    {
        var expression = request.Need("SelectExpression");
        var query = SelectParser.Parse(expression);
        var items = data.Read(query.Domain, request.IsConsistent);
        var page = isEmptyPage && request["NextToken"] is null
            ? new SelectPage([], SelectRun.TokenOfStart(expression))
            : new SelectRun(options.PageItems, options.PageBytes).Page(expression, query, items, request["NextToken"]);
        var elements = page.Items.Select(SdbAnswers.Item);
        if (page.NextToken is { } next)
            elements = elements.Append(SdbAnswers.Plain("NextToken", next));
        return (elements, 0.0000140 + page.Items.Sum(item => 0.0000000411 * item.Attributes.Count));
    }
}
