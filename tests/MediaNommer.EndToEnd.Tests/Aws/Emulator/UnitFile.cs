using System.Text.RegularExpressions;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>A unit of systemd, as far as the machines here understand it. Of keys that occur twice the last counts.</summary>
internal sealed partial class UnitFile
{
    private readonly Dictionary<string, string> values = [];

    private UnitFile(string text)
    {
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            if (line.Split('=', 2) is [var key, var value] && line[0] is not ('#' or ';'))
                values[key.Trim()] = value.Trim();
        }
    }

    /// <summary>The program and its arguments.</summary>
    public IReadOnlyList<string> Command => [.. Words().Matches(Get("ExecStart")).Select(word => word.Value.Trim('"', '\''))];

    /// <summary>True when it is started again after that end.</summary>
    public bool Restarts(int exitCode) => !Succeeded(exitCode) && Get("Restart") is "on-failure" or "always"
        && !Holds("RestartPreventExitStatus", exitCode);

    /// <summary>How often it may be started within <see cref="StartInterval"/>.</summary>
    public int StartLimit => int.TryParse(Get("StartLimitBurst"), out var limit) ? limit : 5;

    /// <summary>The time for which its starts are counted.</summary>
    public TimeSpan StartInterval => TimeSpan.FromSeconds(int.TryParse(Get("StartLimitIntervalSec"), out var seconds) ? seconds : 10);

    /// <summary>True when the machine goes down because it cannot be started any more.</summary>
    public bool PowersOffAtLimit => IsPowerOff("StartLimitAction");

    /// <summary>
    /// True when the machine goes down with its end. It is the same whether it would be started again: systemd lets a unit
    /// pass through "failed" on its way there, and acts on that (https://github.com/systemd/systemd/issues/11419).
    /// </summary>
    public bool PowersOff(int exitCode) => IsPowerOff(Succeeded(exitCode) ? "SuccessAction" : "FailureAction");

    public static UnitFile Read(string path) => new(File.ReadAllText(path));

    /// <summary>The variables of its EnvironmentFile.</summary>
    public IEnumerable<(string Name, string Value)> Environment() => Get("EnvironmentFile") is not { Length: > 0 } path ? []
        : File.ReadAllLines(path).Where(line => line.Length > 0 && line[0] is not ('#' or ';'))
            .Select(line => line.Split('=', 2)).Select(pair => (pair[0], pair[1].Trim('"', '\'')));

    private bool IsPowerOff(string key) => Get(key).StartsWith("poweroff", StringComparison.Ordinal);

    private bool Succeeded(int exitCode) => exitCode == 0 || Holds("SuccessExitStatus", exitCode);

    private bool Holds(string key, int exitCode) => Get(key).Split(' ').Contains($"{exitCode}");

    private string Get(string key) => values.GetValueOrDefault(key, "");

    [GeneratedRegex("\"[^\"]*\"|'[^']*'|\\S+")]
    private static partial Regex Words();
}
