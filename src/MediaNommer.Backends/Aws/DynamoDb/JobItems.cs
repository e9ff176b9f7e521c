using MediaNommer.Core.Jobs;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// The items of one change of a job. The job is one item that each change rewrites; what never changes again (lines of
/// history, logs, very long options) lies beside it, so that reports of a run stay cheap. The lines of a new job are in
/// the item of the job: then a usual submission is a single write and needs no transaction.
/// </summary>
internal sealed class JobItems(JobChange change, Retention retention)
{
    /// <summary>Where the job says which idempotency key led to it.</summary>
    public const string KeyUsed = "idempotency_key";

    /// <summary>The version of a job that is being pruned.</summary>
    public const long Buried = -1;

    private const string FirstLines = "first_lines";
    private const string Parts = "parts";

    // In characters. A job with longer options keeps them in items of their own.
    private const int LongOptions = 50_000;
    private const int LongLines = 2_000;
    private const int LongestReason = 100_000;
    private const int LongestLog = 2_000_000;

    private readonly Job job = change.Job;

    /// <summary>Adds the writes of a new job; the first is the job itself.</summary>
    public void AddNew(WriteBatch batch, string? idempotencyKey)
    {
        var item = TableKeys.Job(job.Id).ToItem();
        item[Names.Id] = Values.Of(job.Id);
        item[Names.ListKey] = Values.Of(Spread.List.KeyOf(Kinds.Jobs, job.Id));
        foreach (var (name, value) in Current().Set)
            item[name] = value;
        if (idempotencyKey is not null)
            item[KeyUsed] = Values.Of(idempotencyKey);
        var options = PackOptions();
        if (options.Count > 0)
            item[Parts] = Values.Of(options.Count);
        var lines = PackLines(change.Events);
        var isShort = lines is [{ Packed.Length: <= LongLines }];
        if (isShort)
            item[FirstLines] = Values.Of(lines[0].Packed);

        batch.Put(item, Requirement.IsNew);
        AddParts(batch, options, part => TableKeys.Options(job.Id, part));
        foreach (var label in job.Spec.Labels.Distinct())
            batch.Put(LabelOf(label));
        AddHistory(batch, isShort ? [] : lines);
        AddLog(batch);
    }

    /// <summary>Adds the writes of a new version; the first is the job itself.</summary>
    public void AddUpdate(WriteBatch batch, long expectedVersion)
    {
        var (set, remove) = Current();
        batch.Update(TableKeys.Job(job.Id), set, remove, Requirement.VersionIs(expectedVersion));
        AddHistory(batch, PackLines(change.Events));
        AddLog(batch);
    }

    /// <summary>The job in an item; null where that is something else, or what is left of one that is being pruned.</summary>
    public static Job? Read(Item item) =>
        item[Names.Sort].S == TableKeys.JobSort && item.GetValueOrDefault(Names.Doc) is { B: { } doc } ? JobJson.ReadJob(Packed.Unpack(doc)) : null;

    /// <summary>
    /// Of a job: how many items hold its options, which are not in it then; usually 0. Of a part of a log: how many there are.
    /// </summary>
    public static long CountParts(Item item) => item.Number(Parts);

    /// <summary>The lines of history that are in an item.</summary>
    public static IEnumerable<JobEvent> ReadLines(Item item) =>
        item.GetValueOrDefault(item[Names.Sort].S == TableKeys.JobSort ? FirstLines : Names.Doc) is { B: { } lines }
            ? Packed.Unpack(lines).Split('\n').Select(JobJson.ReadEvent)
            : [];

    /// <summary>Leaves of a job only what the next pruning needs to find it again, while the rest is deleted.</summary>
    public static void AddBurial(WriteBatch batch, string jobId, long version) => batch.Update(
        TableKeys.Job(jobId), new() { [Names.Version] = Values.Of(Buried) },
        [Names.Doc, Names.Id, Names.ListKey, Names.StateKey, FirstLines], Requirement.VersionIs(version));

    private (Item Set, List<string> Remove) Current()
    {
        var set = new Item
        {
            [Names.Version] = Values.Of(job.Version),
            [Names.StateKey] = Values.Of(Spread.State.KeyOf(Kinds.OfState(job.State), job.Id)),
            [Names.Doc] = Values.Of(Packed.Pack(JobJson.Write(WithoutWhatIsTooLong()))),
        };
        var remove = new List<string>();
        var (kind, at) = job.State.IsFinished() ? (Kinds.Ended, job.FinishedAt) : (Kinds.Due, job.NextCheckAt);
        if (at is { } time)
        {
            set[Names.AgendaKey] = Values.Of(Spread.Agenda.KeyOf(kind, job.Id));
            set[Names.AgendaAt] = Values.Of(Values.Sortable(time));
        }
        else
        {
            remove.AddRange([Names.AgendaKey, Names.AgendaAt]);
        }

        if (job.FinishedAt is not null)
            set[Names.Expires] = Values.Of(retention.OfJob(job.UpdatedAt));
        else
            remove.Add(Names.Expires);
        return (set, remove);
    }

    private Job WithoutWhatIsTooLong()
    {
        var kept = job;
        if (HasLongOptions)
            kept = kept with { Spec = kept.Spec with { Options = kept.Spec.Options with { Passes = [] } } };
        foreach (var step in kept.Steps.Where(step => step.Details is { Length: > LongestReason }))
            kept = kept.WithStep(step with { Details = step.Details![^LongestReason..] });
        return kept;
    }

    private bool HasLongOptions => job.Spec.Options.Passes
        .SelectMany(pass => pass.InfileOptions.Concat(pass.OutfileOptions))
        .Sum(option => option.Key.Length + (option.Value?.Length ?? 0)) > LongOptions;

    private List<byte[]> PackOptions() =>
        HasLongOptions ? [.. Packed.Pack(JobJson.Write(job)).Chunk(Packed.PartSize)] : [];

    /// <summary>Lines as they fit into items: usually all into one.</summary>
    private static List<(int FirstSequence, byte[] Packed)> PackLines(IReadOnlyList<JobEvent> lines)
    {
        if (lines.Count == 0)
            return [];
        var packed = Packed.Pack(string.Join('\n', lines.Select(line => JobJson.Write(Shorten(line)))));
        if (packed.Length <= Packed.PartSize || lines.Count == 1)
            return [(lines[0].Sequence, packed)];
        var half = lines.Count / 2;
        return [.. PackLines([.. lines.Take(half)]), .. PackLines([.. lines.Skip(half)])];
    }

    private static JobEvent Shorten(JobEvent line) =>
        line.Reason.Length > LongestReason ? line with { Reason = line.Reason[^LongestReason..] } : line;

    private void AddHistory(WriteBatch batch, List<(int FirstSequence, byte[] Packed)> lines)
    {
        foreach (var (firstSequence, packed) in lines)
            batch.Put(PartOf(TableKeys.History(job.Id, firstSequence), packed));
    }

    private void AddLog(WriteBatch batch)
    {
        if (change.Log is not { } log)
            return;
        // One transaction holds 4 MB.
        var packed = Packed.Pack(log.Text);
        for (var text = log.Text; packed.Length > LongestLog; packed = Packed.Pack(text))
            text = text[(text.Length / 4)..];
        AddParts(batch, [.. packed.Chunk(Packed.PartSize)], part => TableKeys.Log(job.Id, log.Attempt, part));
    }

    private Item LabelOf(string label)
    {
        var item = TableKeys.Label(job.Id, label).ToItem();
        item[Names.Id] = Values.Of(job.Id);
        item[Names.ListKey] = Values.Of(Spread.List.KeyOf(Kinds.OfLabel(label), job.Id));
        item[Names.Expires] = Values.Of(retention.OfJob(job.UpdatedAt));
        return item;
    }

    private void AddParts(WriteBatch batch, IReadOnlyList<byte[]> docs, Func<int, ItemKey> keyOf)
    {
        for (var part = 0; part < docs.Count; part++)
        {
            var item = PartOf(keyOf(part), docs[part]);
            item[Parts] = Values.Of(docs.Count);
            batch.Put(item);
        }
    }

    private Item PartOf(ItemKey key, byte[] doc)
    {
        var item = key.ToItem();
        item[Names.Doc] = Values.Of(doc);
        item[Names.Expires] = Values.Of(retention.OfJob(job.UpdatedAt));
        return item;
    }
}
