using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace MediaNommer.Backends.Aws.Wire;

/// <summary>The parameters of a call of AWS's query protocol.</summary>
internal sealed class QueryForm
{
    private readonly SortedDictionary<string, string> parameters = new(StringComparer.Ordinal);

    /// <summary>Begins a call.</summary>
    /// <param name="action">What the service is to do.</param>
    /// <param name="version">The version of its protocol, for example <c>2016-11-15</c>.</param>
    public QueryForm(string action, string version)
    {
        parameters["Action"] = action;
        parameters["Version"] = version;
    }

    /// <summary>Begins with the parameters of another call.</summary>
    public QueryForm(QueryForm other) => parameters = new(other.parameters, StringComparer.Ordinal);

    /// <summary>The call's name, for messages.</summary>
    public string Action => parameters["Action"];

    /// <summary>All parameters in the order of their bytes, which Signature Version 2 asks for.</summary>
    public IReadOnlyDictionary<string, string> Parameters => parameters;

    /// <summary>Adds a parameter; null adds nothing.</summary>
    public QueryForm With(string name, string? value)
    {
        if (value is not null)
            parameters[name] = value;
        return this;
    }

    /// <summary>Adds a number.</summary>
    public QueryForm With(string name, int value) => With(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds a list as <c>name.1</c>, <c>name.2</c>, ….</summary>
    public QueryForm WithEach(string name, IEnumerable<string> values)
    {
        foreach (var (index, value) in values.Index())
            With($"{name}.{index + 1}", value);
        return this;
    }

    /// <summary>The parameters as one text, escaped.</summary>
    public string ToQuery() =>
        string.Join('&', parameters.Select(pair => $"{Escape(pair.Key)}={Escape(pair.Value)}"));

    /// <summary>
    /// The body of the request. Spaces are written as forms write them: servers that sign the form anew, and not the bytes
    /// that came, do so, too.
    /// </summary>
    public byte[] ToBody() => Encoding.UTF8.GetBytes(ToQuery().Replace("%20", "+", StringComparison.Ordinal));

    /// <summary>Percent-encodes everything but letters, digits and <c>-_.~</c>, as the signatures ask for.</summary>
    public static string Escape(string text) => Uri.EscapeDataString(text);

    /// <summary>The content of a POST.</summary>
    public static HttpContent Content(byte[] body) => new ByteArrayContent(body)
    {
        Headers = { ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded") { CharSet = "utf-8" } },
    };
}
