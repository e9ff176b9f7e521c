using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MediaNommer.Client.Wire;

/// <summary>How everything on the wire is written: snake_case, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(JobAcceptedResponse))]
[JsonSerializable(typeof(JobResponse))]
[JsonSerializable(typeof(JobListResponse))]
[JsonSerializable(typeof(JobEventResponse))]
[JsonSerializable(typeof(HistoryResponse))]
[JsonSerializable(typeof(LogListResponse))]
[JsonSerializable(typeof(NodeListResponse))]
[JsonSerializable(typeof(FleetResponse))]
[JsonSerializable(typeof(PresetListResponse))]
[JsonSerializable(typeof(UploadResponse))]
[JsonSerializable(typeof(ProbeRequest))]
[JsonSerializable(typeof(SourceResponse))]
[JsonSerializable(typeof(FileLinkResponse))]
[JsonSerializable(typeof(UploadListResponse))]
[JsonSerializable(typeof(NotificationResponse))]
[JsonSerializable(typeof(NotificationListResponse))]
[JsonSerializable(typeof(NotificationBody))]
[JsonSerializable(typeof(AboutResponse))]
[JsonSerializable(typeof(HealthResponse))]
[JsonSerializable(typeof(WipeRequest))]
[JsonSerializable(typeof(WipeResponse))]
[JsonSerializable(typeof(ProblemResponse))]
[JsonSerializable(typeof(OriginalResponse))]
[JsonSerializable(typeof(OriginalStatusResponse))]
[JsonSerializable(typeof(OriginalListResponse))]
[JsonSerializable(typeof(OriginalJobRequest))]
[JsonSerializable(typeof(OriginalListRequest))]
public sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>
    /// The same, with times as <see cref="WireTime"/> writes them and quotes and letters beyond ASCII as they are: for bodies that people read, never inside HTML.
    /// </summary>
    public static WireJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new WireTime() },
    });
}
