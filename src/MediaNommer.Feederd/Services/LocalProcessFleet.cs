using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Workers as processes of this machine. They do not belong to feederd: they have a session of their own, write their
/// logs themselves, and go on when feederd ends. A file for each tells the next feederd of them.
/// </summary>
internal sealed partial class LocalProcessFleet(LocalWorkerCommand command, NommerOptions options, TimeProvider clock)
    : IFleet
{
    private const int LogsKept = 50;
    private const long LargestLog = 5 << 20;
    private const string OldEnding = ".1";

    // The shell opens the log and then becomes the worker, so that the process id is the worker's. A session of its own
    // keeps a Ctrl+C at feederd's terminal away from it.
    private const string Script =
        """
        exec </dev/null >>"$NOMMER_WORKER_LOG" 2>&1
        unset NOMMER_WORKER_LOG
        if command -v setsid >/dev/null; then exec setsid "$0" "$@"; else exec "$0" "$@"; fi
        """;

    private readonly string recordFolder = Path.Combine(options.DataDir, "fleet");
    private readonly string logFolder = Path.Combine(options.DataDir, "logs");
    private int launches;

    public string Name => "local";

    public FleetMachine Machine => FleetMachine.Local;

    public Task<IReadOnlyList<FleetMember>> ListAsync(CancellationToken cancellation)
    {
        var alive = ReadAlive();
        foreach (var record in alive)
            CutLog(record.Log);
        return Task.FromResult<IReadOnlyList<FleetMember>>([.. alive.Select(MemberOf)]);
    }

    public Task<IReadOnlyList<FleetMember>> LaunchAsync(int count, CancellationToken cancellation)
    {
        PrivateFolder.Make(Path.GetFullPath(recordFolder));
        PrivateFolder.Make(Path.GetFullPath(logFolder));
        RemoveOldLogs();
        var launched = new List<FleetMember>();
        for (var i = 0; i < count; i++)
            launched.Add(MemberOf(Launch()));
        return Task.FromResult<IReadOnlyList<FleetMember>>(launched);
    }

    public Task TerminateAsync(IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        foreach (var record in ReadAlive().Where(record => ids.Contains(MemberOf(record).Id)))
            LocalProcess.Terminate(record.ProcessId);
        return Task.CompletedTask;
    }

    private ProcessRecord Launch()
    {
        var now = clock.GetUtcNow();
        var number = Interlocked.Increment(ref launches);
        var log = Path.Combine(
            logFolder,
            string.Create(CultureInfo.InvariantCulture, $"worker-{now:yyyyMMdd-HHmmss}-{Environment.ProcessId}-{number}.log"));
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var argument in (IEnumerable<string>)["-c", Script, command.FileName, .. command.Arguments])
            start.ArgumentList.Add(argument);
        start.Environment["NOMMER_WORKER_LOG"] = log;
        PrivateFolder.MakeFile(log);
        var process = Process.Start(start) ?? throw new IOException($"'{command.FileName}' could not be started.");
        var record = new ProcessRecord(process.Id, LocalProcess.IdentityOf(process.Id) ?? "", now, log);
        Write(record);
        return record;
    }

    private void Write(ProcessRecord record)
    {
        var path = PathOf(record);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(record, FleetJson.Default.ProcessRecord));
        File.Move(path + ".new", path, overwrite: true);
    }

    private List<ProcessRecord> ReadAlive()
    {
        var alive = new List<ProcessRecord>();
        if (!Directory.Exists(recordFolder))
            return alive;
        foreach (var path in Directory.EnumerateFiles(recordFolder, "*.json"))
        {
            if (Read(path) is { } record && LocalProcess.IdentityOf(record.ProcessId) == record.Identity)
                alive.Add(record);
            else
                File.Delete(path);
        }

        return alive;
    }

    private static ProcessRecord? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), FleetJson.Default.ProcessRecord);
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            // Cut off by a crash, or just removed by a look of somebody else: there is no such member.
            return null;
        }
    }

    private void RemoveOldLogs()
    {
        var old = new DirectoryInfo(logFolder).GetFiles("worker-*.log")
            .OrderByDescending(file => file.LastWriteTimeUtc).Skip(LogsKept);
        foreach (var file in old)
        {
            File.Delete(file.FullName + OldEnding);
            file.Delete();
        }
    }

    // The worker has the file open and only ever adds to its end: emptied, it goes on at the start. What it writes
    // between the copy and the cut is lost.
    private static void CutLog(string log)
    {
        try
        {
            if (new FileInfo(log) is not { Exists: true, Length: > LargestLog })
                return;
            File.Copy(log, log + OldEnding, overwrite: true);
            using var file = new FileStream(log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk may be full; the next look tries again.
        }
    }

    private string PathOf(ProcessRecord record) => Path.Combine(
        recordFolder, record.ProcessId.ToString(CultureInfo.InvariantCulture) + ".json");

    // A worker calls itself by host name and process id, and something of its own behind them.
    private static FleetMember MemberOf(ProcessRecord record) => new(
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{record.ProcessId}"),
        record.LaunchedAt, IsRunning: true);

    /// <summary>What is remembered of a worker.</summary>
    /// <param name="ProcessId">Its process id.</param>
    /// <param name="Identity">Tells it from another process that got the same id later.</param>
    /// <param name="LaunchedAt">When it was launched.</param>
    /// <param name="Log">Its log file.</param>
    internal sealed record ProcessRecord(int ProcessId, string Identity, DateTimeOffset LaunchedAt, string Log);

    [JsonSerializable(typeof(ProcessRecord))]
    private sealed partial class FleetJson : JsonSerializerContext;
}
