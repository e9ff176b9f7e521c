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

    // In its list of commands the library shows arguments that may be left out like those that may not.
    private void InvokeUsual(ParseResult parsed)
    {
        var output = parsed.InvocationConfiguration.Output;
        using var text = new StringWriter();
        parsed.InvocationConfiguration.Output = text;
        usual.Invoke(parsed);
        parsed.InvocationConfiguration.Output = output;
        var help = text.ToString();
        foreach (var command in parsed.CommandResult.Command.Subcommands)
        {
            foreach (var argument in command.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues == 0))
                help = help.Replace($"  {command.Name} <{argument.Name}>  ", $"  {command.Name} [<{argument.Name}>]", StringComparison.Ordinal);
        }

        output.Write(help);
    }
}
