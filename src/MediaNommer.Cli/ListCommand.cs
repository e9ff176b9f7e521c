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
        var ids = new Argument<string[]>("id") { Description = "Only these jobs: ids, or the beginnings of ids.", Arity = ArgumentArity.ZeroOrMore };
        var state = new Option<string?>("--state") { Description = "Only jobs in this state, for example ERROR." };
        var label = new Option<string?>("--label") { Description = "Only jobs with this label." };
        var text = new Option<string?>("--text") { Description = "Only jobs with this text in source or destination." };
        var limit = new Option<int>("--limit") { Description = "How many jobs.", DefaultValueFactory = _ => 20 };
        var wide = new Option<bool>("--wide") { Description = "Whole rows with source, destination and reason, however long." };
        var all = new Option<bool>("--all") { Description = "All jobs, however many; with --json one a line." };
        var command = new NommerCommand(
            "list", "Lists jobs, newest first.",
            "nommer list", "nommer list 01a1fd", "nommer list --state ERROR --limit 100", "nommer list --label team=news --all --json | jq .id");
        command.Arguments.Add(ids);
        foreach (var option in new Option[] { state, label, text, limit, wide, all })
            command.Options.Add(option);
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = client.Connect(parsed);
            var filter = new Filter(ReadState(parsed.GetValue(state)), parsed.GetValue(label), parsed.GetValue(text));
            var json = client.WantsJson(parsed);
            var table = new JobTable(parsed.GetValue(wide) ? int.MaxValue : JobTable.TerminalWidth());
            if (parsed.GetValue(ids) is { Length: > 0 } prefixes)
                await ListThoseAsync(connection, prefixes, filter, ReadLimit(parsed.GetValue(limit)), json, table, cancellation);
            else if (parsed.GetValue(all))
                await ListAllAsync(connection, filter, json, table, cancellation);
            else
                await ListSomeAsync(connection, filter, ReadLimit(parsed.GetValue(limit)), json, table, cancellation);
            return ExitCodes.Done;
        });
        return command;
    }

    private static string? ReadState(string? name) =>
        name is null || JobStates.TryParse(name, out _)
            ? name
            : throw CliException.Usage(
                $"Unknown job state '{name}'; expected one of: {string.Join(", ", JobStates.WireNames)}.");

    private static int ReadLimit(int limit) =>
        limit >= 1 ? limit : throw CliException.Usage($"--limit {limit} is too small; give 1 or more.");

    private static async Task ListAllAsync(
        NommerClient client, Filter filter, bool json, JobTable table, CancellationToken cancellation)
    {
        string? cursor = null;
        var isFirst = true;
        do
        {
            var page = await filter.GetAsync(client, PageSize, cursor, cancellation);
            if (!json && isFirst && page.Jobs.Count > 0)
                Console.WriteLine(table.Header);
            isFirst &= page.Jobs.Count == 0;
            foreach (var job in page.Jobs)
            {
                if (json)
                    Shared.WriteJson(job, WireJson.Default.JobResponse);
                else
                    Console.WriteLine(table.Row(job));
            }

            cursor = page.Cursor;
        }
        while (cursor is not null);
    }

    private static async Task ListSomeAsync(
        NommerClient client, Filter filter, int limit, bool json, JobTable table, CancellationToken cancellation)
    {
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

        Write(new JobListResponse { Jobs = jobs, Cursor = cursor }, json, table);
        if (cursor is not null && !json)
            Console.Error.WriteLine($"These are the newest {jobs.Count}; see more with --limit or --all.");
    }

    private static async Task ListThoseAsync(
        NommerClient client, IReadOnlyList<string> prefixes, Filter filter, int limit, bool json, JobTable table,
        CancellationToken cancellation)
    {
        if (filter != Filter.None)
            throw CliException.Usage("Give either ids or one of --state, --label and --text, not both.");
        var jobs = new List<JobResponse>();
        foreach (var prefix in prefixes.Select(prefix => prefix.TrimEnd('…')).Distinct(StringComparer.Ordinal))
        {
            if (prefix.Length is 0 or > 32 || !prefix.All(char.IsAsciiHexDigit))
                throw CliException.Usage($"'{prefix}' is not a job's id or the beginning of one; ids are 32 hexadecimal digits.");
            await foreach (var job in client.ListByPrefixAsync(prefix, limit, cancellation))
                jobs.Add(job);
        }

        Write(new JobListResponse { Jobs = [.. jobs.DistinctBy(job => job.Id)] }, json, table);
    }

    private static void Write(JobListResponse list, bool json, JobTable table)
    {
        if (json)
        {
            Shared.WriteJson(list, WireJson.Default.JobListResponse);
            return;
        }

        if (list.Jobs.Count == 0)
            Console.Error.WriteLine("No jobs.");
        else
            Console.WriteLine(table.Header);
        foreach (var job in list.Jobs)
            Console.WriteLine(table.Row(job));
    }

    private sealed record Filter(string? State, string? Label, string? Text)
    {
        public static Filter None { get; } = new(null, null, null);

        public Task<JobListResponse> GetAsync(
            NommerClient client, int limit, string? cursor, CancellationToken cancellation) =>
            client.ListJobsAsync(State, Label, Text, limit, cursor, cancellation);
    }
}
