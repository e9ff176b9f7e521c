using System.Globalization;
using MediaNommer.Client;
using MediaNommer.Client.Wire;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>
/// A whole installation for one test: its own folder, settings and feederd address. When it is disposed of, every
/// process that belongs to it is ended and its folder removed.
/// </summary>
internal sealed class TestSite : IAsyncDisposable
{
    private readonly List<NommerProcess> started = [];
    private NommerClient? client;

    public TestSite()
    {
        NommerProcess.EnsureBuilt();
        Folder = Directory.CreateTempSubdirectory("nommer-test-").FullName;
        // Short times, so that what takes a minute in earnest takes a second here.
        Settings = new Dictionary<string, string>
        {
            ["NOMMER__DATADIR"] = DataDir,
            // The folder of a system that ends with its command, so that its programs are known as this site's.
            ["TMPDIR"] = Directory.CreateDirectory(Path.Combine(Folder, "tmp")).FullName,
            ["NOMMER__NOMMERD__HEARTBEATINTERVAL"] = "0.3",
            ["NOMMER__NOMMERD__LEASESECONDS"] = "3",
            ["NOMMER__NOMMERD__PROGRESSINTERVAL"] = "0.2",
            ["NOMMER__FEEDERD__SWEEPINTERVAL"] = "0.2",
            ["NOMMER__FEEDERD__AUTOSCALEINTERVAL"] = "0.5",
            ["NOMMER__FEEDERD__NOTIFYBACKOFF"] = "0.2",
            ["NOMMER__JOBS__RETRYBACKOFF"] = "0.1",
            ["NOMMER__JOBS__RESENDAFTER"] = "1",
        };
    }

    /// <summary>Everything of this test is below it.</summary>
    public string Folder { get; }

    public string DataDir => Path.Combine(Folder, "data");

    /// <summary>The environment of every process that is started from now on.</summary>
    public Dictionary<string, string> Settings { get; }

    /// <summary>Where this site's feederd answers, once it was started.</summary>
    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    /// <summary>What feederd and workers are started through from now on, a network namespace for example.</summary>
    public IReadOnlyList<string> Through { get; set; } = [];

    public NommerClient Client => client ?? throw new InvalidOperationException("Start feederd first.");

    public string PathOf(string name) => Path.Combine(Folder, name);

    public NommerProcess Start(params string[] arguments)
    {
        string[] command = [.. Through, NommerProcess.Launcher, .. arguments];
        var process = NommerProcess.Start(command[1..], Settings, Folder, command[0]);
        started.Add(process);
        return process;
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<NommerProcess> RunAsync(params string[] arguments)
    {
        var process = Start(arguments);
        await process.WaitAsync(TimeSpan.FromMinutes(2));
        return process;
    }

    /// <summary>Starts feederd (or <c>up</c>) and waits until it is ready.</summary>
    public async Task<NommerProcess> StartFeederdAsync(string command = "feederd", params string[] more)
    {
        var port = Address.Port;
        Settings["NOMMER_URL"] = Address.ToString();
        client ??= new NommerClient(Address);
        var process = Start([command, "--port", port.ToString(CultureInfo.InvariantCulture), .. more]);
        await WaitUntil(
            "feederd is ready", async () => process.HasExited ? throw new InvalidOperationException($"{process}") : await IsReadyAsync(),
            ready => ready);
        return process;
    }

    /// <summary>Starts a worker and waits until it has reported itself; feederd must be running.</summary>
    public async Task<NommerProcess> StartWorkerAsync(int slots = 1)
    {
        var process = Start("nommerd", "-l", "--slots", slots.ToString(CultureInfo.InvariantCulture));
        await WaitUntil(
            $"worker {process.Id} has reported itself", () => Client.ListNodesAsync(),
            list => list.Nodes.Any(node => node.ProcessId == process.Id && node.State == "ACTIVE"));
        return process;
    }

    public async Task<string> SubmitAsync(JobRequest job) => (await Client.SubmitAsync(job)).Id;

    public Task<JobResponse> WaitForAsync(string jobId, string state, TimeSpan? patience = null) => WaitUntil(
        $"job {jobId} is {state}", () => Client.GetJobAsync(jobId),
        job => job.JobState == state || (job.HasEnded && JobEndedOtherwise(job, state)), patience);

    /// <summary>Waits until ffmpeg is at work on the job.</summary>
    public Task<JobResponse> WaitUntilEncodingAsync(string jobId) => WaitUntil(
        $"job {jobId} is being encoded", () => Client.GetJobAsync(jobId),
        job => job is { JobState: "ENCODING" } && Ffmpegs().Count > 0);

    /// <summary>Waits for something; when it does not come, the error holds what every process has printed.</summary>
    public async Task<T> WaitUntil<T>(
        string what, Func<Task<T>> look, Func<T, bool> good, TimeSpan? patience = null, TimeSpan? pause = null)
    {
        try
        {
            return await Until.AsyncIs(what, look, good, patience, pause);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{string.Join('\n', started)}", e);
        }
    }

    /// <summary>The ffmpeg processes of this site.</summary>
    public IReadOnlyList<ProcessEntry> Ffmpegs() =>
        [.. ProcessTable.Find(Folder).Where(process => process.Name is "ffmpeg" or "ffprobe")];

    public async ValueTask DisposeAsync()
    {
        client?.Dispose();
        // Twice: one that was ended may just have started another.
        for (var round = 0; round < 2; round++)
        {
            foreach (var process in ProcessTable.Find(Folder))
                Signals.Send(process.Id, Signals.Kill);
        }

        started.ForEach(process => process.Dispose());
        await Until.True("the test's processes have ended", () => ProcessTable.Find(Folder).Count == 0);
        Directory.Delete(Folder, recursive: true);
    }

    private static bool JobEndedOtherwise(JobResponse job, string state) =>
        throw new InvalidOperationException($"Job {job.Id} ended as {job.JobState} instead of {state}: {job.JobStateDetails}");

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            return await Client.IsReadyAsync();
        }
        catch (NommerUnreachableException)
        {
            return false;
        }
    }
}
