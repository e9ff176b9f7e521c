using System.Text.Json;
using System.Text.Json.Serialization;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Core.Queues;

/// <summary>What a new-job queue carries: look at this step, it may be free. The store decides whether it is.</summary>
public sealed record WakeMessage(string JobId, string Step)
{
    /// <summary>The message as a queue carries it.</summary>
    public string ToBody() => JsonSerializer.Serialize(this, MessageJson.Default.WakeMessage);

    /// <summary>Reads a message; null when it is none of ours.</summary>
    public static WakeMessage? Parse(string body)
    {
        try
        {
            var message = JsonSerializer.Deserialize(body, MessageJson.Default.WakeMessage);
            return message is { JobId.Length: > 0, Step.Length: > 0 } ? message : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What the state-change queue carries: this job has changed. The store says how.</summary>
public sealed record StateChangeMessage(string JobId, JobState State)
{
    /// <summary>The message as a queue carries it.</summary>
    public string ToBody() => JsonSerializer.Serialize(this, MessageJson.Default.StateChangeMessage);

    /// <summary>Reads a message; null when it is none of ours.</summary>
    public static StateChangeMessage? Parse(string body)
    {
        try
        {
            var message = JsonSerializer.Deserialize(body, MessageJson.Default.StateChangeMessage);
            return message is { JobId.Length: > 0 } ? message : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(WakeMessage))]
[JsonSerializable(typeof(StateChangeMessage))]
internal sealed partial class MessageJson : JsonSerializerContext;
