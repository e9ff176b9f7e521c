using System.Text.Json;
using System.Text.Json.Serialization;
using MediaNommer.Core.Fleet;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>One call that launches machines, as it is written down.</summary>
/// <param name="Token">Its ClientToken: EC2 launches nothing twice for the same one.</param>
/// <param name="At">When it was first made.</param>
/// <param name="Parameters">All its parameters while it is not known what came of it; null from then on.</param>
/// <param name="Members">What it launched and what EC2 does not list yet.</param>
internal sealed record JournalEntry(
    string Token, DateTimeOffset At, IReadOnlyDictionary<string, string>? Parameters, IReadOnlyList<FleetMember> Members)
{
    /// <summary>By then the list of EC2 shows whatever a call launched.</summary>
    public static readonly TimeSpan OpenFor = TimeSpan.FromMinutes(10);

    /// <summary>True while it is not known what came of it.</summary>
    [JsonIgnore]
    public bool IsOpen => Parameters is not null;
}

/// <summary>
/// The launches that EC2's own list may not show: those under way, and those of the last moments. A file, written before
/// a launch and after it, so that a feederd that dies in between does not launch the same again.
/// </summary>
internal sealed partial class LaunchJournal(string path)
{
    private readonly Lock gate = new();
    private List<JournalEntry>? entries;

    public IReadOnlyList<JournalEntry> Entries
    {
        get
        {
            lock (gate)
                return [.. Load()];
        }
    }

    /// <summary>Writes an entry in place of the one with the same token; durable when this returns.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Put(JournalEntry entry)
    {
        lock (gate)
            Save([.. Load().Where(other => other.Token != entry.Token), entry]);
    }

    /// <summary>Forgets a launch.</summary>
    public void Forget(string token) => Keep(entry => entry.Token == token ? null : entry);

    /// <summary>Replaces or, where the answer is null, forgets each entry.</summary>
    public void Keep(Func<JournalEntry, JournalEntry?> change)
    {
        lock (gate)
        {
            var old = Load();
            var kept = old.Select(change).OfType<JournalEntry>().ToList();
            if (!kept.SequenceEqual(old))
                Save(kept);
        }
    }

    private List<JournalEntry> Load() => entries ??= Read();

    private List<JournalEntry> Read()
    {
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize(File.ReadAllBytes(path), JournalJson.Default.ListJournalEntry) ?? []
                : [];
        }
        catch (JsonException e)
        {
            throw new FleetException(
                $"{path}, where the last launches are written down, cannot be read: {e.Message} Remove it if no machine was "
                + "launched within the last five minutes.", e);
        }
    }

    private void Save(List<JournalEntry> changed)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = path + ".new";
        using (var file = NewFile(draft))
        {
            JsonSerializer.Serialize(file, changed, JournalJson.Default.ListJournalEntry);
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
        entries = changed;
    }

    // For its owner alone: user data may hold keys where the operator wants it so.
    private static FileStream NewFile(string path)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    [JsonSerializable(typeof(List<JournalEntry>))]
    private sealed partial class JournalJson : JsonSerializerContext;
}
