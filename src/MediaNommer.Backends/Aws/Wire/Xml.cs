using System.Xml;
using System.Xml.Linq;

namespace MediaNommer.Backends.Aws.Wire;

/// <summary>Reads the answers of the query protocol, whose namespaces change with the version and say nothing.</summary>
internal static class Xml
{
    /// <summary>The root of an answer, which every server names after the action.</summary>
    /// <exception cref="AwsException">It is none.</exception>
    public static XElement ParseAnswer(AwsService service, string action, string text)
    {
        try
        {
            // A value may be nothing but spaces.
            var root = XElement.Parse(text, LoadOptions.PreserveWhitespace);
            return root.Name.LocalName == $"{action}Response" ? root : throw service.NoAnswer(action);
        }
        catch (XmlException e)
        {
            throw service.NoAnswer(action, e);
        }
    }

    /// <summary>The text of a child element without the white space around it, or null.</summary>
    public static string? Child(this XElement element, string name) => element.Down(name)?.Value.Trim();

    /// <summary>A child element, or null.</summary>
    public static XElement? Down(this XElement element, string name) =>
        element.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    /// <summary>The child elements of that name.</summary>
    public static IEnumerable<XElement> All(this XElement element, string name) =>
        element.Elements().Where(child => child.Name.LocalName == name);
}
