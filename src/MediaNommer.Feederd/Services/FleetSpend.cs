using System.Text.Json;
using System.Text.Json.Serialization;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// What the machines of the fleet have cost since midnight UTC. Kept in a small file, so that the next feederd knows it
/// too. What it cannot know: the price of spot machines (it counts their price on demand, which is higher), disks and
/// traffic, and until when a machine ran that ended while no feederd looked, beyond the last report of its worker.
/// </summary>
internal sealed partial class FleetSpend(NommerOptions options, TimeProvider clock, ILogger<FleetSpend> logger)
{
    // A cloud's list may lag behind: a machine that is missing once is not gone.
    private static readonly TimeSpan MissingUntilGone = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PauseBetweenSaves = TimeSpan.FromSeconds(60);

    private readonly string path = Path.Combine(options.DataDir, "fleet-spend.json");
    private Ledger? ledger;
    private DateTimeOffset savedAt;

    /// <summary>US dollars since midnight UTC.</summary>
    public double Today { get; private set; }

    /// <summary>US dollars that the present machines cost per hour.</summary>
    public double PerHour { get; private set; }

    /// <summary>Takes note of what there is now.</summary>
    public void Observe(IReadOnlyList<FleetMember> members, IReadOnlyList<Node> nodes)
    {
        var now = clock.GetUtcNow();
        var paid = members.Where(member => member.MachineType is not null).ToList();
        PerHour = paid.Sum(PriceOf);
        if (ledger is null && paid.Count == 0 && !File.Exists(path))
            return;
        ledger ??= Read();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var changed = ledger.Day != today;
        if (changed)
            (ledger.Day, ledger.Gone) = (today, 0);
        foreach (var member in paid)
        {
            changed |= !ledger.Machines.ContainsKey(member.Id);
            ledger.Machines[member.Id] = new Machine(member.LaunchedAt, now, PriceOf(member));
        }

        changed |= SettleThoseThatAreGone(paid, nodes, now);
        Today = ledger.Gone + ledger.Machines.Values.Sum(machine => CostOf(machine, machine.LastSeenAt));
        if (changed || now - savedAt >= PauseBetweenSaves)
            Save(now);
    }

    private bool SettleThoseThatAreGone(List<FleetMember> present, IReadOnlyList<Node> nodes, DateTimeOffset now)
    {
        var gone = ledger!.Machines.Where(machine => now - machine.Value.LastSeenAt > MissingUntilGone
            && present.All(member => member.Id != machine.Key)).ToList();
        foreach (var (id, machine) in gone)
        {
            var lastReport = nodes.FirstOrDefault(node => node.Id == id)?.LastReportAt ?? machine.LastSeenAt;
            ledger.Gone += CostOf(machine, lastReport > machine.LastSeenAt ? lastReport : machine.LastSeenAt);
            ledger.Machines.Remove(id);
        }

        return gone.Count > 0;
    }

    private double PriceOf(FleetMember member) => MachinePrices.PerHour(member.MachineType, options.Scaling.PricePerHour) ?? 0;

    private double CostOf(Machine machine, DateTimeOffset end)
    {
        var midnight = new DateTimeOffset(ledger!.Day, TimeOnly.MinValue, TimeSpan.Zero);
        var seconds = machine.LaunchedAt >= midnight
            ? Math.Max(BacklogPlan.LeastBilledSeconds, (end - machine.LaunchedAt).TotalSeconds)
            : Math.Max(0, (end - midnight).TotalSeconds);
        return seconds * machine.PricePerHour / 3600;
    }

    private Ledger Read()
    {
        try
        {
            if (File.Exists(path))
                return JsonSerializer.Deserialize(File.ReadAllText(path), LedgerJson.Default.Ledger) ?? new Ledger();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            Log.NotRead(logger, e, path);
        }

        return new Ledger();
    }

    private void Save(DateTimeOffset now)
    {
        savedAt = now;
        try
        {
            Directory.CreateDirectory(options.DataDir);
            File.WriteAllText(path + ".new", JsonSerializer.Serialize(ledger!, LedgerJson.Default.Ledger));
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotSaved(logger, e, path);
        }
    }

    /// <summary>What the file holds.</summary>
    internal sealed class Ledger
    {
        /// <summary>The day that is counted.</summary>
        public DateOnly Day { get; set; }

        /// <summary>US dollars for machines that are gone.</summary>
        public double Gone { get; set; }

        /// <summary>The others, by id.</summary>
        public Dictionary<string, Machine> Machines { get; set; } = [];
    }

    internal sealed record Machine(DateTimeOffset LaunchedAt, DateTimeOffset LastSeenAt, double PricePerHour);

    [JsonSerializable(typeof(Ledger))]
    private sealed partial class LedgerJson : JsonSerializerContext;

    private static partial class Log
    {
        [LoggerMessage(144, LogLevel.Warning, "{Path} cannot be read; what was spent today begins anew.")]
        public static partial void NotRead(ILogger logger, Exception e, string path);

        [LoggerMessage(145, LogLevel.Warning, "{Path} cannot be written; after a restart feederd will not know what was spent today.")]
        public static partial void NotSaved(ILogger logger, Exception e, string path);
    }
}
