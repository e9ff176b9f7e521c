using System.ComponentModel.DataAnnotations;

namespace MediaNommer.Core.Settings;

/// <summary>Every setting, as <c>nommer.json</c>, the environment and the command line give them.</summary>
public sealed class NommerOptions
{
    /// <summary>Which store, queue and fleet to use.</summary>
    [Setting("Which store and queue to use.")]
    [AllowedValues("Sqlite", "Aws")]
    public string Backend { get; set; } = "Sqlite";

    /// <summary>The folder of the embedded store, the queue, uploads and work folders.</summary>
    [Setting("Folder of the embedded store and queue, uploads, logs and work folders.",
        DefaultText = "`media-nommer` in the user's folder for application data (`~/.local/share` on Linux)",
        OfThisMachine = true), Required]
    public string DataDir { get; set; } = DefaultDataDir();

    /// <summary>Settings of feederd.</summary>
    public FeederdOptions Feederd { get; set; } = new();

    /// <summary>Settings of nommerd.</summary>
    public NommerdOptions Nommerd { get; set; } = new();

    /// <summary>Settings of jobs.</summary>
    public JobsOptions Jobs { get; set; } = new();

    /// <summary>Settings of the fleet's size.</summary>
    public ScalingOptions Scaling { get; set; } = new();

    /// <summary>Names of the queues.</summary>
    public QueuesOptions Queues { get; set; } = new();

    /// <summary>Settings of sources and destinations.</summary>
    public StorageOptions Storage { get; set; } = new();

    /// <summary>Settings of the ffmpeg nommer.</summary>
    public FfmpegOptions Ffmpeg { get; set; } = new();

    /// <summary>Settings of Amazon AWS.</summary>
    public AwsOptions Aws { get; set; } = new();

    /// <summary>Users' own presets by name; see docs/configuration.md.</summary>
    public Dictionary<string, PresetOptions> Presets { get; set; } = [];

    /// <summary>The file that they were read from, or empty. No job may touch it.</summary>
    internal string ConfigFile { get; set; } = "";

    private static string DefaultDataDir() => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "media-nommer");
}

/// <summary>Settings of feederd, the orchestrator.</summary>
public sealed class FeederdOptions
{
    /// <summary>The address to listen on.</summary>
    [Setting("Address to listen on. Any other than a loopback address needs an API key.", OfThisMachine = true), Required]
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The port to listen on; 0 takes any free one.</summary>
    [Setting("Port to listen on; 0 takes any free one.", OfThisMachine = true), Range(0, 65535)]
    public int Port { get; set; } = 8001;

    /// <summary>Keys that clients must show.</summary>
    [Setting("API keys, one of which every request must carry; none: no key is asked for.", Secret = true,
        OfThisMachine = true)]
    public List<string> ApiKeys { get; set; } = [];

    /// <summary>The address under which users reach feederd; empty: the one it is called by.</summary>
    [Setting("Address under which users reach feederd, for example `https://media.example.com/nommer/` behind a proxy. Links "
        + "hold it, its name is accepted, and a path in it may stand before every path of a request. Empty: what requests say.",
        OfThisMachine = true), ServiceAddress]
    public string PublicUrl { get; set; } = "";

    /// <summary>Further names that feederd goes by.</summary>
    [Setting("Further names under which feederd may be called (`Host` header), beside those of the machine and of "
        + "`Feederd:PublicUrl`; `*.example.com` stands for all names below. Where this is set, no other name is served; a "
        + "feederd on a loopback address serves no other in any case.", OfThisMachine = true)]
    [RegularExpression(@"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]",
        ErrorMessage = "names or numbers of hosts, without scheme, port and path")]
    public List<string> AllowedHosts { get; set; } = [];

    /// <summary>Proxies whose word is taken for how they were called.</summary>
    [Setting("Addresses or networks (`10.0.0.0/8`) of proxies whose headers `X-Forwarded-Proto`, `-Host` and `-Prefix` are "
        + "believed. Nobody else's are. Not needed where `Feederd:PublicUrl` is set.", OfThisMachine = true)]
    [NetworkAddress]
    public List<string> TrustedProxies { get; set; } = [];

    /// <summary>Seconds without news after which an unfinished job becomes ABANDONED.</summary>
    [Setting("Seconds without any news after which an unfinished job becomes ABANDONED; a job that only waits for its "
        + "turn does not, as long as workers are at work.",
        Original = "FEEDERD_ABANDON_INACTIVE_JOBS_THRESH"), Range(1, 31_536_000)]
    public double AbandonInactiveJobsThresh { get; set; } = 86400;

    /// <summary>Whether the scaler may launch workers.</summary>
    [Setting("Whether the scaler may launch workers. Those that run are looked after in any case.", Original = "FEEDERD_ALLOW_EC2_LAUNCHES")]
    public bool AllowEc2Launches { get; set; } = true;

    /// <summary>Seconds between two looks of the scaler.</summary>
    [Setting("Seconds between two looks of the scaler; a new job makes it look at once on local fleets.",
        Original = "FEEDERD_AUTO_SCALE_INTERVAL"), Range(0.1, 86400)]
    public double AutoScaleInterval { get; set; } = 60;

    /// <summary>The longest wait for a change of state, in seconds.</summary>
    [Setting("Longest wait of one long poll for changes of state, in seconds; changes arrive at once.",
        Original = "FEEDERD_JOB_STATE_CHANGE_CHECK_INTERVAL"), Range(0.1, 3600)]
    public double JobStateChangeCheckInterval { get; set; } = 60;

    /// <summary>Seconds between two prunings.</summary>
    [Setting("Seconds between two prunings of old finished jobs.", Original = "FEEDERD_PRUNE_JOBS_INTERVAL"),
        Range(0.1, 86400)]
    public double PruneJobsInterval { get; set; } = 300;

    /// <summary>Seconds for which finished jobs are kept.</summary>
    [Setting("Seconds for which finished jobs are kept (30 days)."), Range(1, 315_360_000)]
    public double KeepFinishedJobs { get; set; } = 30 * 86400;

    /// <summary>Seconds between two looks of the lease sweeper.</summary>
    [Setting("Seconds between two looks for expired leases and forgotten jobs. Where it is not given, Backend Aws makes it 15."),
        Range(0.05, 3600)]
    public double SweepInterval { get; set; } = 5;

    /// <summary>The largest upload in bytes.</summary>
    [Setting("Largest upload in bytes (100 GiB)."), Range(1, long.MaxValue)]
    public long MaxUploadBytes { get; set; } = 100L << 30;

    /// <summary>Seconds for which delivery of a notification is tried.</summary>
    [Setting("Seconds for which delivery of a notification is tried again (24 h)."), Range(0, 31_536_000)]
    public double NotifyFor { get; set; } = 86400;

    /// <summary>Seconds before the second try of a notification; doubles with each further try.</summary>
    [Setting("Seconds before the second try of a notification; doubles with each further one, up to an hour."),
        Range(0.01, 3600)]
    public double NotifyBackoff { get; set; } = 5;

    /// <summary>How jobs that do not say it tell of themselves: "GET" or "POST".</summary>
    [Setting("How a notify_url is called for jobs that do not say it. GET: once, when the job has ended. POST: on every change of "
        + "its state, as the original's last versions did."), AllowedValues("GET", "POST")]
    public string NotifyMethod { get; set; } = "GET";

    /// <summary>Signs notifications, so that receivers know them as ours.</summary>
    [Setting("Signs every call of a notify_url (HMAC-SHA256, header Nommer-Signature), so that receivers know that it comes from "
        + "here; empty: they are not signed.", Secret = true, OfThisMachine = true)]
    public string NotifySecret { get; set; } = "";
}

/// <summary>Settings of nommerd, the worker.</summary>
public sealed class NommerdOptions
{
    /// <summary>Seconds between two reports of a worker.</summary>
    [Setting("Seconds between two reports of a worker; each extends the leases of its jobs.",
        Original = "NOMMERD_HEARTBEAT_INTERVAL"), Range(0.05, 3600)]
    public double HeartbeatInterval { get; set; } = 15;

    /// <summary>Seconds after which a silent worker loses its jobs.</summary>
    [Setting("Seconds after which a worker that does not report loses its jobs; more than two heartbeats."),
        Range(0.1, 86400)]
    public double LeaseSeconds { get; set; } = 45;

    /// <summary>Seconds between two writes of a job's progress.</summary>
    [Setting("Seconds between two looks for progress to write and cancellations to obey. Where it is not given, Backend Aws "
        + "makes it 15: each look is billed."), Range(0.05, 3600)]
    public double ProgressInterval { get; set; } = 1;

    /// <summary>Idle seconds after which a worker ends itself.</summary>
    [Setting("Idle seconds after which a worker that is not local ends itself. The default suits billing by the hour; where "
        + "it is not given, Scaling:Policy Backlog makes it 120.",
        Original = "NOMMERD_MAX_INACTIVITY"), Range(0.1, 31_536_000)]
    public double MaxInactivity { get; set; } = 600;

    /// <summary>Idle seconds after which a worker ends itself that is not the last one; 0: as the last.</summary>
    [Setting("Idle seconds after which a worker ends itself while another has been at work for longer; 0: "
        + "Nommerd:MaxInactivity for all. Where neither is given, Scaling:Policy Backlog makes it 15."),
        Range(0, 31_536_000)]
    public double SurplusInactivity { get; set; }

    /// <summary>The longest wait for a new job, in seconds.</summary>
    [Setting("Longest wait of one long poll for new jobs, in seconds; new jobs arrive at once.",
        Original = "NOMMERD_NEW_JOB_CHECK_INTERVAL"), Range(0.1, 3600)]
    public double NewJobCheckInterval { get; set; } = 60;

    /// <summary>Whether an idle worker ends itself.</summary>
    [Setting("Whether an idle worker that is not local ends itself.", Original = "NOMMERD_TERMINATE_WHEN_IDLE")]
    public bool TerminateWhenIdle { get; set; } = true;

    /// <summary>Seconds that running jobs get to end after SIGTERM.</summary>
    [Setting("Seconds that running jobs get to end after a first SIGTERM; then they are handed back."),
        Range(0, 86400)]
    public double GracePeriod { get; set; } = 30;

    /// <summary>Free bytes that must remain on the disk of the work folders.</summary>
    [Setting("Free bytes that must remain on the disk of the work folders for a job to be taken (512 MiB); ffmpeg is ended when it leaves less than half."),
        Range(0, long.MaxValue)]
    public long MinFreeDiskBytes { get; set; } = 512L << 20;

    /// <summary>The folder of work folders; empty: <c>work</c> in the data folder.</summary>
    [Setting("Folder of the work folders; empty: `work` in the data folder.", OfThisMachine = true)]
    public string WorkDir { get; set; } = "";

    /// <summary>The folder of users' own nommers and storages; empty: <c>plugins</c> in the data folder.</summary>
    [Setting("Folder of users' own nommers and storages, one folder each; empty: `plugins` in the data folder.", OfThisMachine = true)]
    public string PluginDir { get; set; } = "";
}

/// <summary>Settings of jobs.</summary>
public sealed class JobsOptions
{
    /// <summary>How many failed or vanished runs end a job, unless it says otherwise.</summary>
    [Setting("How many failed or vanished runs end a job that does not say it itself."), Range(1, 100)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>What to do when the destination of a job exists, unless the job says it.</summary>
    [Setting("What to do when the destination of a job exists and the job does not say it (`if_exists`): `fail`, `overwrite` or "
        + "`skip`. Jobs of the API of 2011 overwrite."), RegularExpression("fail|overwrite|skip", ErrorMessage = "fail, overwrite or skip")]
    public string IfExists { get; set; } = "fail";

    /// <summary>Seconds before a run that failed for a reason that may pass is repeated; doubles each time.</summary>
    [Setting("Seconds before a run that failed for a passing reason is repeated; doubles each time."), Range(0, 900)]
    public double RetryBackoff { get; set; } = 5;

    /// <summary>Whether outputs are verified before a job is FINISHED.</summary>
    [Setting("Whether outputs are verified before a job is FINISHED; switch off only for measurements.")]
    public bool Verify { get; set; } = true;

    /// <summary>Seconds for which a job waits for storage that is not there yet.</summary>
    [Setting("Seconds for which a job waits for storage that is not there (yet), such as a share that is not mounted or a "
        + "missing folder, before it fails; such looks are not attempts. 0: it fails at once."), Range(0, 31_536_000)]
    public double WaitForStorage { get; set; } = 600;

    /// <summary>Seconds after which a waiting job that no worker took is announced again; doubles with its age.</summary>
    [Setting("Seconds after which a waiting job is announced again; doubles with its age, up to an hour."),
        Range(0.1, 3600)]
    public double ResendAfter { get; set; } = 60;
}

/// <summary>Names of the queues.</summary>
public sealed class QueuesOptions
{
    /// <summary>The queue of new jobs.</summary>
    [Setting("Queue of new jobs; those of the other priorities end in `_high` and `_low`.",
        Original = "SQS_NEW_JOB_QUEUE_NAME"), RegularExpression("[A-Za-z0-9_-]{1,70}", ErrorMessage = "1 to 70 letters, digits, '_' and '-'")]
    public string SqsNewJobQueueName { get; set; } = "media_nommer";

    /// <summary>The queue of state changes.</summary>
    [Setting("Queue of state changes.", Original = "SQS_JOB_STATE_CHANGE_QUEUE_NAME"),
        RegularExpression("[A-Za-z0-9_-]{1,70}", ErrorMessage = "1 to 70 letters, digits, '_' and '-'")]
    public string SqsJobStateChangeQueueName { get; set; } = "media_nommer_jstate";
}

/// <summary>Settings of the ffmpeg nommer.</summary>
public sealed class FfmpegOptions
{
    /// <summary>The ffmpeg program.</summary>
    [Setting("The ffmpeg program: a name on the PATH or a path.", OfThisMachine = true), Required]
    public string FfmpegPath { get; set; } = "ffmpeg";

    /// <summary>The ffprobe program.</summary>
    [Setting("The ffprobe program: a name on the PATH or a path.", OfThisMachine = true), Required]
    public string FfprobePath { get; set; } = "ffprobe";

    /// <summary>Seconds without progress after which ffmpeg counts as stuck.</summary>
    [Setting("Seconds without any progress and without computing after which ffmpeg counts as stuck and is ended."),
        Range(1, 86400)]
    public double StallTimeout { get; set; } = 600;

    /// <summary>Threads of one run; 0: shared out among the runs of a worker.</summary>
    [Setting("Threads that a run's decoders, filters and encoders get each, where the job does not say. 0: a run gets the "
        + "processors divided by the runs at work when it starts, so that one alone has them all."), Range(0, 1024)]
    public int Threads { get; set; }

    /// <summary>How much lower the priority of ffmpeg is than the worker's.</summary>
    [Setting("By how much ffmpeg is nicer than its worker (nice value), so that heartbeats and the API stay quick."),
        Range(0, 19)]
    public int Nice { get; set; } = 5;

    /// <summary>The priority of ffmpeg at the disk.</summary>
    [Setting("Priority of ffmpeg's disk access: that of its nice value, the lowest, or only when the disk is idle "
        + "(ionice classes 0, 2 and 3)."), AllowedValues("Normal", "Low", "Idle")]
    public string IoPriority { get; set; } = "Normal";

    /// <summary>What one run may consume.</summary>
    public LimitOptions Limits { get; set; } = new();
}

/// <summary>A user's own preset.</summary>
public sealed class PresetOptions
{
    /// <summary>What it is for.</summary>
    public string Description { get; set; } = "";

    /// <summary>The nommer that runs it.</summary>
    public string Nommer { get; set; } = "ffmpeg";

    /// <summary>The file-name ending that its outputs should have, without the dot.</summary>
    public string Extension { get; set; } = "mp4";

    /// <summary>The passes.</summary>
    public List<PresetPassOptions> Options { get; set; } = [];
}

/// <summary>One pass of a user's own preset; options as <c>"key=value"</c> or <c>"flag"</c>.</summary>
public sealed class PresetPassOptions
{
    /// <summary>Options before the input.</summary>
    public List<string> InfileOptions { get; set; } = [];

    /// <summary>Options before the output.</summary>
    public List<string> OutfileOptions { get; set; } = [];

    /// <summary>Put the index before the data.</summary>
    public bool MoveAtomToFront { get; set; }
}
