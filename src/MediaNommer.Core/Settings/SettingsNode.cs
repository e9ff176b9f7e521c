using System.Text.Json;

namespace MediaNommer.Core.Settings;

/// <summary>
/// One place in a tree of settings as a file, the environment or the command line gave them: a value, or named places
/// below it. The entries of a list are named 0, 1, 2, ….
/// </summary>
internal sealed class SettingsNode
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>The text, or null when there are only places below.</summary>
    public string? Value { get; private set; }

    /// <summary>True when the file said null: as if the key were not there.</summary>
    public bool IsNull { get; private set; }

    /// <summary>True for a list, which an empty one cannot show by its places.</summary>
    public bool IsList { get; private set; }

    /// <summary>The places below, in the order they were given; names in any case.</summary>
    public Dictionary<string, SettingsNode> Children { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a file.</summary>
    /// <exception cref="SettingsException">It is no JSON, or cannot be read.</exception>
    public static SettingsNode FromFile(string path)
    {
        try
        {
            return FromJson(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([$"{path} cannot be read: {e.Message}"]);
        }
    }

    /// <summary>Reads the content of a file.</summary>
    /// <param name="name">The file, for messages.</param>
    /// <param name="content">What it holds.</param>
    /// <exception cref="SettingsException">It is no JSON.</exception>
    public static SettingsNode FromJson(string name, byte[] content)
    {
        try
        {
            using var document = JsonDocument.Parse(content, Lenient);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? FromJson(document.RootElement)
                : throw new SettingsException([$"{name} must hold a JSON object, {{ … }}."]);
        }
        catch (JsonException e)
        {
            var message = e.Message.Split(". ")[0].TrimEnd('.');
            throw new SettingsException([$"{name} is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}): {message}."]);
        }
        catch (InvalidOperationException)
        {
            throw new SettingsException([$"{name} holds a text that is no valid Unicode."]);
        }
    }

    /// <summary>Makes a tree of flat keys whose levels are divided by a separator.</summary>
    public static SettingsNode FromPairs(IEnumerable<KeyValuePair<string, string?>> pairs, string separator)
    {
        var root = new SettingsNode();
        foreach (var (key, value) in pairs)
        {
            var node = root;
            foreach (var name in key.Split(separator))
            {
                if (!node.Children.TryGetValue(name, out var child))
                    node.Children[name] = child = new SettingsNode();
                node = child;
            }

            node.Value = value;
            node.IsNull = value is null;
        }

        return root;
    }

    private static SettingsNode FromJson(JsonElement element)
    {
        var node = new SettingsNode { IsNull = element.ValueKind == JsonValueKind.Null };
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                // Keys that differ in case only are one setting given twice.
                foreach (var property in element.EnumerateObject())
                {
                    if (!node.Children.TryAdd(property.Name, FromJson(property.Value)))
                        throw new JsonException($"The key '{property.Name}' is there twice");
                }

                break;
            case JsonValueKind.Array:
                node.IsList = true;
                foreach (var (index, entry) in element.EnumerateArray().Index())
                    node.Children[index.ToString(System.Globalization.CultureInfo.InvariantCulture)] = FromJson(entry);
                break;
            case JsonValueKind.String:
                node.Value = element.GetString();
                break;
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                node.Value = element.GetRawText();
                break;
        }

        return node;
    }
}
