using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary>A line for each change of state and each tenth of progress.</summary>
internal sealed class JobLines(TextWriter output)
{
    private readonly Dictionary<string, string> last = [];

    public void Show(JobResponse job)
    {
        lock (last)
        {
            var key = $"{job.JobState} {Math.Floor(job.Progress * 10)} {HumanText.Why(job)}";
            if (last.TryGetValue(job.Id, out var before) && before == key)
                return;
            last[job.Id] = key;
            var why = HumanText.Why(job);
            output.WriteLine(
                $"{job.Id} {job.JobState,-11} {HumanText.Progress(job)}{(why.Length > 0 ? $" ({why})" : "")}");
            output.Flush();
        }
    }
}
