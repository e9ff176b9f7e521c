using System.Collections;
using System.CommandLine;
using System.Globalization;
using MediaNommer.Backends.Aws;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary>The options of commands that run parts of the system here: where its settings and data are.</summary>
internal sealed class SettingsArguments
{
    private const string S3 = "s3://";

    private readonly Option<string?> config = new("--config", "-c")
    {
        Description = "The settings file, also one in S3 (s3://bucket/nommer.json); else nommer.json in the current or the "
            + "data folder, if there is one.",
        HelpName = "file",
    };

    private readonly Option<string?> data = new("--data")
    {
        Description = "The folder of the embedded store, queue, uploads and work folders.",
        HelpName = "folder",
    };

    private readonly Option<int?> port = new("--port", "-p")
    {
        Description = "The port to listen on; 0 takes any free one.",
    };

    private readonly Option<string?> host = new("--host")
    {
        Description = "The address to listen on. Any but a loopback address needs an API key in the settings.",
        HelpName = "address",
    };

    /// <summary>Adds all of them.</summary>
    public void AddTo(Command command)
    {
        AddFoldersTo(command);
        command.Options.Add(port);
        command.Options.Add(host);
    }

    /// <summary>Adds those of a command that starts no server.</summary>
    public void AddFoldersTo(Command command)
    {
        AddConfigTo(command);
        command.Options.Add(data);
    }

    /// <summary>Adds the one of a command whose folder lives as long as itself.</summary>
    public void AddConfigTo(Command command) => command.Options.Add(config);

    /// <summary>The settings file that was named, as an absolute path or an address, or null.</summary>
    public string? ConfigPath(ParseResult parsed) =>
        parsed.GetValue(config) is { } path ? IsInS3(path) ? path : Path.GetFullPath(path) : null;

    /// <summary>The settings from file, environment and these options.</summary>
    /// <exception cref="SettingsException">They are wrong.</exception>
    /// <exception cref="BackendUnavailableException">The file is in S3, which did not give it.</exception>
    public NommerOptions Read(ParseResult parsed)
    {
        var overrides = new Dictionary<string, string?>
        {
            ["DataDir"] = parsed.GetValue(data) is { } folder ? Path.GetFullPath(folder) : null,
            ["Feederd:Port"] = parsed.GetValue(port)?.ToString(CultureInfo.InvariantCulture),
            ["Feederd:Host"] = parsed.GetValue(host),
        };
        var environment = Environment.GetEnvironmentVariables();
        var path = parsed.GetValue(config);
        return path is not null && IsInS3(path)
            ? SettingsLoader.Load(path, Download(path, environment), overrides, environment)
            : SettingsLoader.Load(path, overrides, environment);
    }

    private static bool IsInS3(string path) => path.StartsWith(S3, StringComparison.OrdinalIgnoreCase);

    // Where S3 is and who we are comes from the environment, as everything that is needed before the file is there.
    private static byte[] Download(string address, IDictionary environment)
    {
        var (bucket, key) = address[S3.Length..].Split('/', 2) is [{ Length: > 0 } name, { Length: > 0 } rest]
            ? (name, rest)
            : throw new SettingsException([$"--config is '{address}'; a file in S3 is named s3://bucket/key."]);
        var aws = SettingsLoader.Load("environment", "{}"u8.ToArray(), [], environment).Aws;
        aws.ConfigS3Bucket = bucket;
        using var source = new ConfigBucket(aws);
        return source.DownloadAsync(key, CancellationToken.None).GetAwaiter().GetResult();
    }
}
