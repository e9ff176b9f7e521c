using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using MediaNommer.Core;

namespace MediaNommer.Cli;

/// <summary>All commands. Only the one that is called is built; help builds them all.</summary>
internal static partial class CommandTree
{
    private static readonly (string Name, Func<Command> Create)[] Commands =
    [
        ("demo", DemoCommand.Create),
        ("encode", EncodeCommand.Create),
        ("probe", ProbeCommand.Create),
        ("up", UpCommand.Create),
        ("feederd", FeederdCommand.Create),
        ("nommerd", NommerdCommand.Create),
        ("submit", SubmitCommand.Create),
        ("list", ListCommand.Create),
        ("show", ShowCommand.Create),
        ("watch", WatchCommand.Create),
        ("cancel", CancelCommand.Create),
        ("retry", RetryCommand.Create),
        ("nodes", NodesCommand.Create),
        ("presets", PresetsCommand.Create),
        ("wipe", WipeCommand.Create),
        ("doctor", DoctorCommand.Create),
        ("aws", AwsCommand.Create),
        ("completion", CompletionCommand.Create),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        args = WithHelpAsOption(args);
        var parsed = Build(args.FirstOrDefault()).Parse(args);
        try
        {
            if (parsed.Action is not { ClearsParseErrors: true } && FindErrors(parsed) is { Count: > 0 } errors)
                throw CliException.Usage(
                    $"{string.Join("; ", errors)}.{Meant(parsed)} See: nommer{PathOf(parsed.CommandResult)} --help");
            using var interruption =
                parsed.CommandResult.Command is NommerCommand { HandlesSignals: true } ? null : new Interruption();
            var invocation = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, interruption?.Token ?? CancellationToken.None);
        }
        catch (Exception e)
        {
            return ErrorReport.Write(e);
        }
    }

    // "nommer help submit" is "nommer submit --help"; help for what is not a command is that command's error.
    private static string[] WithHelpAsOption(string[] args) => args switch
    {
        ["help", var name, ..] when Commands.All(command => command.Name != name) => [name],
        ["help", .. var rest] => [.. rest, "--help"],
        _ => args,
    };

    private static RootCommand Build(string? called)
    {
        var root = new RootCommand("media-nommer encodes media on one machine or many, and never loses a job.");
        // The one that shells ask for completions by.
        foreach (var other in root.Directives.Where(directive => directive is not SuggestDirective).ToList())
            root.Directives.Remove(other);
        var one = Commands.Where(command => command.Name == called).ToArray();
        foreach (var command in one.Length == 1 ? one : Commands)
            root.Subcommands.Add(command.Create());
        root.Options.OfType<HelpOption>().Single().Action = new HelpWithExamples();
        root.SetAction(parsed =>
        {
            new HelpWithExamples().Invoke(parsed);
            return ExitCodes.WrongUsage;
        });
        return root;
    }

    private static IReadOnlyList<string> FindErrors(ParseResult parsed)
    {
        var misspelt = MisspeltOptions(parsed).Select(option => $"Unrecognized option '{option}'").ToList();
        var others = parsed.Errors.Select(error => InPlainWords(error.Message.TrimEnd('.')));
        return misspelt.Count > 0 ? misspelt : [.. others.Distinct()];
    }

    private static string Meant(ParseResult parsed) =>
        MisspeltOptions(parsed).Concat(parsed.UnmatchedTokens).FirstOrDefault() is { } unknown
            ? Suggestion.For(unknown.Split('=', ':')[0], KnownNames(parsed.CommandResult.Command, unknown[0] == '-'))
            : "";

    // The library takes an option that it does not know for an argument, where there may be one.
    private static IEnumerable<string> MisspeltOptions(ParseResult parsed) =>
        parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash)
            ? []
            : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
                .Select(token => token.Value)
                .Where(value => value.Length > 1 && value[0] == '-');

    private static IEnumerable<string> KnownNames(Command command, bool ofOptions) => ofOptions
        ? command.Options.SelectMany(option => option.Aliases.Append(option.Name)).Where(name => name.StartsWith("--", StringComparison.Ordinal))
        : command.Subcommands.Select(sub => sub.Name);

    private static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : "";

    // The library names .NET's type. All options that are not texts or flags take whole numbers.
    private static string InPlainWords(string message) =>
        NotOfType().Replace(message, "${name} expects a whole number, got '${value}'");

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for (option|command) '(?<name>[^']*)' as expected type '.*Int32.*'", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex NotOfType();
}
