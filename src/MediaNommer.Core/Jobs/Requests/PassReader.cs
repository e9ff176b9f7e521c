using System.Text.Json;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>Reads the passes of a job or a preset.</summary>
internal static class PassReader
{
    internal static readonly string[] Keys = ["infile_options", "outfile_options", "move_atom_to_front"];

    /// <summary>Reads a list of passes; checks shapes, not what the options do.</summary>
    /// <param name="element">The list.</param>
    /// <param name="field">Its place in the request.</param>
    /// <param name="isFfmpeg">Whether flags and values follow ffmpeg's rules.</param>
    /// <exception cref="JobRequestException">It has another shape.</exception>
    public static IReadOnlyList<EncodePass> Read(JsonElement element, string field, bool isFfmpeg)
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw RequestJson.WrongType(field, "a list of passes", element);
        var count = element.GetArrayLength();
        if (count > EncodeOptions.MaxPasses || (count == 0 && isFfmpeg))
            throw RequestJson.Bad(field, $"{field} holds {count} passes; one or two are possible.");
        return [.. element.EnumerateArray().Select((pass, i) => ReadPass(pass, $"{field}[{i}]", isFfmpeg))];
    }

    private static EncodePass ReadPass(JsonElement element, string field, bool isFfmpeg)
    {
        var properties = RequestJson.Properties(element, field);
        RequestJson.RequireKnown(properties, Keys, field);
        var pass = new EncodePass();
        foreach (var (name, value) in properties.Where(property => property.Value.ValueKind != JsonValueKind.Null))
        {
            var place = $"{field}.{name}";
            pass = name switch
            {
                "infile_options" => pass with { InfileOptions = ReadOptions(value, place, isFfmpeg) },
                "outfile_options" => pass with { OutfileOptions = ReadOptions(value, place, isFfmpeg) },
                _ => pass with { MoveAtomToFront = RequestJson.Flag(value, place) },
            };
        }

        return pass;
    }

    private static IReadOnlyList<OptionPair> ReadOptions(JsonElement element, string field, bool isFfmpeg)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            var properties = RequestJson.Properties(element, field);
            if (properties.Count > OptionGuard.MaxOptions)
                throw RequestJson.Bad(
                    field, $"{field} holds {properties.Count} options; at most {OptionGuard.MaxOptions} are possible.");
            return [.. properties
                .Select(option => ReadOption(option.Name, option.Value, $"{field}.{RequestJson.Printable(option.Name)}", isFfmpeg))
                .OfType<OptionPair>()];
        }

        if (element.ValueKind != JsonValueKind.Array)
            throw RequestJson.WrongType(field, "a list of [name, value] pairs (or an object)", element);
        return [.. RequestJson.Elements(element, field, OptionGuard.MaxOptions)
            .Select((pair, i) => ReadPair(pair, $"{field}[{i}]", isFfmpeg))
            .OfType<OptionPair>()];
    }

    private static OptionPair? ReadPair(JsonElement element, string field, bool isFfmpeg)
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw RequestJson.WrongType(field, "a list of a name and a value", element);
        if (element.GetArrayLength() != 2)
            throw RequestJson.Bad(
                field, $"{field} holds {element.GetArrayLength()} entries; it must be a name and a value, with null as the "
                + "value of an option that stands alone.");
        return ReadOption(RequestJson.Text(element[0], $"{field}[0]"), element[1], field, isFfmpeg);
    }

    // Null when the option is a flag that is switched off by being left out.
    private static OptionPair? ReadOption(string key, JsonElement value, string field, bool isFfmpeg)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                return new OptionPair(key, null);
            case JsonValueKind.String:
                return new OptionPair(key, RequestJson.Text(value, field));
            case JsonValueKind.Number:
                return new OptionPair(key, value.GetRawText());
            case JsonValueKind.True or JsonValueKind.False when isFfmpeg:
                return Switch(key, value.ValueKind == JsonValueKind.True);
            case JsonValueKind.True or JsonValueKind.False:
                return new OptionPair(key, value.ValueKind == JsonValueKind.True ? "true" : "false");
            default:
                throw RequestJson.WrongType(field, "a name with a text, a number, true, false or null as its value", value);
        }
    }

    private static OptionPair? Switch(string key, bool on)
    {
        if (FfmpegFlags.IsOffOnly(key))
            return on ? null : new OptionPair(FfmpegFlags.OffForm(key)!, null);
        if (!FfmpegFlags.IsFlag(key) && !OptionTranslator.Replaces(new OptionPair(key, null)))
            return new OptionPair(key, on ? "1" : "0");
        if (on)
            return new OptionPair(key, null);
        return FfmpegFlags.OffForm(key) is { } off ? new OptionPair(off, null) : null;
    }
}
