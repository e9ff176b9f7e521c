using System.CommandLine;

namespace MediaNommer.Cli;

/// <summary><c>nommer completion</c>: what a shell needs to complete commands, options and presets.</summary>
internal static class CompletionCommand
{
    // Each hands the line as it is typed to the program, which answers with one word a line.
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _nommer() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _nommer nommer ./nommer
            """,
        ["zsh"] = """
            #compdef nommer
            _nommer() {
                local words_found=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                [[ -n "${words_found[1]}" ]] && compadd -- "${words_found[@]}" || _files
            }
            compdef _nommer nommer
            """,
        ["fish"] = """
            complete -c nommer -a '(set -l line (commandline -cp); nommer "[suggest:"(string length -- $line)"]" $line 2>/dev/null)'
            """,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = $"One of {string.Join(", ", Scripts.Keys)}." };
        shell.CompletionSources.Add([.. Scripts.Keys]);
        var command = new NommerCommand(
            "completion", "Prints what makes a shell complete commands, options and presets on the tab key.",
            "eval \"$(nommer completion bash)\"      # for good: in ~/.bashrc",
            "nommer completion zsh >\"${fpath[1]}/_nommer\"",
            "nommer completion fish >~/.config/fish/completions/nommer.fish");
        command.Arguments.Add(shell);
        command.SetAction(parsed =>
        {
            var wanted = parsed.GetRequiredValue(shell);
            Console.WriteLine(Scripts.TryGetValue(wanted, out var script)
                ? script
                : throw CliException.Usage($"There is no completion for '{wanted}'; known: {string.Join(", ", Scripts.Keys)}."));
            return ExitCodes.Done;
        });
        return command;
    }
}
