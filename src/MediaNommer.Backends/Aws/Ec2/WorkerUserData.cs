using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>
/// What a machine does at its first start: cloud-init installs ffmpeg, writes the settings, and starts the worker that
/// the image holds as a service. No keys are among the settings: every process of a machine can read its user data.
/// </summary>
internal sealed class WorkerUserData(NommerOptions options, AwsAccess access)
{
    public const string SettingsPath = "/etc/media-nommer/nommer.json";

    private const string UnitPath = "/etc/systemd/system/media-nommer.service";

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // '+': with root's rights, which the worker itself does not have.
    private static readonly string Unit = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        [Unit]
        Description=media-nommer worker
        Wants=network-online.target
        After=network-online.target

        [Service]
        DynamicUser=yes
        StateDirectory=media-nommer
        Environment=NOMMER__DATADIR=/var/lib/media-nommer
        ExecStart=/usr/local/bin/nommer nommerd --config {SettingsPath}
        ExecStopPost=+/bin/sh -c 'if [ "$EXIT_STATUS" = {NodeExit.PowerOff} ]; then systemctl poweroff; fi'
        Restart=on-failure
        RestartPreventExitStatus={NodeExit.PowerOff}
        RestartSec=5

        [Install]
        WantedBy=multi-user.target

        """);

    /// <summary>A cloud-config.</summary>
    public string Build()
    {
        var config = new JsonObject
        {
            ["package_update"] = true,
            ["packages"] = new JsonArray("ffmpeg", "libsqlite3-0"),
            ["write_files"] = new JsonArray(File(SettingsPath, Settings().ToJsonString(Readable)), File(UnitPath, Unit)),
            ["runcmd"] = new JsonArray(new JsonArray("systemctl", "enable", "--now", Path.GetFileName(UnitPath))),
        };
        // What is JSON is YAML, too, and needs no quoting of its own.
        return $"#cloud-config\n{config.ToJsonString(Readable)}\n";
    }

    private static JsonObject File(string path, string content) =>
        new() { ["path"] = path, ["permissions"] = "0644", ["content"] = content };

    // The region is written out: it may come from this machine's surroundings.
    private JsonObject Settings()
    {
        var settings = SettingsWriter.ToJson(options, withSecrets: false);
        settings.Remove(nameof(NommerOptions.DataDir));
        settings.Remove(nameof(NommerOptions.Feederd));
        settings[nameof(NommerOptions.Aws)] ??= new JsonObject();
        settings[nameof(NommerOptions.Aws)]![nameof(AwsOptions.Region)] = access.Region;
        return settings;
    }
}
