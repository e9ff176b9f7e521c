using System.CommandLine;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary>The options of commands that run parts of the system here: where its settings and data are.</summary>
internal sealed class SettingsArguments
{
    private readonly Option<string?> config = new("--config", "-c")
    {
        Description = "The settings file; else nommer.json in the current folder, if there is one.",
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

    /// <summary>Adds them; those of the server only where one is started.</summary>
    public void AddTo(Command command, bool server = true)
    {
        command.Options.Add(config);
        command.Options.Add(data);
        if (!server)
            return;
        command.Options.Add(port);
        command.Options.Add(host);
    }

    /// <summary>The settings from file, environment and these options.</summary>
    public NommerOptions Read(ParseResult parsed) => new();
}
