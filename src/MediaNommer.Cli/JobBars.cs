using MediaNommer.Client.Wire;
using Spectre.Console;

namespace MediaNommer.Cli;

/// <summary>A bar for each job on the terminal.</summary>
internal static class JobBars
{
    public static async Task RunAsync(Func<JobScreen, Task> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        await console.Progress()
            .Columns(new ProgressBarColumn { Width = 30 }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async context =>
            {
                var bars = new Dictionary<string, ProgressTask>();
                await work(new JobScreen(Show, text => console.WriteLine(text)));
                context.Refresh();

                void Show(JobResponse job)
                {
                    lock (bars)
                    {
                        if (!bars.TryGetValue(job.Id, out var bar))
                            bars[job.Id] = bar = context.AddTask("starting", maxValue: 1);
                        Update(bar, job);
                    }
                }
            });
    }

    private static void Update(ProgressTask bar, JobResponse job)
    {
        var name = PrintableWriter.Clean(Path.GetFileName(job.SourcePath.TrimEnd('/')));
        var why = HumanText.Why(job);
        var text = $"{name} {job.JobState.ToLowerInvariant()} {HumanText.Progress(job)}";
        bar.Description = Markup.Escape(why.Length > 0 ? $"{text} ({why})" : text);
        bar.Value = job.Progress;
        if (job.HasEnded)
            bar.StopTask();
    }
}
