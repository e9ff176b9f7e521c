using System.Text;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>The logs of all passes as the user sees them: without the names of our files and folders.</summary>
internal sealed class PassLogs(NommerTask task)
{
    private readonly StringBuilder text = new();

    /// <summary>Adds the log of a pass.</summary>
    /// <returns>The same end of the pass, with its log cleaned.</returns>
    public ProcessEnd Add(int pass, ProcessEnd end)
    {
        if (task.Options.Passes.Count > 1)
            text.Append("--- pass ").Append(pass + 1).Append(" ---\n");
        var log = WithoutNames(end.Log);
        text.Append(log);
        return end with { Log = log };
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

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
