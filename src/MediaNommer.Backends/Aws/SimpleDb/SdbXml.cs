using System.Text;
using System.Xml.Linq;
using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>Reads what is special to SimpleDB's answers.</summary>
internal static class SdbXml
{
    /// <summary>The attributes of an item.</summary>
    public static Dictionary<string, string> Values(XElement? of)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in of?.All("Attribute") ?? [])
            values[Text(attribute.Down("Name"))] = Text(attribute.Down("Value"));
        return values;
    }

    /// <summary>A name or a value. What XML cannot carry comes as Base64 of its UTF-8.</summary>
    public static string Text(XElement? element) =>
        element is null ? ""
        : (string?)element.Attribute("encoding") == "base64"
            ? Encoding.UTF8.GetString(Convert.FromBase64String(element.Value))
            : element.Value;
}
