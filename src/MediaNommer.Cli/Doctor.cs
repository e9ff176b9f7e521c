using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Cli;

/// <summary>The looks of <c>nommer doctor</c>. Each is safe to repeat and leaves nothing behind.</summary>
internal sealed class Doctor(NommerOptions settings)
{
    private const string InstallFfmpeg = "Install it: apt-get install ffmpeg; or set Ffmpeg:FfmpegPath and Ffmpeg:FfprobePath.";
    private static readonly Version OldestSqlite = new(3, 35, 0);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    public async Task<IReadOnlyList<DoctorCheck>> RunAsync(CancellationToken cancellation)
    {
        var feederd = await AskFeederdAsync(cancellation);
        return
        [
            await ProgramAsync("ffmpeg", settings.Ffmpeg.FfmpegPath, cancellation),
            await EncodersAsync(cancellation),
            await ProgramAsync("ffprobe", settings.Ffmpeg.FfprobePath, cancellation),
            Sqlite(),
            DataFolder(),
            Disk(),
            Port(feederd),
            Clock(feederd),
        ];
    }

    private static async Task<DoctorCheck> ProgramAsync(string name, string path, CancellationToken cancellation)
    {
        if (Prerequisites.Find(path) is not { } found)
            return new(name, false, $"{path} was not found.", InstallFfmpeg);
        var (exitCode, output) = await RunAsync(found, ["-hide_banner", "-version"], cancellation);
        var version = output.Split('\n')[0];
        return exitCode == 0 && version.Contains("version", StringComparison.Ordinal)
            ? new(name, true, $"{found}: {version.Split(" Copyright")[0]}")
            : new(name, false, $"{found} does not work: {version}", InstallFfmpeg);
    }

    /// <summary>Looks for every encoder that the presets name.</summary>
    private async Task<DoctorCheck> EncodersAsync(CancellationToken cancellation)
    {
        if (Prerequisites.Find(settings.Ffmpeg.FfmpegPath) is not { } ffmpeg)
            return new("encoders", false, "Without ffmpeg there are none.", InstallFfmpeg);
        var (_, list) = await RunAsync(ffmpeg, ["-hide_banner", "-encoders"], cancellation);
        var known = list.Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 1)
            .Select(words => words[1])
            .ToHashSet();
        var missing = new PresetCatalog(settings.Presets).All
            .Select(preset => (preset.Name, Lacks: EncodersOf(preset).Where(encoder => !known.Contains(encoder)).ToList()))
            .Where(preset => preset.Lacks.Count > 0)
            .Select(preset => $"{preset.Name} ({string.Join(", ", preset.Lacks)})")
            .ToList();
        return missing.Count == 0
            ? new("encoders", true, "ffmpeg has every encoder that the presets use.")
            : new(
                "encoders", false, $"ffmpeg lacks encoders of these presets: {string.Join("; ", missing)}.",
                "Install a full build: apt-get install ffmpeg; or set Ffmpeg:FfmpegPath to one.");
    }

    private static IEnumerable<string> EncodersOf(Preset preset) => preset.Options.Passes
        .SelectMany(pass => pass.OutfileOptions)
        .Where(option => option.Key.StartsWith("c:", StringComparison.Ordinal) && option.Value is not (null or "copy"))
        .Select(option => option.Value!)
        .Distinct();

    private static DoctorCheck Sqlite()
    {
        const string Remedy = "Install it: apt-get install libsqlite3-0";
        var version = Prerequisites.SqliteVersion();
        if (version is null)
            return new("sqlite", false, "The library libsqlite3.so.0 was not found.", Remedy);
        return Version.TryParse(version, out var parsed) && parsed >= OldestSqlite
            ? new("sqlite", true, $"libsqlite3.so.0: version {version}")
            : new("sqlite", false, $"libsqlite3.so.0 is version {version}; {OldestSqlite} or later is needed.", Remedy);
    }

    private DoctorCheck DataFolder()
    {
        try
        {
            PrivateFolder.Make(settings.DataDir);
            var probe = Path.Combine(settings.DataDir, $".doctor-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "nommer doctor");
            File.Delete(probe);
            return new("data folder", true, $"{settings.DataDir} can be written to.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(
                "data folder", false, $"{settings.DataDir} cannot be written to: {e.Message}",
                "Make it writable for this user, or name another folder with --data or DataDir.");
        }
    }

    private DoctorCheck Disk()
    {
        var folder = settings.Nommerd.WorkDir is { Length: > 0 } work ? work : settings.DataDir;
        while (!Directory.Exists(folder) && Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent)
            folder = parent;
        var free = new DriveInfo(folder).AvailableFreeSpace;
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"{free / 1e9:0.0} GB free for work folders; jobs are taken above {settings.Nommerd.MinFreeDiskBytes / 1e9:0.0} GB.");
        return free > settings.Nommerd.MinFreeDiskBytes
            ? new("disk", true, message)
            : new(
                "disk", false, message,
                $"Free some space on the disk of {folder}, or set Nommerd:WorkDir to another or Nommerd:MinFreeDiskBytes lower.");
    }

    private DoctorCheck Port(HttpResponseMessage? feederd)
    {
        var port = settings.Feederd.Port;
        if (feederd is not null)
            return new("port", true, $"feederd already answers at {FeederdUrl}.");
        try
        {
            var address = settings.Feederd.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(settings.Feederd.Host);
            using var listener = new TcpListener(address, port);
            listener.Start();
            return new("port", true, $"Port {port} of {settings.Feederd.Host} is free.");
        }
        catch (FormatException)
        {
            return new(
                "port", false, $"'{settings.Feederd.Host}' is not an IP address.", "Set Feederd:Host to one, for example 127.0.0.1.");
        }
        catch (SocketException e)
        {
            return new(
                "port", false, $"Cannot listen on port {port} of {settings.Feederd.Host}: {e.Message}.",
                "End the program that uses it, or choose another port with --port or Feederd:Port.");
        }
    }

    private static DoctorCheck Clock(HttpResponseMessage? feederd)
    {
        const string Remedy = "Keep the clock right with NTP, for example: apt-get install systemd-timesyncd";
        var now = TimeProvider.System.GetUtcNow();
        if (feederd?.Headers.Date is { } there && (now - there).Duration() > ClockTolerance)
            return new("clock", false, $"It says {WireTime.Text(now)}, feederd's says {WireTime.Text(there)}.", Remedy);
        var built = new DateTimeOffset(File.GetLastWriteTimeUtc(typeof(Doctor).Assembly.Location), TimeSpan.Zero);
        if (now < built - ClockTolerance)
            return new("clock", false, $"It says {WireTime.Text(now)}, which is before this program was built ({WireTime.Text(built)}).", Remedy);
        var probe = Path.GetTempFileName();
        var fileTime = new DateTimeOffset(File.GetLastWriteTimeUtc(probe), TimeSpan.Zero);
        File.Delete(probe);
        return (fileTime - now).Duration() > ClockTolerance
            ? new("clock", false, $"It says {WireTime.Text(now)}, a file written now says {WireTime.Text(fileTime)}.", Remedy)
            : new("clock", true, feederd is null ? $"{WireTime.Text(now)}" : $"{WireTime.Text(now)}, the same as feederd's.");
    }

    private string FeederdUrl
    {
        get
        {
            var host = settings.Feederd.Host is "0.0.0.0" or "::" ? "127.0.0.1" : settings.Feederd.Host;
            return $"http://{(host.Contains(':') ? $"[{host}]" : host)}:{settings.Feederd.Port}";
        }
    }

    /// <summary>The answer of a feederd at the configured address, or null.</summary>
    private async Task<HttpResponseMessage?> AskFeederdAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            var answer = await http.GetAsync(new Uri($"{FeederdUrl}/healthz"), cancellation);
            return answer.IsSuccessStatusCode ? answer : null;
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string program, string[] arguments, CancellationToken cancellation)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, output.Length > 0 ? output : await errors);
    }
}
