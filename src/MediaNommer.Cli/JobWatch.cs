using MediaNommer.Client;
using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary>Follows jobs until they end.</summary>
internal static class JobWatch
{
    /// <summary>feederd may be restarted meanwhile; this is how long it may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Shows the jobs until every one has ended.</summary>
    /// <returns>The jobs as they ended, in the order of the ids.</returns>
    public static async Task<IReadOnlyList<JobResponse>> UntilEndedAsync(
        NommerClient client, IReadOnlyList<string> ids, DisplayKind display, CancellationToken cancellation)
    {
        JobResponse[] ended = [];
        await JobDisplay.RunAsync(display, async screen =>
        {
            var outage = new OutageNotice(screen.Say);
            ended = await Task.WhenAll(ids.Select(id => FollowAsync(client, id, screen.Show, outage, cancellation)));
        });
        return ended;
    }

    /// <summary>0 when all are FINISHED, else 1 with a line on standard error for each that is not.</summary>
    public static int Report(IReadOnlyList<JobResponse> ended)
    {
        var bad = ended.Where(job => job.JobState != "FINISHED").ToList();
        foreach (var job in bad)
            Console.Error.WriteLine($"nommer: job {job.Id} ended as {job.JobState}: {CliWords.For(job.JobStateDetails) ?? "no reason given"}");
        return bad.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static async Task<JobResponse> FollowAsync(
        NommerClient client, string id, Action<JobResponse> show, OutageNotice outage, CancellationToken cancellation)
    {
        await foreach (var news in client.WatchAsync(id, Patience, cancellation, outage.Report))
            show(news.Job);
        return await client.GetJobAsync(id, cancellation);
    }
}

/// <summary>Says once that feederd is away and once that it is back, however many streams notice.</summary>
internal sealed class OutageNotice(Action<string> say)
{
    private readonly Lock guard = new();
    private bool isAway;

    /// <summary>Takes note of one stream.</summary>
    /// <param name="reason">Why it broke, or null when something came.</param>
    public void Report(Exception? reason)
    {
        lock (guard)
        {
            if (reason is not null && !isAway)
                say($"{reason.Message} Trying again for {JobWatch.Patience.TotalSeconds:0} s; jobs go on meanwhile.");
            else if (reason is null && isAway)
                say("feederd is back.");
            isAway = reason is not null;
        }
    }
}
