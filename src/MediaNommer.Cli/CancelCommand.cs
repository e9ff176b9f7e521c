using System.CommandLine;
using MediaNommer.Client;
using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary><c>nommer cancel</c>.</summary>
internal static class CancelCommand
{
    public static Command Create() => JobAction.Create(
        "cancel", "Cancels jobs: waiting ones at once, running ones as soon as their worker hears of it.",
        (client, id, cancellation) => client.CancelAsync(id, cancellation), "nommer cancel 0193ab…");
}

/// <summary><c>nommer retry</c>.</summary>
internal static class RetryCommand
{
    public static Command Create() => JobAction.Create(
        "retry", "Puts jobs that ended without a result back into the queue, with all their attempts.",
        (client, id, cancellation) => client.RetryAsync(id, cancellation),
        "nommer retry 0193ab…", "nommer list --state ERROR --all --json | jq -r .id | xargs nommer retry");
}

/// <summary>A command that does one thing to each of some jobs.</summary>
internal static class JobAction
{
    public static Command Create(
        string name, string description, Func<NommerClient, string, CancellationToken, Task<JobResponse>> act,
        params string[] examples)
    {
        var client = new ClientArguments();
        var ids = new Argument<string[]>("id") { Description = "The jobs, or the beginnings of their ids.", Arity = ArgumentArity.OneOrMore };
        var command = new NommerCommand(name, description, examples);
        command.Arguments.Add(ids);
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = client.Connect(parsed);
            var exitCode = ExitCodes.Done;
            // One that cannot be done does not keep the others from being done.
            foreach (var id in parsed.GetRequiredValue(ids))
            {
                try
                {
                    var job = await act(connection, await JobIdPrefixes.ResolveAsync(connection, id, cancellation), cancellation);
                    if (client.WantsJson(parsed))
                        Shared.WriteJson(job, WireJson.Default.JobResponse);
                    else
                        Console.WriteLine($"{job.Id} {job.JobState}{(job.CancelRequested ? " (its worker is told)" : "")}");
                }
                catch (NommerApiException e)
                {
                    exitCode = Math.Max(exitCode, ErrorReport.Write(e));
                }
            }

            return exitCode;
        });
        return command;
    }
}
