using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

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
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Build(args.FirstOrDefault()).Parse(args);
        try
        {
            if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
                throw CliException.Usage(DescribeErrors(parsed));
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

    private static RootCommand Build(string? called)
    {
        var root = new RootCommand("media-nommer encodes media on one machine or many, and never loses a job.");
        root.Directives.Clear();
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

    private static string DescribeErrors(ParseResult parsed)
    {
        var help = $"nommer{PathOf(parsed.CommandResult)} --help";
        var messages = parsed.Errors.Select(error => InPlainWords(error.Message.TrimEnd('.'))).Distinct();
        return $"{string.Join("; ", messages)}. See: {help}";
    }

    private static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : "";

    // The library names .NET's type. All options that are not texts or flags take whole numbers.
    private static string InPlainWords(string message) =>
        NotOfType().Replace(message, "'${value}' is no whole number, which ${name} takes");

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for (option|command) '(?<name>[^']*)' as expected type '.*Int32.*'", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex NotOfType();
}
