using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MediaNommer.Cli;

/// <summary>What several commands have in common.</summary>
internal static class Shared
{
    public static Option<bool> Json() => new("--json")
    {
        Description = "Print JSON and nothing else on standard output.",
    };

    public static void WriteJson<T>(T value, JsonTypeInfo<T> type) =>
        Console.Out.WriteLine(JsonSerializer.Serialize(value, type));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(LogText))]
internal sealed partial class CliJson : JsonSerializerContext;
