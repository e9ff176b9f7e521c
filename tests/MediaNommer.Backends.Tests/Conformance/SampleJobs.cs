using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Tests.Conformance;

/// <summary>Jobs as a store sees them. The number of a job decides its id: a larger one is newer.</summary>
public static class SampleJobs
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static string Id(int number) => $"0195aaaa{number:x24}";

    public static Job Make(int number, JobState state = JobState.Pending) => new()
    {
        Id = Id(number),
        Spec = new JobSpec
        {
            Source = new MediaUri($"/in/clip-{number}.mov", null),
            Dest = new MediaUri($"/out/clip-{number}.mp4", null),
            Options = new EncodeOptions { Preset = "web_medium" },
        },
        State = state,
        Steps = [new JobStep { Name = JobStep.Encode, State = state }],
        CreatedAt = Start,
        UpdatedAt = Start,
        FinishedAt = state.IsFinished() ? Start : null,
        NextCheckAt = state.IsFinished() ? null : Start.AddMinutes(1),
        EventCount = 1,
        Version = 1,
    };

    public static Job Labelled(this Job job, params string[] labels) =>
        job with { Spec = job.Spec with { Labels = labels } };

    public static Job From(this Job job, string source) =>
        job with { Spec = job.Spec with { Source = new MediaUri(source, null) } };

    public static Job To(this Job job, string dest) =>
        job with { Spec = job.Spec with { Dest = new MediaUri(dest, null) } };

    /// <summary>The first write of a job.</summary>
    public static JobChange Accepted(this Job job, params Notification[] notifications) => new()
    {
        Job = job,
        Events = [Line(1, "Accepted.")],
        Notifications = notifications,
    };

    /// <summary>The next write of a job.</summary>
    public static JobChange Next(this Job job, JobState state, params Notification[] notifications) => new()
    {
        Job = job with
        {
            State = state,
            Version = job.Version + 1,
            EventCount = job.EventCount + 1,
            FinishedAt = state.IsFinished() ? Start : null,
            NextCheckAt = state.IsFinished() ? null : job.NextCheckAt ?? Start.AddMinutes(1),
        },
        Events = [Line(job.EventCount + 1, $"Now {state.ToWire()}.") with { State = state }],
        Notifications = notifications,
    };

    public static Notification Notify(this Job job, int sequence, DateTimeOffset? due = null) => new()
    {
        Id = $"{job.Id}-{sequence:D6}",
        JobId = job.Id,
        Sequence = sequence,
        Url = new MediaUri("http://example.org/hook", null),
        Method = NotifyMethod.Post,
        JobState = job.State,
        CreatedAt = Start,
        NextAttemptAt = due ?? Start,
        FirstDueAt = due ?? Start,
    };

    /// <summary>Writes how a notification stands, however it stood before.</summary>
    public static Task<bool> UpdateNotificationAsync(
        this IJobStore store, Notification notification, DeliveryAttempt? attempt, CancellationToken cancellation) =>
        store.TryUpdateNotificationAsync(notification, before: null, attempt, cancellation);

    public static JobEvent Line(int sequence, string reason) =>
        new() { Sequence = sequence, At = Start.AddSeconds(sequence), Reason = reason };
}
