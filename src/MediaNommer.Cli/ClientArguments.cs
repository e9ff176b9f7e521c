using System.CommandLine;
using System.Net;
using MediaNommer.Client;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary>The options of commands that talk to a running feederd: where it is, and the key to it.</summary>
internal sealed class ClientArguments
{
    /// <summary>The variable that an API key is read from.</summary>
    public const string ApiKeyVariable = "NOMMER_API_KEY";

    private const string UrlVariable = "NOMMER_URL";
    private const string DefaultUrl = "http://127.0.0.1:8001";

    private readonly Option<string?> url = new("--url")
    {
        Description = $"Where feederd is; else the variable {UrlVariable}, else this machine, at the port that nommer.json says "
            + $"({DefaultUrl}).",
        HelpName = "url",
    };

    private readonly Option<string?> apiKey = new("--api-key")
    {
        Description = $"feederd's API key; better the variable {ApiKeyVariable}, which no process list shows.",
        HelpName = "key",
    };

    private readonly Option<bool> json = Shared.Json();

    public void AddTo(Command command)
    {
        command.Options.Add(url);
        command.Options.Add(apiKey);
        command.Options.Add(json);
    }

    public bool WantsJson(ParseResult parsed) => parsed.GetValue(json);

    /// <summary>True when the user said which feederd is meant, so that nothing else will do.</summary>
    public bool NamesFeederd(ParseResult parsed) => (parsed.GetValue(url) ?? Variable(UrlVariable)) is not null;

    /// <exception cref="CliException">The URL is not one.</exception>
    /// <exception cref="SettingsException">No URL was given, and nommer.json or the environment is wrong.</exception>
    public NommerClient Connect(ParseResult parsed)
    {
        var given = parsed.GetValue(url) ?? Variable(UrlVariable) ?? FromSettings();
        if (!Uri.TryCreate(given, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw CliException.Usage($"'{given}' is not a URL of a feederd; one looks like {DefaultUrl}.");
        return new NommerClient(address, parsed.GetValue(apiKey) ?? Variable(ApiKeyVariable));
    }

    // The feederd that these settings would start. One that listens on every address is reached by the loopback.
    private static string FromSettings()
    {
        var feederd = SettingsLoader.Load(configPath: null, [], Environment.GetEnvironmentVariables()).Feederd;
        var host = IPAddress.TryParse(feederd.Host, out var address)
            ? IPAddress.Any.Equals(address) || IPAddress.IPv6Any.Equals(address) ? IPAddress.Loopback.ToString() : address.ToString()
            : feederd.Host is "*" or "+" ? IPAddress.Loopback.ToString() : feederd.Host;
        return feederd.Port == 0 ? DefaultUrl : new UriBuilder("http", host, feederd.Port).Uri.ToString();
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
