using System.Globalization;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>A job's item as it was read.</summary>
internal sealed class JobItem(SdbItem item)
{
    private const int Digits = 6;

    /// <summary>Its name.</summary>
    public string Name => item.Name;

    /// <summary>The last write.</summary>
    public SdbCondition IsUnchanged => new(SdbDomain.Token, item[SdbDomain.Token] ?? "");

    /// <summary>False for what is left of a job that was pruned.</summary>
    public bool IsAlive => item[JobAttributes.Version] is { } version && version != JobAttributes.Pruned;

    /// <summary>When its job finished; of one that was pruned, when its item may go.</summary>
    public string Finished => item[JobAttributes.Finished] ?? SdbName.Never;

    /// <summary>Until when its idempotency key may bring somebody here, or null.</summary>
    public string? KeyUntil => item[JobAttributes.KeyUntil];

    /// <summary>Where the rest of its past is, or null.</summary>
    public string? Archive => item[JobAttributes.Archive] is { } reference && reference != SdbName.None ? reference : null;

    /// <summary>No later than the time of its next notification.</summary>
    public string Outbox => item[JobAttributes.Outbox] ?? SdbName.Never;

    /// <summary>The history and the notifications in this item itself.</summary>
    public JobPast Past => new(
        [.. Numbered(JobAttributes.EventPrefix).SelectMany(name => Documents.ReadEvents(Text(name)))],
        [.. Numbered(JobAttributes.NotePrefix).Select(name => Documents.ReadNote(Text(name)))]);

    /// <summary>The job, or null when this was read without the whole of it.</summary>
    public Job? ReadJob() => SdbText.Read(item, JobAttributes.Doc) is { } json ? JobJson.ReadJob(json) : null;

    /// <summary>Where the log of an attempt is, or null.</summary>
    public string? LogOf(int attempt) =>
        item[JobAttributes.LogName(attempt)] is { } value && value.StartsWith(JobAttributes.LogValue(attempt, ""), StringComparison.Ordinal)
            ? value[JobAttributes.LogValue(attempt, "").Length..]
            : null;

    /// <summary>The names of all attributes of history and notifications, leftovers included.</summary>
    public IReadOnlyList<string> NamesOfPast() =>
    [
        .. item.Values.Keys.Where(name => name.StartsWith(JobAttributes.EventPrefix, StringComparison.Ordinal)
            || name.StartsWith(JobAttributes.NotePrefix, StringComparison.Ordinal)),
    ];

    private IEnumerable<string> Numbered(string prefix) => item.Values.Keys
        .Where(name => name.Length == prefix.Length + Digits && name.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Order(StringComparer.Ordinal);

    private string Text(string name) => SdbText.Read(item, name)
        ?? throw new InvalidDataException($"A part of {name} is missing in item {Name} of SimpleDB.");
}
