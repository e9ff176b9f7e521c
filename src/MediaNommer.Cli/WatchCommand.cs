using System.CommandLine;
using MediaNommer.Client;

namespace MediaNommer.Cli;

/// <summary><c>nommer watch</c>: follows jobs live.</summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        var client = new ClientArguments();
        var ids = new Argument<string[]>("id") { Description = "The jobs, or the beginnings of their ids; without any, all jobs until ctrl-C." };
        var command = new NommerCommand(
            "watch", "Follows jobs live; with ids until each has ended, exit code 1 unless all are FINISHED.",
            "nommer watch", "nommer watch 0193ab… 0193ac…", "nommer watch --json | jq .job_state");
        command.Arguments.Add(ids);
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = client.Connect(parsed);
            var display = client.WantsJson(parsed) ? DisplayKind.Json : DisplayKind.Lines;
            var wanted = await JobIdPrefixes.ResolveAsync(connection, parsed.GetValue(ids) ?? [], cancellation);
            if (wanted.Count > 0)
                return JobWatch.Report(await JobWatch.UntilEndedAsync(connection, wanted, display, cancellation));
            await WatchAllAsync(connection, display, cancellation);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task WatchAllAsync(NommerClient client, DisplayKind display, CancellationToken cancellation)
    {
        // Find out at once that nobody is there, instead of after the patience of a watch.
        await client.GetAboutAsync(cancellation);
        try
        {
            await JobDisplay.RunAsync(display, async screen =>
            {
                var outage = new OutageNotice(screen.Say);
                await foreach (var news in client.WatchAsync(jobId: null, JobWatch.Patience, cancellation, outage.Report))
                    screen.Show(news.Job);
            });
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // ctrl-C is how a watch over everything ends.
        }
    }
}
