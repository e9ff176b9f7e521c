using System.CommandLine;
using MediaNommer.Client;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Cli;

/// <summary><c>nommer list</c>: the jobs, newest first.</summary>
internal static class ListCommand
{
    private const int PageSize = 500;

    public static Command Create()
    {
        var client = new ClientArguments();
        var state = new Option<string?>("--state") { Description = "Only jobs in this state, for example ERROR." };
        var label = new Option<string?>("--label") { Description = "Only jobs with this label." };
        var text = new Option<string?>("--text") { Description = "Only jobs with this text in source or destination." };
        var limit = new Option<int>("--limit") { Description = "How many jobs.", DefaultValueFactory = _ => 20 };
        var all = new Option<bool>("--all") { Description = "All jobs, however many; with --json one a line." };
        var command = new NommerCommand(
            "list", "Lists jobs, newest first.",
            "nommer list", "nommer list --state ERROR --limit 100", "nommer list --label team=news --all --json | jq .id");
        foreach (var option in new Option[] { state, label, text, limit, all })
            command.Options.Add(option);
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = client.Connect(parsed);
            var filter = new Filter(ReadState(parsed.GetValue(state)), parsed.GetValue(label), parsed.GetValue(text));
            var json = client.WantsJson(parsed);
            if (parsed.GetValue(all))
                await ListAllAsync(connection, filter, json, cancellation);
            else
                await ListSomeAsync(connection, filter, parsed.GetValue(limit), json, cancellation);
            return ExitCodes.Done;
        });
        return command;
    }

    private static string? ReadState(string? name) =>
        name is null || JobStates.TryParse(name, out _)
            ? name
            : throw CliException.Usage(
                $"--state '{name}' is none of a job; possible: {string.Join(", ", JobStates.WireNames)}.");

    private static async Task ListAllAsync(NommerClient client, Filter filter, bool json, CancellationToken cancellation)
    {
        string? cursor = null;
        do
        {
            var page = await filter.GetAsync(client, PageSize, cursor, cancellation);
            foreach (var job in page.Jobs)
            {
                if (json)
                    Shared.WriteJson(job, WireJson.Default.JobResponse);
                else
                    Console.WriteLine(Line(job));
            }

            cursor = page.Cursor;
        }
        while (cursor is not null);
    }

    private static async Task ListSomeAsync(
        NommerClient client, Filter filter, int limit, bool json, CancellationToken cancellation)
    {
        if (limit < 1)
            throw CliException.Usage($"--limit {limit} is too small; give 1 or more.");
        var jobs = new List<JobResponse>();
        string? cursor = null;
        // A page may be short, or even empty, and still not be the last.
        do
        {
            var page = await filter.GetAsync(client, Math.Min(limit - jobs.Count, PageSize), cursor, cancellation);
            jobs.AddRange(page.Jobs);
            cursor = page.Cursor;
        }
        while (cursor is not null && jobs.Count < limit);

        if (json)
        {
            Shared.WriteJson(new JobListResponse { Jobs = jobs, Cursor = cursor }, WireJson.Default.JobListResponse);
            return;
        }

        foreach (var job in jobs)
            Console.WriteLine(Line(job));
        if (jobs.Count == 0)
            Console.Error.WriteLine("No jobs.");
        if (cursor is not null)
            Console.Error.WriteLine($"These are the newest {jobs.Count}; see more with --limit or --all.");
    }

    private static string Line(JobResponse job)
    {
        var why = HumanText.Why(job);
        return $"{job.Id}  {job.JobState,-11} {HumanText.Percent(job.Progress),5} {HumanText.Age(job.CreatedAt),6}  "
            + $"{job.SourcePath} → {job.DestPath}{(why.Length > 0 ? $"  ({why.ReplaceLineEndings(" ")})" : "")}";
    }

    private sealed record Filter(string? State, string? Label, string? Text)
    {
        public Task<JobListResponse> GetAsync(
            NommerClient client, int limit, string? cursor, CancellationToken cancellation) =>
            client.ListJobsAsync(State, Label, Text, limit, cursor, cancellation);
    }
}
