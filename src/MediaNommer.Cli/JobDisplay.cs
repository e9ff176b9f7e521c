using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary>How jobs are shown while they go on.</summary>
internal enum DisplayKind
{
    /// <summary>A bar for each on the terminal, else lines, both on standard error: the result is what counts.</summary>
    Beside,

    /// <summary>The same, with the lines on standard output: they are the result.</summary>
    Lines,

    /// <summary>One JSON document a line on standard output.</summary>
    Json,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>Shows jobs while they go on.</summary>
internal static class JobDisplay
{
    /// <summary>Runs the work, which calls the given method with every news of a job.</summary>
    public static async Task RunAsync(DisplayKind kind, Func<Action<JobResponse>, Task> work)
    {
        var terminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        switch (kind)
        {
            case DisplayKind.None:
                await work(_ => { });
                break;
            case DisplayKind.Json:
                await work(job => Shared.WriteJson(job, WireJson.Default.JobResponse));
                break;
            case DisplayKind.Lines when Console.IsOutputRedirected || !terminal:
                await work(new JobLines(Console.Out).Show);
                break;
            case DisplayKind.Beside when !terminal:
                await work(new JobLines(Console.Error).Show);
                break;
            default:
                await JobBars.RunAsync(work);
                break;
        }
    }
}
