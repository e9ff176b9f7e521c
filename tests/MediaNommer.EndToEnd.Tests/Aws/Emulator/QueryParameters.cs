using System.Globalization;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>
/// The parameters of a call of EC2's query protocol: flat names such as <c>TagSpecification.1.Tag.2.Key</c>. Remembers
/// which were read, because EC2 refuses a call that holds one it does not know.
/// </summary>
internal sealed class QueryParameters
{
    private readonly IReadOnlyDictionary<string, string> values;
    private readonly HashSet<string> read;
    private readonly string prefix;

    public QueryParameters(IReadOnlyDictionary<string, string> values)
        : this(values, [], "")
    {
    }

    private QueryParameters(IReadOnlyDictionary<string, string> values, HashSet<string> read, string prefix) =>
        (this.values, this.read, this.prefix) = (values, read, prefix);

    /// <summary>Everything but what differs between two tries of the same call.</summary>
    public string Fingerprint => string.Join('&', values
        .Where(pair => pair.Key is not ("ClientToken" or "DryRun"))
        .OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    public string? Text(string name)
    {
        read.Add(prefix + name);
        return values.TryGetValue(prefix + name, out var value) && value.Length > 0 ? value : null;
    }

    public string Required(string name) => Text(name) ?? throw new Ec2Error(
        "MissingParameter", $"The request must contain the parameter {prefix}{name}");

    public int? Number(string name) => Text(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw Wrong(name, text, "integer");

    public bool Flag(string name) => Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        var text => throw Wrong(name, text, "boolean"),
    };

    /// <summary>The values of <c>name.1</c>, <c>name.2</c>, …</summary>
    public IReadOnlyList<string> List(string name) => [.. Numbers(name).Select(number => Required($"{name}.{number}"))];

    /// <summary>The parameters below <c>name.</c>.</summary>
    public QueryParameters Below(string name) => new(values, read, $"{prefix}{name}.");

    /// <summary>The parameters below <c>name.1.</c>, <c>name.2.</c>, …</summary>
    public IReadOnlyList<QueryParameters> Each(string name) => [.. Numbers(name).Select(number => Below($"{name}.{number}"))];

    /// <summary>Refuses a call that holds parameters which nobody has read.</summary>
    public void RefuseUnknown()
    {
        if (values.Keys.Except(read).Order(StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw new Ec2Error("UnknownParameter", $"The parameter {unknown} is not recognized");
    }

    private IEnumerable<int> Numbers(string name) => values.Keys
        .Where(key => key.StartsWith($"{prefix}{name}.", StringComparison.Ordinal))
        .Select(key => key[(prefix.Length + name.Length + 1)..].Split('.')[0])
        .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)
        .Where(number => number > 0).Distinct().Order();

    private Ec2Error Wrong(string name, string text, string type) => new(
        "InvalidParameterValue", $"Value ({text}) for parameter {prefix}{name} is invalid. Expected a value of type {type}.");
}
