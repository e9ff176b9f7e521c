using System.Text.Json;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>Lists of the domain's records as JSON, one text each.</summary>
internal static class Documents
{
    /// <summary>Writes lines of history.</summary>
    public static string Write(IEnumerable<JobEvent> lines) => List(lines.Select(JobJson.Write));

    /// <summary>Reads lines of history.</summary>
    public static IEnumerable<JobEvent> ReadEvents(string json) => Read(json).Select(JobJson.ReadEvent);

    /// <summary>Writes a notification and its deliveries.</summary>
    public static string Write(NotificationRecord record) =>
        List(record.Deliveries.Select(JobJson.Write).Prepend(JobJson.Write(record.Notification)));

    /// <summary>Reads a notification and its deliveries.</summary>
    public static NotificationRecord ReadNote(string json)
    {
        var parts = Read(json);
        return new(JobJson.ReadNotification(parts[0]), [.. parts.Skip(1).Select(JobJson.ReadDelivery)]);
    }

    /// <summary>Writes lines of history and notifications.</summary>
    public static string Write(JobPast past) =>
        List([Write(past.Events), List(past.Notes.Select(Write))]);

    /// <summary>Reads lines of history and notifications.</summary>
    public static JobPast ReadPast(string json)
    {
        var parts = Read(json);
        return new([.. ReadEvents(parts[0])], [.. Read(parts[1]).Select(ReadNote)]);
    }

    /// <summary>Writes a new job with its history and its notifications.</summary>
    public static string Write(JobChange change) =>
        List([JobJson.Write(change.Job), Write(change.Events), List(change.Notifications.Select(JobJson.Write))]);

    /// <summary>Reads a new job.</summary>
    public static JobChange ReadChange(string json)
    {
        var parts = Read(json);
        return new JobChange
        {
            Job = JobJson.ReadJob(parts[0]),
            Events = [.. ReadEvents(parts[1])],
            Notifications = [.. Read(parts[2]).Select(JobJson.ReadNotification)],
        };
    }

    private static string List(IEnumerable<string> documents) => $"[{string.Join(',', documents)}]";

    private static List<string> Read(string json)
    {
        using var list = JsonDocument.Parse(json);
        return [.. list.RootElement.EnumerateArray().Select(document => document.GetRawText())];
    }
}

/// <summary>What happened to a job: its history, and its notifications with their deliveries.</summary>
internal sealed record JobPast(IReadOnlyList<JobEvent> Events, IReadOnlyList<NotificationRecord> Notes);
