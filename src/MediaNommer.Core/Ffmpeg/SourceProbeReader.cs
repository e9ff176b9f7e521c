using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MediaNommer.Core.Ffmpeg;

/// <summary>Reads the JSON of ffprobe into a <see cref="SourceProbe"/>.</summary>
internal static partial class SourceProbeReader
{
    public static SourceProbe Read(ReadOnlyMemory<byte> json, string log)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var undecodable = UnsupportedCodec().Matches(log).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToHashSet();
        var firstFrames = List(root, "frames").GroupBy(frame => (int)(Number(frame, "stream_index") ?? -1))
            .ToDictionary(group => group.Key, group => group.First());
        var format = root.TryGetProperty("format", out var found) ? found : default;
        return new SourceProbe
        {
            Format = Text(format, "format_name"),
            Seconds = Number(format, "duration"),
            Size = (long?)Number(format, "size"),
            BitRate = (long?)Number(format, "bit_rate"),
            Chapters = List(root, "chapters").Count,
            Tags = Tags(format),
            Streams = [.. List(root, "streams").Select(stream => ReadStream(stream, firstFrames, undecodable))],
        };
    }

    private static ProbedStream ReadStream(
        JsonElement stream, Dictionary<int, JsonElement> firstFrames, HashSet<int> undecodable)
    {
        var index = (int)(Number(stream, "index") ?? 0);
        var kind = Text(stream, "codec_type") is { Length: > 0 } type ? type : "data";
        var codec = Text(stream, "codec_name") is { Length: > 0 } name ? name : "unknown";
        var read = new ProbedStream
        {
            Index = index,
            Kind = kind,
            Codec = codec,
            IsCover = Disposition(stream, "attached_pic") || Disposition(stream, "timed_thumbnails"),
            Tags = Tags(stream),
            Frames = (long?)Number(stream, "nb_frames"),
            Fps = Ratio(stream, "avg_frame_rate"),
            Picture = kind == "video" ? ReadPicture(stream, firstFrames.GetValueOrDefault(index)) : null,
            SampleRate = (int)(Number(stream, "sample_rate") ?? 0),
            Channels = (int)(Number(stream, "channels") ?? 0),
            ChannelLayout = Known(Text(stream, "channel_layout")),
        };
        return read with { Undecodable = WhyUndecodable(read, Text(stream, "codec_tag_string"), undecodable) };
    }

    private static string? WhyUndecodable(ProbedStream stream, string tag, HashSet<int> undecodable) => stream switch
    {
        _ when tag is "encv" or "enca" or "drmi" or "drms" => "it is encrypted",
        { Codec: "unknown" } => "its codec is unknown",
        _ when undecodable.Contains(stream.Index) => $"nothing here decodes {stream.Codec}",
        { Picture: { Width: 0 } or { Height: 0 } } => $"the size of its {stream.Codec} pictures is unknown",
        { Kind: "audio", Channels: 0 } or { Kind: "audio", SampleRate: 0 } => $"its {stream.Codec} sound cannot be understood",
        _ => null,
    };

    private static PictureFacts ReadPicture(JsonElement stream, JsonElement frame)
    {
        // What the first picture says beats what the container says.
        string Best(string name) => Known(Text(frame, name)) is { Length: > 0 } first ? first : Known(Text(stream, name));
        var sides = (List<JsonElement>)[.. List(frame, "side_data_list"), .. List(stream, "side_data_list")];
        var vision = sides.Find(side => Type(side).StartsWith("DOVI configuration", StringComparison.Ordinal));
        return new PictureFacts
        {
            Width = (int)(Number(frame, "width") ?? Number(stream, "width") ?? 0),
            Height = (int)(Number(frame, "height") ?? Number(stream, "height") ?? 0),
            SampleAspect = Best("sample_aspect_ratio") is { Length: > 0 } aspect && aspect != "0:1" && aspect != "N/A" ? aspect : "1:1",
            Rotation = sides.Select(side => Number(side, "rotation")).FirstOrDefault(turn => turn is not null) ?? 0,
            PixelFormat = Best("pix_fmt"),
            Range = Best("color_range"),
            Matrix = Best("color_space"),
            Transfer = Best("color_transfer"),
            Primaries = Best("color_primaries"),
            Mastering = Mastering(sides.Find(side => Type(side).StartsWith("Mastering display", StringComparison.Ordinal))),
            Light = Light(sides.Find(side => Type(side).StartsWith("Content light", StringComparison.Ordinal))),
            DolbyVision = (int?)Number(vision, "dv_profile"),
            HasPlainBase = Number(vision, "dv_bl_signal_compatibility_id") is not 0,
            HasDynamicCurve = sides.Exists(side => Type(side).Contains("2094", StringComparison.Ordinal)),
        };
    }

    private static MasteringDisplay? Mastering(JsonElement side)
    {
        double Part(string name) => Ratio(side, name) ?? 0;
        return Part("max_luminance") > 0 && Part("red_x") > 0
            ? new MasteringDisplay(
                Part("red_x"), Part("red_y"), Part("green_x"), Part("green_y"), Part("blue_x"), Part("blue_y"),
                Part("white_point_x"), Part("white_point_y"), Part("min_luminance"), Part("max_luminance"))
            : null;
    }

    private static ContentLight? Light(JsonElement side) =>
        Number(side, "max_content") is { } pixel ? new ContentLight((int)pixel, (int)(Number(side, "max_average") ?? 0)) : null;

    private static string Known(string value) => value is "unknown" or "reserved" or "unspecified" ? "" : value;

    private static string Type(JsonElement side) => Text(side, "side_data_type");

    private static bool Disposition(JsonElement stream, string name) =>
        stream.TryGetProperty("disposition", out var disposition) && Number(disposition, name) > 0;

    private static Dictionary<string, string> Tags(JsonElement parent)
    {
        var tags = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty("tags", out var list))
        {
            foreach (var tag in list.EnumerateObject())
                tags[tag.Name] = tag.Value.ToString();
        }
        return tags;
    }

    private static List<JsonElement> List(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray()]
            : [];

    private static string Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value.ToString() : "";

    private static double? Number(JsonElement parent, string name) =>
        double.TryParse(Text(parent, name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A ratio such as 30000/1001, or null when it has no value.</summary>
    private static double? Ratio(JsonElement parent, string name)
    {
        var parts = Text(parent, name).Split('/');
        return parts.Length == 2
            && double.TryParse(parts[0], CultureInfo.InvariantCulture, out var above)
            && double.TryParse(parts[1], CultureInfo.InvariantCulture, out var below) && below != 0 && above != 0
            ? above / below
            : null;
    }

    [GeneratedRegex(@"Unsupported codec with id \d+ for input stream (\d+)")]
    private static partial Regex UnsupportedCodec();
}
