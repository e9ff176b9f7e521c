using System.CommandLine;
using System.Text.Json;
using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary><c>nommer show</c>: one job with its history, or the log of one of its attempts.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        var client = new ClientArguments();
        var id = new Argument<string>("id") { Description = "The job, or the beginning of its id." };
        var log = new Option<int?>("--log")
        {
            Description = "Print what the nommer printed in this attempt; without a number, in the last one.",
            HelpName = "attempt",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new NommerCommand(
            "show", "Shows a job: where it stands, why, and everything that happened to it.",
            "nommer show 0193ab…", "nommer show 0193ab… --log", "nommer show 0193ab… --json");
        command.Arguments.Add(id);
        command.Options.Add(log);
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = client.Connect(parsed);
            var jobId = await JobIdPrefixes.ResolveAsync(connection, parsed.GetRequiredValue(id), cancellation);
            if (parsed.GetResult(log) is not null)
            {
                var text = await connection.GetLogAsync(jobId, parsed.GetValue(log), cancellation)
                    ?? throw CliException.Failed($"Job {jobId} has no log of that attempt yet.");
                if (client.WantsJson(parsed))
                    Shared.WriteJson(new LogText(jobId, text), CliJson.Default.LogText);
                else
                    Console.Write(text);
                return ExitCodes.Done;
            }

            var job = await connection.GetJobAsync(jobId, cancellation);
            var history = await connection.GetHistoryAsync(jobId, cancellation);
            if (client.WantsJson(parsed))
                WriteJson(job, history);
            else
                Print(job, history);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void WriteJson(JobResponse job, HistoryResponse history)
    {
        var document = JsonSerializer.SerializeToNode(job, WireJson.Default.JobResponse)!;
        document["events"] =
            JsonSerializer.SerializeToNode(history, WireJson.Default.HistoryResponse)!["events"]!.DeepClone();
        Console.WriteLine(document.ToJsonString());
    }

    private static void Print(JobResponse job, HistoryResponse history)
    {
        var why = HumanText.Why(job);
        Field("job", job.Id);
        Field("state", $"{job.JobState}, {HumanText.Progress(job)}{(why.Length > 0 ? $" ({why})" : "")}");
        Field("source", job.SourcePath);
        if (job.Source is { } facts)
            Field("", SourceText.InOneLine(facts));
        Field("dest", job.DestPath);
        Field("options", job.Preset is { } preset ? $"preset {preset}" : $"nommer {job.Nommer}");
        Field("priority", job.Priority);
        Field("labels", string.Join(", ", job.Labels));
        Field("attempts", $"{job.Attempt} of at most {job.MaxAttempts} failed ones");
        Field("worker", job.WorkerId ?? "");
        if (job.Output is { } output)
            Field("output", JobFacts.Output(output));
        Field("fetch", job.OutputUrl ?? "");
        foreach (var (pass, number) in (job.Options ?? []).Select((pass, index) => (pass, index + 1)))
            Field($"pass {number}", PassText.Of(pass));
        Console.WriteLine("history");
        foreach (var line in history.Events)
            Console.WriteLine($"  {WireTime.Text(line.At)}  {line.JobState,-11} {line.Reason}");
    }

    private static void Field(string name, string value)
    {
        if (value.Length > 0)
            Console.WriteLine($"{name,-9} {value}");
    }
}

/// <summary>What <c>nommer show --log --json</c> prints.</summary>
internal sealed record LogText(string JobId, string Log);
