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

/// <summary>Where work shows its jobs.</summary>
/// <param name="Show">Shows a job as it is now.</param>
/// <param name="Say">Says something that is not of one job, on standard error.</param>
internal sealed record JobScreen(Action<JobResponse> Show, Action<string> Say);

/// <summary>Shows jobs while they go on.</summary>
internal static class JobDisplay
{
    /// <summary>Runs the work, which shows on the given screen what happens.</summary>
    public static async Task RunAsync(DisplayKind kind, Func<JobScreen, Task> work)
    {
        var terminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        switch (kind)
        {
            case DisplayKind.None:
                await work(new JobScreen(_ => { }, Say));
                break;
            case DisplayKind.Json:
                await work(new JobScreen(job => Shared.WriteJson(job, WireJson.Default.JobResponse), Say));
                break;
            case DisplayKind.Lines when Console.IsOutputRedirected || !terminal:
                await work(new JobScreen(new JobLines(Console.Out).Show, Say));
                break;
            case DisplayKind.Beside when !terminal:
                await work(new JobScreen(new JobLines(Console.Error).Show, Say));
                break;
            default:
                await JobBars.RunAsync(work);
                break;
        }
    }

    private static void Say(string text) => Console.Error.WriteLine($"nommer: {text}");
}
