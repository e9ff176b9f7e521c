using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>
/// Makes what clients of 2011 send what <see cref="JobRequestReader"/> takes. The original passed over keys that it did not
/// know, and took an empty text for nothing; today's API refuses both, so that a slip is not lost.
/// </summary>
internal static class OriginalBody
{
    private static readonly string[] OptionLists = ["infile_options", "outfile_options"];

    /// <summary>The body as today's reader takes it.</summary>
    /// <param name="body">The body as it came; what is wrong with it otherwise is left for the reader to say.</param>
    /// <param name="remarks">Gets a line for the job's history for each thing that was changed.</param>
    public static JsonElement Adapt(JsonElement body, List<string> remarks)
    {
        // What is no Unicode would be written anew as something else, another file's name perhaps; the reader refuses it.
        if (body.ValueKind != JsonValueKind.Object || !Utf8.IsValid(JsonMarshal.GetRawUtf8Value(body)))
            return body;
        try
        {
            var root = JsonObject.Create(body)!;
            Keep(root, JobRequestReader.Keys, "", remarks);
            if (root["notify_url"] is JsonValue url && IsEmpty(url))
                root.Remove("notify_url");
            if (root["job_options"] is JsonObject options)
                AdaptOptions(options, remarks);
            return JsonSerializer.SerializeToElement(root);
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException)
        {
            // A key or text that is not valid Unicode; the reader names it.
            return body;
        }
    }

    private static void AdaptOptions(JsonObject options, List<string> remarks)
    {
        Keep(options, JobRequestReader.OptionKeys, "job_options", remarks);
        if (options["options"] is not JsonArray passes)
            return;
        foreach (var (index, pass) in passes.OfType<JsonObject>().Index())
        {
            Keep(pass, PassReader.Keys, $"job_options.options[{index}]", remarks);
            foreach (var pair in OptionLists.Select(name => pass[name]).OfType<JsonArray>().SelectMany(list => list).OfType<JsonArray>())
                AdaptFlag(pair, remarks);
        }
    }

    // Options that stand alone came with an empty text as their value.
    private static void AdaptFlag(JsonArray pair, List<string> remarks)
    {
        if (pair is not [JsonValue name, JsonValue value] || !IsEmpty(value)
            || !name.TryGetValue(out string? key) || !FfmpegFlags.IsFlag(key))
            return;
        pair[1] = null;
        remarks.Add($"The option {key} stands alone; its empty value was left out.");
    }

    private static void Keep(JsonObject from, IReadOnlyCollection<string> known, string field, List<string> remarks)
    {
        foreach (var name in from.Select(property => property.Key).Where(name => !known.Contains(name)).ToList())
        {
            from.Remove(name);
            remarks.Add($"Ignored the unknown key {(field.Length > 0 ? field + "." : "")}{RequestJson.Printable(name)}.");
        }
    }

    private static bool IsEmpty(JsonValue value) => value.TryGetValue(out string? text) && text.Length == 0;
}
