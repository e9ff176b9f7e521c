using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MediaNommer.Cli;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class NommerCommand(string name, string description, params string[] examples)
    : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;

    /// <summary>True for a daemon, which does more on ctrl-C than stop.</summary>
    public bool HandlesSignals { get; init; }
}

/// <summary>The usual help, and the command's examples below it.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private readonly HelpAction usual = new();

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        InvokeUsual(parseResult);
        if (parseResult.CommandResult.Command is not NommerCommand { Examples.Count: > 0 } command)
            return ExitCodes.Done;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var example in command.Examples)
            output.WriteLine($"  {example}");
        output.WriteLine();
        return ExitCodes.Done;
    }

    // In its list of commands the library shows arguments that may be left out like those that may not. Two letters more in
    // their names make room for the brackets.
    private void InvokeUsual(ParseResult parsed)
    {
        var output = parsed.InvocationConfiguration.Output;
        var optional = parsed.CommandResult.Command.Subcommands.SelectMany(command => command.Arguments)
            .Where(argument => argument.Arity.MinimumNumberOfValues == 0).ToList();
        optional.ForEach(argument => argument.HelpName = $"{argument.Name}[]");
        using var text = new StringWriter();
        parsed.InvocationConfiguration.Output = text;
        usual.Invoke(parsed);
        parsed.InvocationConfiguration.Output = output;
        output.Write(optional.Select(argument => argument.Name).Distinct().Aggregate(
            text.ToString(), (help, name) => help.Replace($"<{name}[]>", $"[<{name}>]", StringComparison.Ordinal)));
    }
}
