using System.Text.Json;
using System.Text.Json.Serialization;
using MediaNommer.Core.Leases;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Core.Jobs;

/// <summary>How stores write the domain's records as JSON: one format for all adapters.</summary>
public static class JobJson
{
    /// <summary>Writes a job.</summary>
    public static string Write(Job job) => JsonSerializer.Serialize(job, RecordJson.Default.Job);

    /// <summary>Reads a job.</summary>
    public static Job ReadJob(string json) => Read(json, RecordJson.Default.Job);

    /// <summary>Writes a line of history.</summary>
    public static string Write(JobEvent line) => JsonSerializer.Serialize(line, RecordJson.Default.JobEvent);

    /// <summary>Reads a line of history.</summary>
    public static JobEvent ReadEvent(string json) => Read(json, RecordJson.Default.JobEvent);

    /// <summary>Writes a node.</summary>
    public static string Write(Node node) => JsonSerializer.Serialize(node, RecordJson.Default.Node);

    /// <summary>Reads a node.</summary>
    public static Node ReadNode(string json) => Read(json, RecordJson.Default.Node);

    /// <summary>Writes a notification.</summary>
    public static string Write(Notification notification) =>
        JsonSerializer.Serialize(notification, RecordJson.Default.Notification);

    /// <summary>Reads a notification.</summary>
    public static Notification ReadNotification(string json) => Read(json, RecordJson.Default.Notification);

    /// <summary>Writes a delivery attempt.</summary>
    public static string Write(DeliveryAttempt attempt) =>
        JsonSerializer.Serialize(attempt, RecordJson.Default.DeliveryAttempt);

    /// <summary>Reads a delivery attempt.</summary>
    public static DeliveryAttempt ReadDelivery(string json) => Read(json, RecordJson.Default.DeliveryAttempt);

    /// <summary>Writes a lease.</summary>
    public static string Write(Lease lease) => JsonSerializer.Serialize(lease, RecordJson.Default.Lease);

    /// <summary>Reads a lease.</summary>
    public static Lease ReadLease(string json) => Read(json, RecordJson.Default.Lease);

    private static T Read<T>(string json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(json, type)
        ?? throw new InvalidDataException($"The store holds null where a {typeof(T).Name} should be.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(JobEvent))]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(Notification))]
[JsonSerializable(typeof(DeliveryAttempt))]
[JsonSerializable(typeof(Lease))]
internal sealed partial class RecordJson : JsonSerializerContext;
