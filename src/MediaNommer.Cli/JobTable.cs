using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary>Jobs as rows under a header, no wider than the terminal.</summary>
/// <param name="width">How many columns there are; <see cref="int.MaxValue"/> cuts nothing and shows the sources, too.</param>
internal sealed class JobTable(int width)
{
    private const int LeastPlace = 12;
    private const int LeastReason = 20;

    private readonly int room = width - Start("", "", "", "").Length;

    /// <summary>The names of the columns.</summary>
    public string Header => Start("ID", "STATE", "DONE", "AGE") + (IsWide ? "SOURCE → DESTINATION (WHY)" : HasReasons ? "DESTINATION (WHY)" : "DESTINATION");

    private bool IsWide => width == int.MaxValue;

    private bool HasReasons => room >= LeastPlace + LeastReason + 3;

    /// <summary>As many columns as the terminal has, or as COLUMNS says, or 80.</summary>
    public static int TerminalWidth()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out var columns) && columns > 0)
            return columns;
        try
        {
            return Console.IsOutputRedirected || Console.WindowWidth <= 0 ? 80 : Console.WindowWidth;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    /// <summary>A job's row.</summary>
    public string Row(JobResponse job)
    {
        var start = Start(
            job.Id, job.JobState, HumanText.Percent(job.Progress).Replace(" ", "", StringComparison.Ordinal),
            HumanText.Age(job.CreatedAt));
        var why = HumanText.Why(job).ReplaceLineEndings(" ");
        if (IsWide)
            return $"{start}{job.SourcePath} → {job.DestPath}{(why.Length > 0 ? $" ({why})" : "")}";
        if (!HasReasons || why.Length == 0)
            return start + KeepEnd(job.DestPath, room);
        var place = KeepEnd(job.DestPath, Math.Max(LeastPlace, room - LeastReason - 3));
        return start + place + KeepBeginning($" ({why})", room - place.Length);
    }

    private static string Start(string id, string state, string done, string age) => $"{id,-32} {state,-11} {done,4} {age,6} ";

    // The name of a file says more than the folder that all files of a batch are in.
    private static string KeepEnd(string text, int room) =>
        text.Length <= Math.Max(room, LeastPlace) ? text : "…" + text[^(Math.Max(room, LeastPlace) - 1)..];

    private static string KeepBeginning(string text, int room) => text.Length <= room ? text : text[..(room - 1)] + "…";
}
