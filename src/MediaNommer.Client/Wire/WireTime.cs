using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MediaNommer.Client.Wire;

/// <summary>
/// Times as all of media-nommer shows them, in its log, its API and on the command line: UTC, to the millisecond, as in
/// <c>2026-11-29T10:32:42.123Z</c>.
/// </summary>
public sealed class WireTime : JsonConverter<DateTimeOffset>
{
    /// <summary>The format, for times of UTC.</summary>
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>A time as text.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Text(value));
}
