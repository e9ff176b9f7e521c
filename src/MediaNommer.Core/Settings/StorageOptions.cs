using System.ComponentModel.DataAnnotations;

namespace MediaNommer.Core.Settings;

/// <summary>Settings of sources and destinations.</summary>
public sealed class StorageOptions
{
    /// <summary>The schemes that jobs may use.</summary>
    [Setting("Schemes that jobs may use as source or destination: `file`, `http`, `https`, `ftp`, `s3`, and those of your own "
        + "storages, each with its library in the plug-in folder (docs/writing-a-storage.md).", Original = "STORAGE_BACKENDS")]
    [RegularExpression("[a-z][a-z0-9+.-]*", ErrorMessage = "schemes in lower case, such as s3")]
    public List<string> StorageBackends { get; set; } = ["file", "http", "https", "ftp", "s3"];

    /// <summary>The folders and beginnings of addresses that jobs are confined to; none: no such limit.</summary>
    [Setting("Folders and beginnings of addresses (`/srv/media`, `s3://bucket/videos`, `https://media.example.com/`) that sources "
        + "and destinations must be below; redirects, too. None: jobs may use whatever the worker's user can, except what "
        + "belongs to media-nommer itself: the data folder (but for uploads and outputs), the settings file, work folders, plug-ins.")]
    public List<string> AllowedRoots { get; set; } = [];

    /// <summary>The private networks that jobs may reach.</summary>
    [Setting("Private networks, this machine's own addresses among them, that sources, destinations and notify_url may lead to: "
        + "`all`, `none`, or addresses and ranges such as `192.168.1.5` and `10.0.0.0/8`. None given: all, as long as feederd "
        + "listens on a loopback address and has no API keys; else none. Link-local and metadata addresses are never reached. "
        + "Endpoints in these settings (Aws:S3:EndpointUrl) are not concerned.")]
    public List<string> PrivateNetworks { get; set; } = [];

    /// <summary>Folders below which nothing is read or written unless they are mounted.</summary>
    [Setting("Folders, as absolute paths, below which nothing is read or written unless they are mount points; jobs wait "
        + "until they are (Jobs:WaitForStorage). Folders that /etc/fstab lists are so for outputs in any case.",
        OfThisMachine = true), RegularExpression("/.*", ErrorMessage = "absolute paths")]
    public List<string> RequireMount { get; set; } = [];

    /// <summary>Seconds for which a source must not have changed to count as complete.</summary>
    [Setting("Seconds for which a local source must not have changed before a failure is blamed on it; one that changes is "
        + "taken to be still growing, and its job waits."), Range(0, 3600)]
    public double SettleSeconds { get; set; } = 10;

    /// <summary>Seconds without a byte after which a connection counts as broken.</summary>
    [Setting("Seconds without a byte after which a connection counts as broken."), Range(0.1, 3600)]
    public double TransferTimeout { get; set; } = 60;

    /// <summary>How often a broken transfer is taken up again.</summary>
    [Setting("How often a broken transfer is taken up again before it counts as failed."), Range(0, 1000)]
    public int TransferRetries { get; set; } = 5;
}
