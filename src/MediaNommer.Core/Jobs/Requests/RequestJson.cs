using System.Globalization;
using System.Text.Json;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>Reads JSON that strangers sent, with errors that name the field.</summary>
internal static class RequestJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Parses a body.</summary>
    /// <exception cref="JobRequestException">It is no JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            return JsonDocument.Parse(utf8, Strict);
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line
                ? string.Create(CultureInfo.InvariantCulture, $" (line {line + 1}, byte {e.BytePositionInLine + 1})")
                : "";
            throw Bad("", $"The body is not JSON that can be read here{place}: {Printable(FirstSentence(e.Message))}");
        }
        catch (InvalidOperationException)
        {
            throw Bad("", "The body has a key that is no valid Unicode.");
        }
    }

    /// <summary>The properties of an object.</summary>
    public static List<(string Name, JsonElement Value)> Properties(JsonElement element, string field)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw WrongType(field, "an object", element);
        try
        {
            List<(string Name, JsonElement Value)> properties =
                [.. element.EnumerateObject().Select(property => (property.Name, property.Value))];
            return properties.CountBy(property => property.Name).FirstOrDefault(name => name.Value > 1).Key is not { } twice
                ? properties
                : throw Bad(Join(field, Printable(twice)), $"{Subject(field)} has the key '{Printable(twice)}' more than once.");
        }
        catch (InvalidOperationException)
        {
            throw Bad(field, $"{Subject(field)} has a key that is no valid Unicode.");
        }
    }

    /// <summary>Refuses keys that are not known.</summary>
    public static void RequireKnown(
        IEnumerable<(string Name, JsonElement Value)> properties, IReadOnlyCollection<string> known, string field)
    {
        foreach (var (name, _) in properties)
        {
            if (!known.Contains(name))
                throw Bad(
                    Join(field, Printable(name)),
                    $"{Subject(field)} has the unknown key '{Printable(name)}'.{Suggestion.For(name, known)} "
                    + $"Known: {string.Join(", ", known)}.");
        }
    }

    /// <summary>A text.</summary>
    public static string Text(JsonElement element, string field)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw WrongType(field, "a text", element);
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Bad(field, $"{field} is no valid Unicode.");
        }
    }

    /// <summary>True or false.</summary>
    public static bool Flag(JsonElement element, string field) => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw WrongType(field, "true or false", element),
    };

    /// <summary>A whole number within limits.</summary>
    public static int Number(JsonElement element, string field, int least, int most)
    {
        if (element.ValueKind != JsonValueKind.Number)
            throw WrongType(field, "a number", element);
        return element.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Bad(field, $"{field} is {Printable(element.GetRawText())}; whole numbers from {least} to {most} are allowed.");
    }

    /// <summary>The elements of a list, which may hold at most <paramref name="most"/>.</summary>
    public static List<JsonElement> Elements(JsonElement element, string field, int most)
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw WrongType(field, "a list", element);
        var length = element.GetArrayLength();
        return length <= most
            ? [.. element.EnumerateArray()]
            : throw Bad(field, $"{field} holds {length} entries; at most {most} are possible.");
    }

    public static JobRequestException WrongType(string field, string wanted, JsonElement element) =>
        Bad(field, $"{Subject(field)} must be {wanted}, not {Describe(element)}.");

    public static JobRequestException Bad(string field, string message) =>
        new(JobRequestErrors.BadInput, field, message);

    public static string Join(string field, string key) => field.Length == 0 ? key : $"{field}.{key}";

    /// <summary>What a stranger typed, fit for a message: short, and without control characters.</summary>
    public static string Printable(string text)
    {
        var clean = string.Concat(text.Take(80).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter));
        return text.Length > 80 ? clean + "…" : clean;
    }

    private static string Subject(string field) => field.Length == 0 ? "The request" : field;

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Null => "null",
        _ => "nothing",
    };

    // System.Text.Json adds the place again, in its own words.
    private static string FirstSentence(string message) => message.Split(". ")[0].TrimEnd('.') + ".";
}
