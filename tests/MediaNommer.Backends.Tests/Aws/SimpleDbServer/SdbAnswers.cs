using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

/// <summary>Answers as XML.</summary>
internal static class SdbAnswers
{
    private static readonly XNamespace Ns = "http://sdb.amazonaws.com/doc/2009-04-15/";

    public static string Success(string action, IEnumerable<XElement>? result, double boxUsage) => Text(new XElement(
        Ns + $"{action}Response",
        result is null ? null : new XElement(Ns + $"{action}Result", result),
        new XElement(
            Ns + "ResponseMetadata", new XElement(Ns + "RequestId", Guid.NewGuid()),
            new XElement(Ns + "BoxUsage", boxUsage.ToString("0.0000000000", CultureInfo.InvariantCulture)))));

    // Errors have no namespace.
    public static string Error(SdbFault fault) => Text(new XElement(
        "Response",
        new XElement("Errors", new XElement(
            "Error", new XElement("Code", fault.Code), new XElement("Message", fault.Message),
            new XElement("BoxUsage", "0.0000219907"))),
        new XElement("RequestID", Guid.NewGuid())));

    public static XElement Plain(string name, string value) => new(Ns + name, value);

    public static XElement Item(SelectFound item) =>
        new(Ns + "Item", Encoded("Name", item.Name), item.Attributes.Select(Attribute));

    public static XElement Attribute((string Name, string Value) pair) =>
        new(Ns + "Attribute", Encoded("Name", pair.Name), Encoded("Value", pair.Value));

    // Control characters, and what XML cannot carry, are given in Base64.
    private static XElement Encoded(string name, string text) => text.All(IsCarried)
        ? new XElement(Ns + name, text)
        : new XElement(Ns + name, new XAttribute("encoding", "base64"), Convert.ToBase64String(Encoding.UTF8.GetBytes(text)));

    private static bool IsCarried(char one) =>
        (XmlConvert.IsXmlChar(one) || char.IsSurrogate(one)) && !char.IsControl(one);

    private static string Text(XElement root) =>
        $"<?xml version=\"1.0\"?>\n{root.ToString(SaveOptions.DisableFormatting)}";
}
