using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// The attributes of a job's item: the whole job as JSON in <see cref="Doc"/>, its history, its notifications, and
/// beside them what jobs are looked for by. See docs/adr for the reasons.
/// </summary>
internal static class JobAttributes
{
    /// <summary>The job that an item belongs to; every item of the domain has it.</summary>
    public const string Job = "job";

    /// <summary>The job's id, on the job's own item alone.</summary>
    public const string Id = "id";

    /// <summary>The job's version, or <see cref="Pruned"/>.</summary>
    public const string Version = "version";

    /// <summary>The job itself.</summary>
    public const string Doc = "doc";

    /// <summary>The state, a slash, and the id.</summary>
    public const string State = "state";

    /// <summary>When the sweeper must look at it.</summary>
    public const string Due = "due";

    /// <summary>The id, while a worker holds it.</summary>
    public const string Running = "running";

    /// <summary>When it finished.</summary>
    public const string Finished = "finished";

    /// <summary>Its labels; each with an equals sign before it, so that none is empty.</summary>
    public const string Label = "label";

    /// <summary>Until when its idempotency key may bring somebody to this job; missing when it has none.</summary>
    public const string KeyUntil = "key_until";

    /// <summary>Where the history and the notifications are that have no room here.</summary>
    public const string Archive = "archive";

    /// <summary>No later than the time of the next notification of this job.</summary>
    public const string Outbox = "outbox";

    /// <summary>The id, when there are notifications.</summary>
    public const string Noted = "noted";

    /// <summary>Lines of history begin with it.</summary>
    public const string EventPrefix = "event_";

    /// <summary>Notifications begin with it.</summary>
    public const string NotePrefix = "note_";

    /// <summary>References of logs begin with it.</summary>
    private const string LogPrefix = "log_";

    /// <summary>The version of a job that is gone but for its item.</summary>
    public const string Pruned = "pruned";

    private const string AtOnce = "0";

    /// <summary>The name of an item's attribute that numbers something of a job.</summary>
    public static string Numbered(string prefix, int number) => $"{prefix}{number:d6}";

    /// <summary>The attribute that holds the id when there is a notification in this state.</summary>
    public static string Told(NotificationState state) => state switch
    {
        NotificationState.Pending => "pending",
        NotificationState.Delivered => "delivered",
        _ => "failed",
    };

    /// <summary>The attribute that says where the log of an attempt is; the log of a much earlier one gives way.</summary>
    public static string LogName(int attempt) => Numbered(LogPrefix, attempt % JobRoom.Logs);

    /// <summary>The value of that attribute.</summary>
    public static string LogValue(int attempt, string reference) => $"{attempt}:{reference}";

    /// <summary>The state in an item's attribute of that name.</summary>
    public static JobState StateOf(SdbItem item) =>
        JobStates.TryParse(item[State]?.Split('/')[0], out var state)
            ? state
            : throw new InvalidDataException($"Item {item.Name} of SimpleDB has no state.");

    /// <summary>A label as a value.</summary>
    public static string LabelValue(string label) => $"={SdbName.Of(label)}";

    /// <summary>All attributes of a new job.</summary>
    public static IEnumerable<SdbAttribute> OfNew(JobChange change, DateTimeOffset? keyUntil, string? log)
    {
        var name = SdbName.Of(change.Job.Id);
        yield return new(Job, name);
        yield return new(Id, name);
        // Kept free, so that an item can be made smaller when it is full.
        yield return new(Archive, SdbName.None);
        if (keyUntil is not null)
            yield return new(KeyUntil, SdbName.Time(keyUntil));
        foreach (var label in change.Job.Spec.Labels.Select(LabelValue).Distinct())
            yield return new(Label, label, Replace: false);
        foreach (var attribute in OfEveryWrite(change, name, log).Concat(OfOutbox(name, change.Notifications)))
            yield return attribute;
    }

    /// <summary>The attributes that an update writes.</summary>
    public static IEnumerable<SdbAttribute> OfUpdate(JobChange change, string? log)
    {
        var name = SdbName.Of(change.Job.Id);
        foreach (var attribute in OfEveryWrite(change, name, log))
            yield return attribute;
        if (change.Notifications.Count == 0)
            yield break;
        yield return new(Noted, name);
        foreach (var state in change.Notifications.Select(one => one.State).Distinct())
            yield return new(Told(state), name);
        // An older one may wait, and may be due earlier; who looks for due ones finds out.
        if (change.Notifications.Any(one => one.State == NotificationState.Pending))
            yield return new(Outbox, AtOnce);
    }

    /// <summary>
    /// The attribute of an update that no other write touches: a report that has none is simply made again when it is in
    /// doubt.
    /// </summary>
    public static string ProofOf(JobChange change) =>
        change.Log is { } log ? LogName(log.Attempt)
        : change.Events.Count > 0 ? Numbered(EventPrefix, change.Events[0].Sequence)
        : SdbDomain.Token;

    /// <summary>What tells of the whole outbox of a job.</summary>
    public static IEnumerable<SdbAttribute> OfOutbox(string name, IReadOnlyCollection<Notification> all)
    {
        yield return new(Noted, all.Count > 0 ? name : SdbName.None);
        foreach (var state in Enum.GetValues<NotificationState>())
            yield return new(Told(state), all.Any(one => one.State == state) ? name : SdbName.None);
        yield return new(Outbox, SdbName.Time(Head(all)?.NextAttemptAt));
    }

    /// <summary>The oldest notification that is still to be delivered: the one whose turn it is.</summary>
    public static Notification? Head(IEnumerable<Notification> all) =>
        all.Where(one => one.State == NotificationState.Pending).MinBy(one => one.Sequence);

    /// <summary>A notification with its deliveries.</summary>
    public static IEnumerable<SdbAttribute> OfNote(NotificationRecord record) => SdbText.Attributes(
        Numbered(NotePrefix, record.Notification.Sequence), Documents.Write(record));

    /// <summary>What makes a job one that is gone. Nobody finds it any more, and nobody can write it.</summary>
    public static IEnumerable<SdbAttribute> OfTombstone(string until) =>
    [
        new(Version, Pruned), new(Finished, until), new(Due, SdbName.Never),
        .. new[] { Id, State, Running, Label }.Select(attribute => new SdbAttribute(attribute, SdbName.None)),
        .. OfOutbox(SdbName.None, []),
    ];

    private static IEnumerable<SdbAttribute> OfEveryWrite(JobChange change, string name, string? log)
    {
        var job = change.Job;
        yield return new(Version, SdbName.Number(job.Version));
        yield return new(State, $"{job.State.ToWire()}/{name}");
        yield return new(Due, SdbName.Time(job.NextCheckAt));
        yield return new(Running, job.State.IsRunning() ? name : SdbName.None);
        yield return new(Finished, SdbName.Time(job.FinishedAt));
        var texts = SdbText.Attributes(Doc, JobJson.Write(JobRoom.Fit(job)))
            .Concat(change.Notifications.SelectMany(one => OfNote(new NotificationRecord(one, []))));
        if (change.Events.Count > 0)
            texts = texts.Concat(SdbText.Attributes(
                Numbered(EventPrefix, change.Events[0].Sequence), Documents.Write(change.Events.Select(JobRoom.Fit))));
        foreach (var attribute in texts)
            yield return attribute;
        if (log is not null)
            yield return new(LogName(change.Log!.Attempt), LogValue(change.Log.Attempt, log));
    }
}
