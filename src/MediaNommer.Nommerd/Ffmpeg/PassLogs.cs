using System.Text;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// The logs of all passes as the user sees them: each begins with its command line, and the names of our files and folders
/// are left out. One thread writes, others may read at any time.
/// </summary>
internal sealed class PassLogs(NommerTask task, string program)
{
    private readonly Lock gate = new();
    private readonly StringBuilder text = new();
    private BoundedLog? running;

    /// <summary>Begins the log of a pass.</summary>
    public void Begin(int pass, IReadOnlyList<string> arguments)
    {
        lock (gate)
        {
            if (task.Options.Passes.Count > 1)
                text.Append("--- pass ").Append(pass + 1).Append(" ---\n");
            text.Append("$ ").Append(CommandLineOf(arguments)).Append('\n');
        }
    }

    /// <summary>Shows what the program of the pass prints while it runs.</summary>
    public void Follow(BoundedLog log)
    {
        lock (gate)
            running = log;
    }

    /// <summary>Adds the log of a pass that has ended.</summary>
    /// <returns>The same end of the pass, with its log cleaned.</returns>
    public ProcessEnd Add(ProcessEnd end)
    {
        var log = WithoutNames(end.Log);
        lock (gate)
        {
            running = null;
            text.Append(log);
        }

        return end with { Log = log };
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        lock (gate)
            return running is null ? text.ToString() : text + WithoutNames(running.ToString());
    }

    private string CommandLineOf(IReadOnlyList<string> arguments)
    {
        List<string> words = [Path.GetFileName(program)];
        for (var at = 0; at < arguments.Count; at++)
        {
            words.Add(Word(arguments[at]));
            // A hundred names of formats, the same each time.
            if (arguments[at] == "-format_whitelist" && at + 1 < arguments.Count)
            {
                words.Add("…");
                at++;
            }
        }

        return string.Join(' ', words);
    }

    private string Word(string argument) =>
        argument == $"file:{Path.GetFileName(task.SourcePath)}" ? "SOURCE"
        : argument == $"file:{Path.GetFileName(task.OutputPath)}" ? "OUTPUT"
        : Quote(argument);

    private static string Quote(string word) =>
        word.Length > 0 && word.All(sign => char.IsAsciiLetterOrDigit(sign) || "-_=+:,./@%".Contains(sign, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private string WithoutNames(string log)
    {
        var folder = task.WorkFolder.TrimEnd('/') + "/";
        var source = Path.GetFileName(task.SourcePath);
        var output = Path.GetFileName(task.OutputPath);
        return log
            .Replace(folder, "", StringComparison.Ordinal)
            .Replace($"file:{source}", "the source", StringComparison.Ordinal)
            .Replace($"file:{output}", "the output", StringComparison.Ordinal);
    }
}
