using System.CommandLine;
using System.Globalization;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary>The options of commands that run parts of the system here: where its settings and data are.</summary>
internal sealed class SettingsArguments
{
    private readonly Option<string?> config = new("--config", "-c")
    {
        Description = "The settings file; else nommer.json in the current or the data folder, if there is one.",
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

    /// <summary>The settings file that was named, as an absolute path, or null.</summary>
    public string? ConfigPath(ParseResult parsed) =>
        parsed.GetValue(config) is { } path ? Path.GetFullPath(path) : null;

    /// <summary>The settings from file, environment and these options.</summary>
    /// <exception cref="SettingsException">They are wrong.</exception>
    public NommerOptions Read(ParseResult parsed) => SettingsLoader.Load(
        parsed.GetValue(config),
        new Dictionary<string, string?>
        {
            ["DataDir"] = parsed.GetValue(data) is { } folder ? Path.GetFullPath(folder) : null,
            ["Feederd:Port"] = parsed.GetValue(port)?.ToString(CultureInfo.InvariantCulture),
            ["Feederd:Host"] = parsed.GetValue(host),
        },
        Environment.GetEnvironmentVariables());
}
