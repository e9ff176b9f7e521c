using System.Globalization;
using System.Text;

namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

/// <summary>An attribute as a request names it; a deletion may leave out the value.</summary>
internal sealed record SdbGivenAttribute(string Name, string? Value, bool Replace);

/// <summary>What a write expects; there can be one such condition.</summary>
internal sealed record SdbExpectation(string Name, string? Value);

/// <summary>A request, read from its query or its form.</summary>
internal sealed class SdbRequest(IReadOnlyDictionary<string, string> parameters)
{
    private const int LongestText = 1024;

    public string Action => Need("Action");

    public bool IsConsistent => this["ConsistentRead"] == "true";

    public bool IsWrite => Action is "PutAttributes" or "DeleteAttributes" or "BatchPutAttributes"
        or "BatchDeleteAttributes" or "CreateDomain" or "DeleteDomain";

    public IReadOnlyDictionary<string, string> Parameters => parameters;

    public string? this[string name] => parameters.GetValueOrDefault(name);

    public string Need(string name) => this[name] ?? throw SdbFault.Missing(name);

    public string NeedName(string name) => Checked(Need(name), name, mayBeEmpty: false);

    /// <summary>The attributes under a prefix, in the order of their numbers.</summary>
    public List<SdbGivenAttribute> Attributes(string prefix)
    {
        var found = new List<SdbGivenAttribute>();
        foreach (var number in Numbers($"{prefix}Attribute."))
        {
            var at = $"{prefix}Attribute.{number}.";
            found.Add(new SdbGivenAttribute(
                NeedName(at + "Name"), this[at + "Value"] is { } value ? Checked(value, at + "Value", mayBeEmpty: true) : null,
                this[at + "Replace"] == "true"));
        }

        if (found.Count > 256)
            throw new SdbFault("NumberSubmittedAttributesExceeded", 409, "Too many attributes in a single call.");
        return found;
    }

    /// <summary>The items of a batch with their attributes.</summary>
    public List<(string Item, List<SdbGivenAttribute> Attributes)> Items()
    {
        var found = Numbers("Item.")
            .Select(number => (NeedName($"Item.{number}.ItemName"), Attributes($"Item.{number}."))).ToList();
        if (found.Count == 0)
            throw SdbFault.Missing("Item.1.ItemName");
        if (found.Count > 25)
            throw new SdbFault("NumberSubmittedItemsExceeded", 409, "Too many items in a single call.");
        if (found.DistinctBy(item => item.Item1).Count() < found.Count)
            throw new SdbFault("DuplicateItemName", 400, "An item was named twice.");
        if (found.Sum(item => item.Item2.Sum(one => one.Name.Length + (one.Value?.Length ?? 0))) > 1 << 20)
            throw SdbFault.Invalid("The request is larger than 1 MB.");
        return found;
    }

    /// <summary>The condition of a write, numbered as in the Developer Guide or plain as the SDKs send it.</summary>
    public SdbExpectation? Expectation(string allowed)
    {
        var prefixes = parameters.Keys.Where(key => key.StartsWith("Expected.", StringComparison.Ordinal))
            .Select(key => key[..key.LastIndexOf('.')]).Distinct().ToList();
        if (prefixes.Count > 1)
            throw SdbFault.Invalid("Only one condition may be specified.");
        if (prefixes.Count == 1 && allowed == "strict Expected" && prefixes[0] != "Expected")
            throw SdbFault.Invalid($"The parameter {prefixes[0]}.Name is unknown.");
        if (prefixes.Count == 0 || (allowed.Length > 0 && !allowed.EndsWith(prefixes[0], StringComparison.Ordinal)))
            return null;
        var value = this[$"{prefixes[0]}.Value"];
        var mustBeMissing = this[$"{prefixes[0]}.Exists"] == "false";
        if (mustBeMissing && value is not null)
            throw new SdbFault("ExistsAndExpectedValue", 400, "Expected.Exists=false and Expected.Value cannot be specified together.");
        if (!mustBeMissing && value is null)
            throw new SdbFault("IncompleteExpectedExpression", 400, "If Expected.Exists=true or unspecified, then Expected.Value has to be specified.");
        return new SdbExpectation(NeedName($"{prefixes[0]}.Name"), value);
    }

    private IEnumerable<int> Numbers(string prefix) => parameters.Keys
        .Where(key => key.StartsWith(prefix, StringComparison.Ordinal))
        .Select(key => key[prefix.Length..].Split('.')[0])
        .Distinct()
        .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : throw SdbFault.Invalid($"{prefix}{text} has no number."))
        .Order();

    private static string Checked(string text, string parameter, bool mayBeEmpty)
    {
        if (text.Length == 0 && !mayBeEmpty)
            throw SdbFault.Invalid($"Value (\"\") for parameter {parameter} is invalid. The empty string is an illegal name.");
        if (Encoding.UTF8.GetByteCount(text) > LongestText)
            throw SdbFault.Invalid($"Value (\"{text[..20]}…\") for parameter {parameter} is invalid. Value exceeds maximum length of 1024.");
        return text;
    }
}
