using System.Diagnostics;
using MediaNommer.EndToEnd.Tests.Running;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>
/// A machine that really does something: processes with a root folder of their own. It runs its user data as cloud-init
/// would, and the services that it enables as systemd would.
/// </summary>
internal sealed class Machine(Instance instance, string folder, string metadataUrl)
{
    private const string MetadataAddress = "http://169.254.169.254";
    private const string StandardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly string root = Path.Combine(folder, "root");
    private readonly string programs = Path.Combine(folder, "bin");
    private readonly CancellationTokenSource off = new();
    private Process? service;

    /// <summary>What the machine has printed, as get-console-output shows it.</summary>
    public string Console => File.Exists(ConsolePath) ? File.ReadAllText(ConsolePath) : "";

    private string ConsolePath => Path.Combine(folder, "console.log");

    private string Enabled => Path.Combine(folder, "enabled");

    /// <summary>Boots and runs.</summary>
    /// <returns>True when it powered itself off, false when it was switched off or idles without a service.</returns>
    public async Task<bool> RunAsync()
    {
        Prepare();
        var userData = Path.Combine(folder, "user-data");
        await File.WriteAllTextAsync(userData, instance.Request.UserData.Replace(MetadataAddress, metadataUrl, StringComparison.Ordinal));
        if (await StartAsync(["/bin/bash", userData], []) != 0)
            return !off.IsCancellationRequested;
        var unit = File.Exists(Enabled) ? (await File.ReadAllTextAsync(Enabled)).Trim() : null;
        return unit is not null && await ServeAsync(UnitFile.Read(Path.Combine(root, "etc/systemd/system", unit)));
    }

    /// <summary>Sends a signal to the service that runs.</summary>
    public void SignalService(int signal) => Signals.Send(service!.Id, signal);

    /// <summary>Ends all its processes: those of services first by SIGTERM, what is left after the grace time at once.</summary>
    public async Task SwitchOffAsync(TimeSpan grace)
    {
        await off.CancelAsync();
        if (grace > TimeSpan.Zero && service is { HasExited: false } main)
        {
            Signals.Send(main.Id, Signals.Terminate);
            await Task.WhenAny(main.WaitForExitAsync(), Task.Delay(grace));
        }

        await Until.True($"machine {instance.Id} is off", () =>
        {
            var left = ProcessTable.Find(folder);
            foreach (var process in left)
                Signals.Send(process.Id, Signals.Kill);
            return left.Count == 0;
        });
    }

    // What a stock image has and what must not touch the machine that the tests run on.
    private void Prepare()
    {
        Directory.CreateDirectory(root);
        Directory.CreateDirectory(Path.Combine(folder, "tmp"));
        Directory.CreateDirectory(programs);
        Write("systemctl", $"""[ "$1" != enable ] || printf '%s\n' "$3" >'{Enabled}'""");
        Write("apt-get", "echo 'this machine is emulated and installs nothing: ffmpeg and python3 must be there' >&2; exit 100");
        Write("shutdown", "exit 0");
        Write("useradd", "exit 0");
        Write("chown", "exit 0");
        Write("runuser", """shift 3; exec "$@" """);
        Clips.Run("chmod", "-R", "+x", programs);
    }

    private void Write(string name, string script) =>
        File.WriteAllText(Path.Combine(programs, name), $"#!/bin/sh\n{script}\n");

    private async Task<bool> ServeAsync(UnitFile unit)
    {
        var (starts, since) = (0, Stopwatch.StartNew());
        while (!off.IsCancellationRequested)
        {
            if (since.Elapsed > unit.StartInterval)
                (starts, since) = (0, Stopwatch.StartNew());
            if (++starts > unit.StartLimit)
                return unit.PowersOffAtLimit;
            var exitCode = await StartAsync(unit.Command, unit.Environment());
            if (off.IsCancellationRequested)
                return false;
            if (unit.PowersOff(exitCode))
                return true;
            if (!unit.Restarts(exitCode))
                return false;
            await Task.WhenAny(Task.Delay(LongestPause, off.Token));
        }

        return false;
    }

    // The shell gives the program the console in place of our pipes, which would keep it waiting.
    private async Task<int> StartAsync(IEnumerable<string> command, IEnumerable<(string Name, string Value)> more)
    {
        const string script = """exec "$0" "$@" </dev/null >>"$CONSOLE" 2>&1""";
        var start = new ProcessStartInfo("/bin/sh", ["-c", script, .. command]) { WorkingDirectory = root };
        start.Environment.Clear();
        foreach (var (name, value) in Surroundings().Concat(more))
            start.Environment[name] = value;
        service = Process.Start(start)!;
        // Switched off just now: nobody else would end it.
        if (off.IsCancellationRequested)
            service.Kill(entireProcessTree: true);
        await service.WaitForExitAsync();
        return service.ExitCode;
    }

    private IEnumerable<(string Name, string Value)> Surroundings() =>
    [
        ("PATH", $"{programs}:{StandardPath}:{Environment.GetEnvironmentVariable("PATH")}"),
        ("HOME", folder),
        ("LANG", "C.UTF-8"),
        ("TMPDIR", Path.Combine(folder, "tmp")),
        ("CONSOLE", ConsolePath),
        ("NOMMER_SETUP_ROOT", root),
        // The SDK asks for the role's keys there.
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadataUrl),
        // The program that the tests publish has no .NET of its own, which makes it smaller.
        ("DOTNET_ROOT", Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."))),
    ];
}
